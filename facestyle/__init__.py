"""facestyle: face verification and neural style transfer on real pretrained convolutional networks."""

import os

# Idle OpenMP threads shall sleep, not spin. Spinning gains nothing measurable where facestyle has the cores for itself,
# and makes it up to ten times slower where it hasn't: beside a browser, another tab's request, another container. The
# variable is read when torch loads its OpenMP runtime, so it must be set before the first import of torch.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Downloads go over plain HTTP: the Hub's other transport swallows what a progress callback raises, which is how a
# download is cancelled. Read when huggingface_hub is imported.
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")

__version__ = "0.1.0"
