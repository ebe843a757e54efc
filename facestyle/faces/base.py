"""What the face services ask of a detector and of an embedder, whichever network is behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from facestyle.faces.results import RGB, Face


class Detector(Protocol):
    """Finds faces with five points each."""

    model: str
    version: str

    def detect(self, image: RGB) -> tuple[Face, ...]:
        """Faces of an upright picture, the most certain first; empty if there is none."""
        ...


class Embedder(Protocol):
    """Aligns faces and maps them to vectors whose distance tells people apart.

    Attributes:
        model: Catalogue ID.
        version: Of alignment and pooling; embeddings of different versions are not comparable.
        metric: `squared_euclidean` or `cosine`.
        tau: Default threshold in that metric.
    """

    model: str
    version: str
    metric: str
    tau: float

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        """Chips (N, S, S, 3) of the faces, in the pose that the network was trained on."""
        ...

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (N, D) of aligned chips (N, S, S, 3)."""
        ...
