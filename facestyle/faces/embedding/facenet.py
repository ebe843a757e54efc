"""FaceNet (Inception-ResNet-v1, VGGFace2): a square resampling of the face's box, without rotation.

The network was trained on MTCNN's boxes with some margin, cut out and stretched to a square, so it is given the same:
turning the face upright would show it something that it never saw. The margin of 14 pixels is the one of
facenet-pytorch's own evaluation on LFW (examples/lfw_evaluate.ipynb). RetinaFace's boxes will do: on LFW they lie, in
the median, within 2.5 % of the box's width and height from MTCNN's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from facestyle.faces.embedding.batches import embed_in_batches
from facestyle.faces.embedding.contract import contract_of
from facestyle.faces.results import RGB, Face
from facestyle.models.inception_resnet import InceptionResnetV1
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_MARGIN = 14
"""Pixels of the chip that are not face box, on both sides together."""

_BATCH = 32
"""Chips in one pass of the network: bounds memory at about 250 MB whatever the number of faces."""


class FaceNetEmbedder:
    """f(x) of unit length, so that ||f(a) - f(b)||^2 = 2 (1 - cos)."""

    version = "facenet-crop14-1"

    def __init__(self, model: str = "facenet", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self.metric, self.tau = contract_of(model, settings)
        self._network = load_model(model, settings=settings)

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        """Chips (N, 160, 160, 3) of N faces of an upright picture (H, W, 3)."""
        return crop_faces(image, faces, InceptionResnetV1.SIZE, _MARGIN)

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (N, 512) of unit length, of chips (N, 160, 160, 3)."""
        device = next(self._network.parameters()).device
        return embed_in_batches(self._network, chips, device=device, dimension=InceptionResnetV1.DIMENSION, size=_BATCH)


@torch.inference_mode()
def crop_faces(image: RGB, faces: Sequence[Face], size: int, margin: int) -> npt.NDArray[np.uint8]:
    """Cuts each face's box out with a margin, as far as the picture reaches, and resamples it to a square.

    Args:
        image: Upright picture (H, W, 3).
        faces: N faces of it.
        size: Side S of the chip.
        margin: How many of the S pixels lie outside of the box, on both sides together (fewer at the picture's edge).

    Returns:
        (N, S, S, 3). A face wholly outside of the picture is black.
    """
    height, width = image.shape[:2]
    chips = np.zeros((len(faces), size, size, 3), np.uint8)
    for index, face in enumerate(faces):
        beside = margin * face.box.width / (size - margin) / 2
        above = margin * face.box.height / (size - margin) / 2
        # whole pixels, rounded down, as in facenet-pytorch
        left, top = int(max(face.box.left - beside, 0)), int(max(face.box.top - above, 0))
        right, bottom = int(min(face.box.right + beside, width)), int(min(face.box.bottom + above, height))
        if left >= right or top >= bottom:
            continue
        part = torch.from_numpy(np.ascontiguousarray(image[top:bottom, left:right])).permute(2, 0, 1)[None].float()
        part = F.interpolate(part, (size, size), mode="bilinear", antialias=True)
        chips[index] = part[0].permute(1, 2, 0).round().clamp(0, 255).byte().numpy()
    return chips
