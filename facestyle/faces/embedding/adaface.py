"""AdaFace (IR-18, IR-50, IR-101; WebFace4M): ArcFace's alignment, cosine distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F
from torch import Tensor

from facestyle.faces.embedding.arcface import align_arcface
from facestyle.faces.embedding.batches import embed_in_batches
from facestyle.faces.embedding.contract import contract_of
from facestyle.faces.results import RGB, Face
from facestyle.models.iresnet import IResNet
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_BATCH = 32
"""Chips in one pass of the network: bounds memory at about 450 MB whatever the number of faces."""


class AdaFaceEmbedder:
    """f(x): the direction of the network's feature.

    Its length, which tells the picture's quality, is dropped here: cosine distance does not see it, and unit vectors
    keep the gallery's arithmetic well conditioned. No mirror image is averaged in: the authors' threshold belongs to
    single passes.
    """

    version = "arcface5-1/adaface"

    def __init__(self, model: str = "adaface_ir18", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self.metric, self.tau = contract_of(model, settings)
        self._network = load_model(model, settings=settings)

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        """Chips (N, 112, 112, 3) of N faces of an upright picture (H, W, 3)."""
        return align_arcface(image, faces)

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (N, 512) of unit length, of chips (N, 112, 112, 3)."""
        device = next(self._network.parameters()).device
        return embed_in_batches(self._direction, chips, device=device, dimension=IResNet.DIMENSION, size=_BATCH)

    def _direction(self, batch: Tensor) -> Tensor:
        return F.normalize(self._network(batch), dim=1)
