"""Pictures drawn for the tests of style transfer: a scene, and two paintings of different stroke and palette."""

import numpy as np


def scene(height=72, width=96):
    """A hill, a house with a window, a sun: edges, flat parts and gradients."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    picture = np.stack([0.5 + 0.3 * y, 0.7 - 0.2 * y, 0.95 - 0.4 * y], axis=-1)
    picture[y > 0.75 + 0.1 * np.sin(7 * x)] = (0.25, 0.45, 0.2)
    picture[(abs(x - 0.3) < 0.15) & (abs(y - 0.6) < 0.2)] = (0.75, 0.35, 0.3)
    picture[(abs(x - 0.33) < 0.04) & (abs(y - 0.58) < 0.06)] = (0.95, 0.95, 0.7)
    picture[(x - 0.8) ** 2 + (y - 0.2) ** 2 < 0.01] = (1.0, 0.9, 0.3)
    return (picture * 255).round().astype(np.uint8)


def strokes(height=80, width=80):
    """Curved strokes in blue and yellow."""
    y, x = np.mgrid[0:height, 0:width]
    wave = 0.5 + 0.5 * np.sin(0.9 * (x + 6 * np.sin(y / 9)) + 0.3 * y)
    blue, yellow = np.array([0.1, 0.2, 0.6]), np.array([0.95, 0.8, 0.25])
    return ((wave[..., None] * yellow + (1 - wave[..., None]) * blue) * 255).round().astype(np.uint8)


def grey(height=72, width=96, level=128):
    """One grey all over."""
    return np.full((height, width, 3), level, np.uint8)
