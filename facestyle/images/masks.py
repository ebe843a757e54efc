"""Masks from pictures: white where something holds, black where not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facestyle.images.decoding import Picture, decode_rgba
from facestyle.settings import Settings

# ITU-R BT.601, as Pillow's mode L.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def decode_mask(picture: Picture | None, *, settings: Settings | None = None) -> NDArray[np.uint8]:
    """Reads a picture as a mask: its brightness, times its opacity.

    Args:
        picture: As for `decode`; white or opaque where the mask holds, black or transparent where it does not.
        settings: As for `decode`.

    Returns:
        Shape (H, W), 0 to 255.

    Raises:
        ImageError: As for `decode`.
    """
    found = decode_rgba(picture, settings=settings)
    brightness = found[..., :3].astype(np.float32) @ _LUMA
    if found.shape[2] == 4:
        brightness *= found[..., 3].astype(np.float32) / 255
    mask: NDArray[np.uint8] = np.rint(brightness).clip(0, 255).astype(np.uint8)
    return mask
