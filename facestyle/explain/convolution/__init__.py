"""Convolutions in one, two and three dimensions, written to be read; NumPy only."""
