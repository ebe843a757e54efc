"""The face in a standard frame: upright, at a standard size, with what of it lies outside the picture marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facestyle.faces.alignment import align_faces, similarity_transform
from facestyle.faces.quality.pose import FACE
from facestyle.faces.results import RGB, Face

EYES = 24.0
"""Pixels between the eyes in the frame: fine enough to show blur that matters to an embedding, and coarse enough that a
face just large enough is not enlarged much and that the noise of a larger one averages out."""

SIDE = 64
"""Side of the frame, pixels."""

TEMPLATE: npt.NDArray[np.float64] = FACE[:, :2] * EYES + np.array([SIDE / 2, 0.4 * SIDE])

_REC709 = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class Region:
    """A face in the frame.

    Attributes:
        luma: (64, 64) float64, 0 to 255, ITU-R BT.709's weights on the values as stored; 0 outside the picture.
        present: (64, 64) bool, which pixels lie in the picture.
    """

    luma: npt.NDArray[np.float64]
    present: npt.NDArray[np.bool_]

    @property
    def face(self) -> npt.NDArray[np.float64]:
        """Luma of the pixels between forehead and chin that lie in the picture, (N,)."""
        return self.luma[OVAL & self.present]

    @property
    def outside(self) -> float:
        """Share of the oval between forehead and chin beyond the picture's edge, 0 to 1."""
        return float(1 - self.present[OVAL].mean())


def _oval() -> npt.NDArray[np.bool_]:
    """From the middle of the forehead to the chin, from cheek to cheek."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    centre_x, centre_y = SIDE / 2, 0.4 * SIDE + 0.5 * EYES
    oval: npt.NDArray[np.bool_] = ((x - centre_x) / (0.95 * EYES)) ** 2 + ((y - centre_y) / (1.3 * EYES)) ** 2 <= 1
    return oval


OVAL = _oval()
"""(64, 64) bool."""


def face_region(image: RGB, face: Face) -> Region:
    """Brings a face of an upright picture (H, W, 3) into the frame."""
    luma = align_faces(image, [face], TEMPLATE, SIDE)[0] @ _REC709
    matrix = similarity_transform(np.asarray(face.landmarks, np.float64), TEMPLATE)
    linear = np.linalg.inv(matrix[:, :2])
    places = np.indices((SIDE, SIDE))[::-1].reshape(2, -1) + 0.5  # x, y
    x, y = linear @ (places - matrix[:, 2:])  # frame -> picture
    height, width = image.shape[:2]
    present = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return Region(luma, present.reshape(SIDE, SIDE))
