"""The embedded face embedder: alignment onto dlib's chips by MTCNN's five points, then dlib's ResNet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from facestyle.faces.alignment import align_faces
from facestyle.faces.embedding.batches import embed_in_batches
from facestyle.faces.embedding.contract import contract_of
from facestyle.faces.results import RGB, Face
from facestyle.models.dlib_resnet import DlibFaceResNet
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_TEMPLATE = np.array([[48.1, 46.0], [101.8, 46.0], [74.95, 78.5], [51.5, 105.1], [98.4, 105.1]])
"""Where MTCNN's points lie in the chips that dlib cuts for this network (150x150, padding 0.25).

The median over 806 faces of LFW's first development fold, on each of which dlib's own landmarks gave the chip; made
mirror-symmetric about x = 74.95.
"""

_BATCH = 64
"""Chips in one pass of the network: bounds memory at about 350 MB whatever the number of faces."""


class DlibEmbedder:
    """f(x): the mean of the embeddings of the chip and of its mirror image.

    Averaging over the mirror image (as in dlib's own averaging over jittered copies, with one well-chosen copy) removes
    what depends on the side that the light or the head turns to. On LFW's first development fold it raises the accuracy
    at the best threshold from 98.8 % to 99.2 % at twice the cost of this step.
    """

    version = "dlib5-2/mirror"

    def __init__(self, model: str = "dlib_resnet", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self.metric, self.tau = contract_of(model, settings)
        self._network = load_model(model, settings=settings)

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        """Chips (N, 150, 150, 3) of N faces of an upright picture (H, W, 3)."""
        return align_faces(image, faces, _TEMPLATE, DlibFaceResNet.SIZE)

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (N, 128), not normalised, of chips (N, 150, 150, 3)."""
        device = next(self._network.parameters()).device
        return embed_in_batches(
            self._with_mirror_image, chips, device=device, dimension=DlibFaceResNet.DIMENSION, size=_BATCH
        )

    def _with_mirror_image(self, batch: Tensor) -> Tensor:
        both: Tensor = self._network(torch.cat([batch, batch.flip(3)]))
        return (both[: len(batch)] + both[len(batch) :]) / 2
