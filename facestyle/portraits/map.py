"""Where the faces of a picture are, as a soft map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from facestyle.faces.results import Face

GROWTH = 1.25
"""The ellipse is larger than the detector's box, which ends at eyebrows and chin: hair line and jaw are part of a
likeness."""

FEATHER = 0.1
"""Standard deviation of the soft edge, as a share of the face's width: a hard one would show as a line of strokes that
end."""


def face_map(size: tuple[int, int], faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
    """An ellipse for each face.

    Args:
        size: (height, width) of the picture, pixels.
        faces: In its pixels.

    Returns:
        uint8 (height, width), 255 inside, 0 outside, soft in between.
    """
    height, width = size
    whole = np.zeros((height, width), np.uint8)
    for face in faces:
        box = face.box
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        across, down = GROWTH * box.width / 2, GROWTH * box.height / 2
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).ellipse((x - across, y - down, x + across, y + down), fill=255)
        whole = np.maximum(whole, np.asarray(mask.filter(ImageFilter.GaussianBlur(FEATHER * box.width))))
    return whole
