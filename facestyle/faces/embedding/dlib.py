"""The embedded face embedder: alignment onto dlib's chips by five points, then dlib's ResNet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from facestyle import device as devices
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
mirror-symmetric about x = 74.95. RetinaFace's points lie within 1.4 pixels of it; one fitted to them separates that
fold no better (d-prime 4.341 and 4.340).
"""

_BORDER = 4
"""Pixels around dlib's chip on each side: as much as the crop with the smaller face shows of it."""

_SCALES = {1: (1.0,), 2: (1.0,), 4: (0.95, 1.05)}
"""Crops a face -> sizes of the face in them, dlib's being 1. From two crops on, each size comes with its mirror."""

_BATCH = 16
"""Chips in one pass of the network, at most four crops each: bounds memory at about 200 MB for any number of faces."""


class DlibEmbedder:
    """f(x): the mean of the embeddings of several crops of one face, four by default.

    dlib's author averages over a hundred randomly jittered crops and states 99.38 % instead of 99.13 % on LFW
    ("dlib_face_recognition_resnet_model_v1", dlib-models). Nearly all of that comes from a few chosen ones: the face at
    95 % and at 105 % of its size, each with its mirror image, do as well as 26 crops with shifts and rotations
    (benchmarks/embedding_crops.py, README). The number is a setting, FACESTYLE_CROPS:

    - 1: dlib's chip alone, 0.54 GFLOP a face;
    - 2: with its mirror image, twice that;
    - 4: mirror images of two sizes, four times that.

    Embeddings of different numbers of crops are not comparable; `version` says which one it is.
    """

    SIZE = DlibFaceResNet.SIZE + 2 * _BORDER
    version = "dlib5-3"

    def __init__(self, model: str = "dlib_resnet", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self.version = f"{type(self).version}/crops{settings.crops}"
        self.metric, self.tau = contract_of(model, settings)
        device = devices.pick(settings)
        self._network = load_model(model, device, settings, dtype=devices.fast_dtype(device))
        self._crops = settings.crops

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        """Chips (N, 158, 158, 3) of N faces of an upright picture (H, W, 3): dlib's and four pixels around it."""
        return align_faces(image, faces, _TEMPLATE + _BORDER, self.SIZE)

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (N, 128), not normalised, of chips (N, 158, 158, 3)."""
        device = next(self._network.parameters()).device
        return embed_in_batches(
            self._mean_over_crops, chips, device=device, dimension=DlibFaceResNet.DIMENSION, size=_BATCH
        )

    def _mean_over_crops(self, batch: Tensor) -> Tensor:
        crops = [_resized(batch, scale) for scale in _SCALES[self._crops]]
        if self._crops > 1:
            crops += [crop.flip(3) for crop in crops]
        # channels last: on a CPU the convolutions take a quarter less time than on planes, which grid_sample returns
        together = torch.cat(crops).contiguous(memory_format=torch.channels_last)
        embeddings: Tensor = self._network(together).float()
        return embeddings.reshape(len(crops), len(batch), -1).mean(0)


def _resized(chips: Tensor, scale: float) -> Tensor:
    """The middle (N, 3, 150, 150) of chips (N, 3, 158, 158), the face `scale` times as large."""
    size = DlibFaceResNet.SIZE
    if scale == 1:
        return chips[:, :, _BORDER : _BORDER + size, _BORDER : _BORDER + size]
    shown = size / scale / chips.shape[3]
    theta = chips.new_tensor([[shown, 0, 0], [0, shown, 0]]).expand(len(chips), 2, 3)
    grid = F.affine_grid(theta, [len(chips), 3, size, size], align_corners=False)
    # bicubic: the chip was resampled once already, and bilinear interpolation would blur it a second time
    return F.grid_sample(chips, grid, mode="bicubic", padding_mode="border", align_corners=False).clamp(0, 255)
