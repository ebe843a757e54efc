"""One converter a source: from a published package's own file format to named tensors."""
