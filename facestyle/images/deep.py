"""16-bit PNG: 65536 levels a channel instead of 256, so that later edits of a smooth picture don't show steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facestyle.errors import InvalidRequestError


def encode_png16(image: NDArray[np.uint16]) -> bytes:
    """Writes a PNG of 16 bits a channel into memory, without any metadata.

    OpenCV does it, as Pillow has no mode for 16-bit colours.

    Args:
        image: sRGB, uint16 of shape (H, W, 3) or (H, W, 4), 0 to 65535.

    Returns:
        The file.

    Raises:
        InvalidRequestError: Another shape or type.
    """
    if image.dtype != np.uint16 or image.ndim != 3 or image.shape[2] not in (3, 4) or image.size == 0:
        raise InvalidRequestError(
            f"A 16-bit picture must be a uint16 array of shape (height, width, 3 or 4), not {image.dtype} of "
            f"{image.shape}."
        )
    import cv2  # only whoever wants 16 bits waits for it

    order = cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    written, data = cv2.imencode(".png", cv2.cvtColor(image, order))
    if not written:
        raise InvalidRequestError("The picture could not be written as a 16-bit PNG. Choose 8 bits.")
    return data.tobytes()
