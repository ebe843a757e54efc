"""facestyle: face verification and neural style transfer on real pretrained convolutional networks."""

__version__ = "0.1.0"
