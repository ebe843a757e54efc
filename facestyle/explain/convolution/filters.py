"""Classic filters, by name. Each is written as it is slid: not flipped."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def _outer(*axes: Floats) -> Floats:
    """The filter that does one axis after the other."""
    result = np.ones(())
    for axis in axes:
        result = np.multiply.outer(result, axis)
    return result


_STEP = np.array([-1.0, 0.0, 1.0])
_SUM = np.ones(3)
_SMOOTH = np.array([1.0, 2.0, 1.0])
_BINOMIAL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16

LINES: Mapping[str, Floats] = MappingProxyType(
    {
        "average": np.full(9, 1 / 9),
        "derivative": _STEP / 2,
        "second_derivative": np.array([1.0, -2.0, 1.0]),
    }
)
"""(taps,): over signals."""

PICTURES: Mapping[str, Floats] = MappingProxyType(
    {
        # bright to the left, dark to the right gives a high answer, as in the course
        "vertical_edge": _outer(_SUM, -_STEP),
        "horizontal_edge": _outer(-_STEP, _SUM),
        # Sobel & Feldman 1968; Scharr 2000, "Optimale Operatoren in der Digitalen Bildverarbeitung", table 9.2
        "sobel_vertical": _outer(_SMOOTH, -_STEP),
        "sobel_horizontal": _outer(-_STEP, _SMOOTH),
        "scharr_vertical": _outer(np.array([3.0, 10.0, 3.0]), -_STEP),
        "scharr_horizontal": _outer(-_STEP, np.array([3.0, 10.0, 3.0])),
        "laplace": np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]),
        "blur": _outer(_BINOMIAL, _BINOMIAL),
    }
)
"""(rows, columns): over pictures."""

VOLUMES: Mapping[str, Floats] = MappingProxyType(
    {
        "motion": _outer(_STEP / 2, _SMOOTH / 4, _SMOOTH / 4),
        "time_average": _outer(np.full(5, 0.2), np.ones(1), np.ones(1)),
        "blur": _outer(_SMOOTH / 4, _SMOOTH / 4, _SMOOTH / 4),
        "still_edges": _outer(np.full(3, 1 / 3), _SMOOTH / 4, -_STEP),
    }
)
"""(time, rows, columns): over clips."""
