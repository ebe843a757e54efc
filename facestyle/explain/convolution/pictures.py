"""Numbers as pictures: brightness as grey, answers in two colours, filters as swatches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
RGB = npt.NDArray[np.uint8]

POSITIVE, NEGATIVE = (255, 176, 64), (72, 148, 255)
"""Told apart by any eye: orange and blue on black."""

_WHITE_POINT = 99.0
"""Percentile of the answers' size that is shown at full strength: a few pixels must not dim all others."""


def grey(values: Floats) -> RGB:
    """Brightness (height, width) of 0 to 1, clipped, as uint8 (height, width, 3)."""
    levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=-1)


def full_strength(answers: Floats) -> float:
    """The size of an answer that is shown at full strength; above 0."""
    return max(float(np.percentile(np.abs(answers), _WHITE_POINT)), 1e-12)


def two_colours(answers: Floats, strength: float | None = None) -> RGB:
    """Answers (height, width): black for 0, orange above, blue below, as uint8 (height, width, 3).

    Args:
        answers: Of either sign.
        strength: Size at full strength; default: `full_strength` of these.
    """
    size = np.clip(answers / (strength or full_strength(answers)), -1, 1)
    colours = np.where(size[..., None] > 0, np.array(POSITIVE, float), np.array(NEGATIVE, float))
    return np.asarray(np.rint(np.abs(size)[..., None] * colours), np.uint8)


def swatch(taps: npt.NDArray[np.floating]) -> RGB:
    """A filter over colours (3, height, width) as a picture: mid-grey where it is 0, its largest weight at the end."""
    largest = max(float(np.abs(taps).max()), 1e-12)
    return np.asarray(np.rint(255 * (0.5 + 0.5 * taps.transpose(1, 2, 0) / largest)), np.uint8)
