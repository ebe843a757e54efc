"""Detection at the size that the faces in view allow: the detector's cost grows with the area it looks at.

A face of 160 pixels does not need 640 x 480 of them to be found again. So the frame is scaled down until the smallest
face in view is just large enough for the detector's last stage. Every so often a wider look notices who came closer.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from PIL import Image

from facestyle.faces.base import Detector
from facestyle.faces.results import RGB, Box, Face

CERTAIN = 0.9
"""Least detector score of a face that is followed; the same as for still pictures."""

SMALLEST_FACE = 56
"""Height in the scaled picture below which a face in view is not brought: O-Net sees crops of 48 pixels."""

LEAST_SIZE, WIDE_SIZE, FULL_SIZE = 160, 320, 640
"""Longer side at the least; for a look at who else is there; for a look when nobody was found for a while."""

WIDE_SECONDS, FULL_SECONDS = 0.5, 1.0
"""How often the wide look is due while faces are in view, and the full one while there are none."""


def scaled(image: RGB, longest: int) -> RGB:
    """The picture with its longer side at most so many pixels; itself if it is no larger."""
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Antialiased halving and bilinear filtering in one step, on bytes: 1 ms for 640 x 480.
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def scaled_up(face: Face, ratio: tuple[float, float]) -> Face:
    """A face found in the scaled picture, in pixels of the original."""
    x, y = ratio
    box = face.box
    points = tuple((u * x, v * y) for u, v in face.landmarks)
    return dataclasses.replace(
        face, box=Box(box.left * x, box.top * y, box.right * x, box.bottom * y), landmarks=points
    )


class Lookout:
    """Chooses the size of each look and runs the detector.

    Args:
        detector: Any.
        adaptive: False looks at every frame at `FULL_SIZE`, to compare with.
    """

    def __init__(self, detector: Detector, *, adaptive: bool = True) -> None:
        self._detector = detector
        self._adaptive = adaptive
        self._wide_at: float | None = None
        self._full_at: float | None = None
        self.size = FULL_SIZE

    def find(self, image: RGB, t: float, smallest: float | None) -> list[Face]:
        """Faces of a frame (H, W, 3) that are certain, in its pixels.

        Args:
            image: The frame.
            t: Its time, seconds.
            smallest: Height in pixels of the smallest face in view; None if none is.
        """
        small = scaled(image, self._choose(image, t, smallest))
        self.size = max(small.shape[:2])
        ratio = (image.shape[1] / small.shape[1], image.shape[0] / small.shape[0])
        return [scaled_up(face, ratio) for face in self._detector.detect(small) if face.score >= CERTAIN]

    def _choose(self, image: RGB, t: float, smallest: float | None) -> int:
        if not self._adaptive:
            return FULL_SIZE
        if smallest is None:
            if _due(self._full_at, t, FULL_SECONDS):
                self._full_at = self._wide_at = t
                return FULL_SIZE
            return WIDE_SIZE
        # A face in view says that the next full look can wait until it is gone.
        self._full_at = t
        needed = int(np.ceil(max(image.shape[:2]) * SMALLEST_FACE / max(smallest, 1.0)))
        if _due(self._wide_at, t, WIDE_SECONDS):
            self._wide_at = t
            needed = max(needed, WIDE_SIZE)
        return min(max(needed, LEAST_SIZE), FULL_SIZE)


def _due(last: float | None, t: float, every: float) -> bool:
    return last is None or not 0 <= t - last < every
