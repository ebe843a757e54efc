"""What the live engine asks of the face service, and of a liveness challenge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from facestyle.faces.base import Detector, Embedder
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.live.results import ChallengeState
from facestyle.faces.results import Face


class Faces(Protocol):
    """`facestyle.faces.service.FaceService`, as far as it is used here."""

    @property
    def detector(self) -> Detector:
        """Finds faces."""
        ...

    @property
    def embedder(self) -> Embedder:
        """Aligns and embeds them."""
        ...

    @property
    def gallery(self) -> Gallery:
        """Who is enrolled."""
        ...

    @property
    def preprocessing(self) -> str:
        """What stands between picture and embedding."""
        ...


class Challenge(Protocol):
    """Something that a photo cannot do, such as turning the head when asked to."""

    def update(self, faces: Sequence[Face], embedding: npt.NDArray[np.float32] | None, t: float) -> ChallengeState:
        """The state after one more frame.

        Args:
            faces: Detected in this frame, in its pixels.
            embedding: (D,) of the one face in front, if it was embedded in this frame.
            t: Seconds.
        """
        ...
