"""Blur: how much fine structure a face shows beside its coarser structure, in a frame of standard size.

In natural pictures the energies of neighbouring octaves stand in a fairly constant proportion (Field, "Relations
between the statistics of natural images and the response properties of cortical cells", JOSA A 1987); blur takes away
the finer one. So the ratio of two octaves tells blur from a smooth face or flat light, and contrast, exposure and gamma
hardly move it, as they move the common variance of the Laplacian (Pech-Pacheco et al. 2000). The reduction to the
standard frame has averaged out the noise that makes gradients of the original pixels call a blurred, noisy face sharp.
A camera that moves blurs along its motion only: so rows and columns are judged by themselves, and the worse one counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facestyle.faces.quality.region import OVAL, SIDE, Region

_BINOMIAL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""The filter of Burt and Adelson's pyramid ("The Laplacian pyramid as a compact image code", 1983), of variance 1."""

_FLAT = 0.25
"""Energy in grey levels squared below which an octave holds nothing but rounding: a uniform patch is not sharp."""

_MARGIN = 4
"""Pixels next to the picture's edge that don't count: the step to the black beyond it is no detail."""


def _smoothing(variance: int) -> npt.NDArray[np.float64]:
    """The matrix (64, 64) that filters a row `variance` times, its ends repeated."""
    kernel = np.ones(1)
    for _ in range(variance):
        kernel = np.convolve(kernel, _BINOMIAL)
    reach = len(kernel) // 2
    matrix = np.zeros((SIDE, SIDE))
    for row in range(SIDE):
        np.add.at(matrix[row], np.clip(np.arange(row - reach, row + reach + 1), 0, SIDE - 1), kernel)
    return matrix


_FINE = _smoothing(1) - _smoothing(4)
"""Between the scales (standard deviations) 1 and 2."""
_COARSE = _smoothing(4) - _smoothing(16)
"""Between the scales 2 and 4."""


def sharpness(region: Region) -> float:
    """Energy of the octave of scales 1 to 2 divided by that of the octave above, along rows or columns.

    Returns:
        The smaller of both; 0 for a uniform patch, about 0.3 to 0.5 for a sharp face.
    """
    where = OVAL & _away_from_edge(region.present)
    if not where.any():
        return 0.0
    ratios = []
    for luma, there in ((region.luma, where), (region.luma.T, where.T)):
        fine = float(np.square(luma @ _FINE.T)[there].mean())
        coarse = float(np.square(luma @ _COARSE.T)[there].mean())
        ratios.append(fine / max(coarse, _FLAT))
    return min(ratios)


def _away_from_edge(present: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    if present.all():
        return present
    padded = np.pad(present, _MARGIN, constant_values=True)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * _MARGIN + 1, 2 * _MARGIN + 1))
    result: npt.NDArray[np.bool_] = np.asarray(windows.all(axis=(2, 3)))
    return result
