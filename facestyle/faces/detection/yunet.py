"""YuNet behind the detector protocol: OpenCV's file run as it is, its answers decoded as OpenCV's FaceDetectorYN does.

Wu et al. 2023, "YuNet: A tiny millisecond-level face detector"; the contract and the decoding are those of
modules/objdetect/src/face_detect.cpp in OpenCV 4. Departures, and why:

- The published file takes pictures of 640 x 640 only (OpenCV's own runtime changes the graph to fit, onnxruntime does
  not). Pictures are scaled to fit in and padded with black. A file with free sides gets sides of multiples of 32.
- The network knows faces of about 10 to 300 pixels, so each picture gets a second, distant look (see `two_looks`).
- Boxes are compared as they are, not cut to whole pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.ops import nms

from facestyle import weights
from facestyle.errors import WeightsDamagedError
from facestyle.faces.detection.scaling import Found, large_enough, to_faces, to_pixels
from facestyle.faces.detection.two_looks import merge
from facestyle.faces.results import RGB, Face
from facestyle.models.onnx_session import Floats, OnnxSession, load_session
from facestyle.settings import Settings

STRIDES = (8, 16, 32)
_ANSWERS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""Numbers for each cell: class and object confidences, a box, five points."""

_LEAST_SCORE = 0.6
_MOST_OVERLAP = 0.3
"""Of two boxes whose intersection over union is above this, the less certain one is dropped (OpenCV's default)."""

_MAX_CANDIDATES = 5000
"""Boxes that suppression sees at most, the most certain ones (OpenCV's default)."""

_LARGEST_EXPONENT = 10.0
"""Keeps the sides of nonsense finite; 22,000 cells are larger than any picture."""

_LARGE = 200
_DISTANT_SIZE = 320
"""Height in pixels of the close look above which the distant one is trusted, and the longer side of its picture."""


class YuNetDetector:
    """YuNet with the settings' minimum face size and, as far as the file allows, picture size.

    Raises:
        OnnxRuntimeMissingError: onnxruntime is not installed.
        WeightsMissingError: The file is nowhere to be had.
        WeightsDamagedError: The file is altered, or is another network.
    """

    version = "1"

    def __init__(self, model: str = "yunet", *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.model = model
        self._session = load_session(model, settings)
        self._canvas = _canvas(self._session, weights.entry(model, settings).title)
        self._min_face_size = settings.min_face_size
        self._close_size = min([settings.detection_size, *(self._canvas or ())])

    def detect(self, image: RGB) -> tuple[Face, ...]:
        """Finds faces.

        Args:
            image: Upright picture (H, W, 3).

        Returns:
            Faces in pixels of `image`, the most certain first. A box may reach over the picture's edge where the face
            does.
        """
        scale = min(1.0, self._close_size / max(image.shape[:2]))
        close = self._look(image, self._close_size, border=False)
        distant = self._look(image, min(_DISTANT_SIZE, self._close_size), border=True)
        return large_enough(merge(close, distant, large=_LARGE / scale), self._min_face_size)

    def _look(self, image: RGB, longest: int, *, border: bool) -> tuple[Face, ...]:
        pixels = to_pixels(image, longest)
        height, width = pixels.shape[2:]
        margin = _DISTANT_SIZE // 2 if border else 0
        rows, columns = self._canvas or tuple(-(-(side + 2 * margin) // 32) * 32 for side in (height, width))
        # as OpenCV does, at the right and the bottom; all around where a border is wanted
        left, top = ((columns - width) // 2, (rows - height) // 2) if border else (0, 0)
        blue_first = pixels.flip(1).round()
        x = F.pad(blue_first, (left, columns - width - left, top, rows - height - top))
        found = decode(self._session.run(x.numpy()), rows, columns)
        return to_faces(found, image, (height, width), offset=(left, top))


def decode(answers: Mapping[str, Floats], height: int, width: int) -> Found:
    """Boxes, scores and points from the network's answers, thinned out.

    Each cell of a stride has a class and an object confidence, a box (centre in cells off the cell's corner, logarithms
    of width and height in cells), and five points in cells off its corner. Its score is the geometric mean of the two
    confidences.

    Args:
        answers: `cls_8` ... `kps_32`, each (1, cells, 1, 4 or 10), cells row by row.
        height: Of the picture that the network saw, pixels, a multiple of 32.
        width: Likewise.

    Returns:
        Boxes (N, 4) as left, top, right, bottom; scores (N,), falling; points (N, 5, 2) as x, y.
    """
    boxes, scores, points = [], [], []
    for stride in STRIDES:
        rows, columns = height // stride, width // stride
        cls, obj, box, marks = (
            torch.from_numpy(np.array(answers[f"{kind}_{stride}"], np.float32)).reshape(rows * columns, numbers)
            for kind, numbers in _ANSWERS.items()
        )
        score = (cls.clamp(0, 1) * obj.clamp(0, 1)).sqrt()[:, 0]
        chosen = torch.nonzero(score >= _LEAST_SCORE)[:, 0]
        corner = torch.stack([chosen % columns, chosen // columns], dim=1)
        centre = (corner + box[chosen, :2]) * stride
        half = box[chosen, 2:].clamp(max=_LARGEST_EXPONENT).exp() * stride / 2
        boxes.append(torch.cat([centre - half, centre + half], dim=1))
        scores.append(score[chosen])
        points.append((corner[:, None] + marks[chosen].view(-1, 5, 2)) * stride)
    found, certainty, five = torch.cat(boxes), torch.cat(scores), torch.cat(points)
    best = certainty.argsort(descending=True, stable=True)[:_MAX_CANDIDATES]
    best = best[nms(found[best], certainty[best], _MOST_OVERLAP)]
    return found[best], certainty[best], five[best]


def _canvas(session: OnnxSession, title: str) -> tuple[int, int] | None:
    """Height and width that the file insists on, or None.

    Raises:
        WeightsDamagedError: The file is no YuNet.
    """
    expected = {f"{kind}_{stride}" for kind in _ANSWERS for stride in STRIDES}
    shape = session.input_shape
    if not expected <= set(session.outputs) or len(shape) != 4 or shape[1] != 3:
        raise WeightsDamagedError(
            f"The file of {title} holds another network: its input is {shape}, its outputs are "
            f"{', '.join(session.outputs)}."
        )
    height, width = shape[2:]
    if not isinstance(height, int) or not isinstance(width, int):
        return None
    if height % 32 or width % 32:
        raise WeightsDamagedError(f"The file of {title} holds another network: its sides are no multiples of 32.")
    return height, width
