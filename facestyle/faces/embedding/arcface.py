"""ArcFace's alignment, shared by the networks trained on 112x112 chips (AdaFace, SFace and most others)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle.faces.alignment import align_faces
from facestyle.faces.results import RGB, Face

SIZE = 112
"""Side of the chip, in pixels."""

_PUBLISHED = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Left eye, right eye, nose, left and right mouth corner, as seen in the picture (InsightFace, face_align.py)."""

TEMPLATE = _PUBLISHED + 0.5
"""The same places counted from the chip's corner, as landmarks and `align_faces` count.

The published ones count from the centre of the first pixel, for they are handed to OpenCV's warpAffine.
"""


def align_arcface(image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
    """Chips (N, 112, 112, 3) of N faces of an upright picture (H, W, 3), upright and at the template's scale."""
    return align_faces(image, faces, TEMPLATE, SIZE)
