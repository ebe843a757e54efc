"""Between two pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facestyle.errors import InvalidRequestError, shown


def blend(first: NDArray[np.uint8], second: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Mixes two pictures: (1 - share) first + share second, on the stored (sRGB) values, rounded.

    Args:
        first: Shape (H, W, C).
        second: Of the same shape.
        share: 0 for the first picture alone, 1 for the second.

    Returns:
        Of the same shape, a new array.

    Raises:
        InvalidRequestError: The shapes differ, or the share is out of range.
    """
    if first.shape != second.shape:
        raise InvalidRequestError(f"Pictures of {first.shape} and {second.shape} cannot be mixed. Scale one first.")
    if not 0 <= share <= 1:
        raise InvalidRequestError(f"The share must be a number from 0 to 1, not {shown(share)}.")
    mixed = (1 - share) * first.astype(np.float32) + share * second.astype(np.float32)
    return np.rint(mixed).astype(np.uint8)
