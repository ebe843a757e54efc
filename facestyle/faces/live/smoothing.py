"""Boxes that neither tremble nor lag: the one-euro filter.

Casiez, Roussel and Vogel 2012, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive
Systems" (CHI 2012), section 3: exponential smoothing whose cutoff frequency grows with the speed, so that a face at
rest is steady and a moving one is followed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

DERIVATIVE_CUTOFF_HZ = 1.0
"""Cutoff for the speed (the paper's dcutoff, whose value it suggests)."""


def smoothing_factor(seconds: float, cutoff_hz: float | Values) -> Values:
    """Weight of a new sample: alpha = 1 / (1 + tau / Te) with tau = 1 / (2 pi fc): the paper's equations 3 and 4."""
    r = 2 * math.pi * np.asarray(cutoff_hz, np.float64) * seconds
    return np.asarray(r / (r + 1), np.float64)


class OneEuro:
    """The filter over a vector.

    A departure: the speed is given in units of `scale` a second, so that the same settings do for a face near the
    camera and for one far from it. A box's scale is its height.

    Args:
        first: The first sample, any shape; it is its own filtered value.
        min_cutoff_hz: Cutoff at rest: lower is steadier.
        beta: How fast the cutoff grows with the speed: higher lags less. The paper's unit is Hz per unit of speed.
    """

    def __init__(self, first: Values, *, min_cutoff_hz: float = 1.5, beta: float = 4.0) -> None:
        self.value: Values = np.array(first, np.float64)
        self._raw = self.value.copy()
        self._speed = np.zeros_like(self.value)
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta

    def update(self, sample: Values, seconds: float, scale: float) -> Values:
        """The filtered value after one more sample.

        Args:
            sample: Of the shape of the first.
            seconds: Since the last sample, more than 0.
            scale: Unit of length, more than 0.
        """
        speed = (sample - self._raw) / (seconds * scale)
        weight = smoothing_factor(seconds, DERIVATIVE_CUTOFF_HZ)
        self._speed = weight * speed + (1 - weight) * self._speed
        cutoff = self._min_cutoff_hz + self._beta * np.abs(self._speed)
        weight = smoothing_factor(seconds, cutoff)
        self.value = weight * sample + (1 - weight) * self.value
        self._raw = np.array(sample, np.float64)
        return self.value
