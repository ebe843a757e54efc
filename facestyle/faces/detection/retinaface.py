"""RetinaFace behind the detector protocol: one pass, then the strongest of each heap of overlapping boxes.

Departures from the reference implementation, and why:

- Pictures whose longer side exceeds `detection_size` are scaled down first; the cost grows with the area. Those below
  320 pixels are enlarged: the network places its points best in faces of 100 pixels and more. On LFW (250 x 250) the
  eyes stray from dlib's by 1.8 instead of 2.6 pixels of a 150-pixel chip, for 3 ms.
- A picture gets a second, distant look (see `two_looks`) where it could hold a face too large for the first, and where
  the first finds nothing: on enlarged portraits, from a height of 600 pixels on, one look also sees faces in parts of a
  face.
- Boxes may overlap less (0.3 instead of 0.4): of two heads side by side the network makes a third between them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import nms

from facestyle.faces.detection.anchors import anchors, decode_boxes, decode_points
from facestyle.faces.detection.scaling import Found, large_enough, to_faces, to_pixels
from facestyle.faces.detection.two_looks import merge
from facestyle.faces.results import RGB, Face
from facestyle.models.retinaface import RetinaFace
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_LEAST_PROBABILITY = 0.5
_MOST_OVERLAP = 0.3
"""Of two boxes whose intersection over union is above this, the less certain one is dropped."""

_MAX_CANDIDATES = 5000
"""Boxes that suppression sees at most, the most certain ones (reference code): bounds time on noise."""

_LARGE = 320
"""Height in pixels of the close look above which the distant one is trusted."""

_LEAST_SIZE = 320
"""Longer side in pixels to which smaller pictures are brought."""

_DISTANT_SIZE = 256
_BORDER = 0.25
"""Distant look: longer side of the picture in pixels, and border on each side as a fraction of the picture's sides."""


class RetinaFaceDetector:
    """RetinaFace with the settings' minimum face size and picture size."""

    version = "2"

    def __init__(self, model: str = "retinaface_mobilenet", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self._network = load_model(model, settings=settings)
        self._min_face_size = settings.min_face_size
        self._detection_size = settings.detection_size

    @torch.inference_mode()
    def detect(self, image: RGB) -> tuple[Face, ...]:
        """Finds faces.

        Args:
            image: Upright picture (H, W, 3).

        Returns:
            Faces in pixels of `image`, the most certain first. A box may reach over the picture's edge where the face
            does.
        """
        longest = min(max(image.shape[:2]), self._detection_size)
        close = self._look(image, self._detection_size, least=_LEAST_SIZE)
        if close and longest <= _LARGE:
            return large_enough(close, self._min_face_size)
        distant = self._look(image, _DISTANT_SIZE, border=_BORDER)
        large = _LARGE * max(image.shape[:2]) / longest
        return large_enough(merge(close, distant, large if close else 0), self._min_face_size)

    def _look(self, image: RGB, longest: int, *, border: float = 0, least: int = 1) -> tuple[Face, ...]:
        network = self._network
        assert isinstance(network, RetinaFace)  # noqa: S101  (the catalogue binds the ID to this class)
        pixels = to_pixels(image, longest, next(network.parameters()).device, least=least)
        height, width = pixels.shape[2:]
        x = pixels.flip(1) - pixels.new_tensor(RetinaFace.MEAN).view(1, 3, 1, 1)
        pad_x, pad_y = round(width * border), round(height * border)
        found = find(network, F.pad(x, (pad_x, pad_x, pad_y, pad_y)))  # 0 is the mean colour here
        return to_faces(found, image, (height, width), offset=(pad_x, pad_y))


def find(network: RetinaFace, x: Tensor) -> Found:
    """Runs the network on one picture and thins out what it finds.

    Args:
        network: RetinaFace.
        x: (1, 3, H, W), as the network takes it.

    Returns:
        Boxes (N, 4) as left, top, right, bottom; probabilities (N,), falling; points (N, 5, 2) as x, y.
    """
    probability, box_corrections, point_corrections = (answer[0] for answer in network(x))
    chosen = torch.nonzero(probability > _LEAST_PROBABILITY)[:, 0]
    chosen = chosen[probability[chosen].argsort(descending=True, stable=True)[:_MAX_CANDIDATES]]
    grid = anchors(x.shape[2], x.shape[3], x.device)[chosen]
    boxes, scores = decode_boxes(grid, box_corrections[chosen]), probability[chosen]
    keep = nms(boxes, scores, _MOST_OVERLAP)
    return boxes[keep], scores[keep], decode_points(grid, point_corrections[chosen])[keep]
