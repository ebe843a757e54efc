"""What the layers of a convolutional network see: patches, maximised channels, and convolutions themselves."""
