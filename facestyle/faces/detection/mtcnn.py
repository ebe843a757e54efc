"""The MTCNN cascade (Zhang et al. 2016, section II): proposals on a pyramid, then two rounds of refinement.

Departures from the paper and from its common implementations, and why:

- Crops for R-Net and O-Net are cut with one `roi_align` call for all candidates instead of one crop and one resize
  each, at fractional positions instead of rounded ones.
- Pictures whose longer side exceeds `detection_size` are scaled down first: a face of interest in a 12-megapixel photo
  is hundreds of pixels high, and the cost of P-Net grows with the area.
- Where nothing is found, the picture is tried once more with a border around it. P-Net knows only faces with some
  surroundings; a tight crop has none.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import nms, roi_align

from facestyle.faces.detection.scaling import Found, to_faces, to_pixels
from facestyle.faces.results import RGB, Face
from facestyle.models.mtcnn import MTCNN, OutputNet, ProposalNet, RefineNet
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_PYRAMID_FACTOR = 0.709
"""Ratio of neighbouring pyramid levels: 1/sqrt(2), so that the window's area halves (paper, section III)."""

_THRESHOLDS = (0.6, 0.7, 0.7)
"""Least probability after P-Net, R-Net and O-Net (authors' code)."""

_MAX_PROPOSALS = 2000
"""Candidates that R-Net sees at most: bounds time and memory on crowds and on noise."""

_GREY = 127.5
"""The value that the networks see as 0; what surrounds a picture has it."""

_BORDER = 0.4
"""Border of the second attempt, as a fraction of the picture's sides."""


class MtcnnDetector:
    """MTCNN with the settings' minimum face size and picture size."""

    version = "1"

    def __init__(self, model: str = "mtcnn", *, settings: Settings | None = None) -> None:
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
        network = self._network
        assert isinstance(network, MTCNN)  # noqa: S101  (the catalogue binds the ID to this class)
        device = next(network.parameters()).device
        pixels = to_pixels(image, self._detection_size, device)
        height, width = pixels.shape[2:]
        scale = max(height, width) / max(image.shape[:2])
        # A face of the smallest size in the original may fall below what P-Net resolves in the scaled picture.
        smallest = max(self._min_face_size * scale, min(self._min_face_size, 20))
        found = cascade(network, pixels, smallest)
        offset = (0, 0)
        if len(found[0]) == 0:
            offset = pad_x, pad_y = round(width * _BORDER), round(height * _BORDER)
            padded = F.pad(pixels, (pad_x, pad_x, pad_y, pad_y), value=_GREY)
            found = cascade(network, padded, smallest)
        return to_faces(found, image, (height, width), offset=offset)


def cascade(network: MTCNN, pixels: Tensor, smallest: float) -> Found:
    """Runs the three stages on one picture.

    Args:
        network: The three networks.
        pixels: (1, 3, H, W), 0 to 255.
        smallest: Height in pixels of the smallest face looked for, 12 or more.

    Returns:
        Boxes (N, 4) as left, top, right, bottom; probabilities (N,), falling; points (N, 5, 2) as x, y.
    """
    boxes, scores = _propose(network, pixels, smallest)
    if len(boxes):
        octaves = _octaves((pixels - _GREY) / 128, boxes)
        boxes, scores = _refine(network, octaves, boxes)
        if len(boxes):
            return _decide(network, octaves, boxes)
    return boxes, scores, boxes.new_zeros((0, 5, 2))


def _propose(network: MTCNN, pixels: Tensor, smallest: float) -> tuple[Tensor, Tensor]:
    window, stride = ProposalNet.WINDOW, ProposalNet.STRIDE
    height, width = pixels.shape[2:]
    all_boxes, all_scores = [pixels.new_zeros((0, 4))], [pixels.new_zeros(0)]
    all_corrections = [pixels.new_zeros((0, 4))]
    scale = window / smallest
    # On a CPU the antialiased reduction of bytes is many times as fast as that of floats; CUDA only knows floats.
    source = pixels.round().byte().contiguous(memory_format=torch.channels_last) if pixels.is_cpu else pixels
    while min(height, width) * scale >= window:
        size = (int(height * scale) + 1, int(width * scale) + 1)
        level = F.interpolate(source, size, mode="bilinear", antialias=True)
        probability, correction = network.propose((level - _GREY) / 128)
        row, column = torch.nonzero(probability[0] > _THRESHOLDS[0], as_tuple=True)
        if len(row):
            corner = torch.stack([column, row], 1) * float(stride)
            # the level's sides are rounded, so each axis has its own exact ratio
            ratio = pixels.new_tensor([width / size[1], height / size[0]])
            boxes = torch.cat([corner * ratio, (corner + window) * ratio], 1)
            scores = probability[0, row, column]
            # Windows are thinned out before they are corrected: corrected ones converge on the same box, and of several
            # starting points R-Net and O-Net may like any one best.
            keep = nms(boxes, scores, 0.5)
            all_boxes.append(boxes[keep])
            all_scores.append(scores[keep])
            all_corrections.append(correction[0, :, row, column].T[keep])
        scale *= _PYRAMID_FACTOR
    boxes, scores = torch.cat(all_boxes), torch.cat(all_scores)
    keep = nms(boxes, scores, 0.7)[:_MAX_PROPOSALS]
    return _correct(boxes[keep], torch.cat(all_corrections)[keep]), scores[keep]


def _refine(network: MTCNN, octaves: list[Tensor], boxes: Tensor) -> tuple[Tensor, Tensor]:
    boxes = _square(boxes)
    scores, correction = network.refine(_crops(octaves, boxes, RefineNet.SIZE))
    chosen = scores > _THRESHOLDS[1]
    boxes, scores, correction = boxes[chosen], scores[chosen], correction[chosen]
    keep = nms(boxes, scores, 0.7)
    return _correct(boxes[keep], correction[keep]), scores[keep]


def _decide(network: MTCNN, octaves: list[Tensor], boxes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    boxes = _square(boxes)
    scores, correction, points = network.output(_crops(octaves, boxes, OutputNet.SIZE))
    chosen = scores > _THRESHOLDS[2]
    boxes, scores, points, correction = boxes[chosen], scores[chosen], points[chosen], correction[chosen]
    points = boxes[:, None, :2] + points * (boxes[:, None, 2:] - boxes[:, None, :2])
    boxes = _correct(boxes, correction)
    keep = _nms_over_smaller(boxes, scores, 0.7)
    return boxes[keep], scores[keep], points[keep]


def _correct(boxes: Tensor, correction: Tensor) -> Tensor:
    """Moves each side by its correction, in fractions of the box's width and height."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + correction * sides.repeat(1, 2)


def _square(boxes: Tensor) -> Tensor:
    """The squares with the boxes' centres and their longer sides."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    return torch.cat([centre - half, centre + half], 1)


def _octaves(pixels: Tensor, boxes: Tensor) -> list[Tensor]:
    """The picture and its halvings, as many as crops of these boxes need."""
    largest = float((boxes[:, 2:] - boxes[:, :2]).amax())
    octaves = [pixels]
    while largest / 2 ** len(octaves) >= RefineNet.SIZE and min(octaves[-1].shape[2:]) >= 2:
        octaves.append(F.avg_pool2d(octaves[-1], 2))
    return octaves


def _crops(octaves: list[Tensor], boxes: Tensor, size: int) -> Tensor:
    """Resampled crops (N, 3, size, size) of squares; what lies outside the picture is mid-grey.

    A crop is taken from the coarsest halving that still has at least as many pixels as the crop, where two samples a
    crop pixel and direction see every one of them. Sampling the picture itself would cost thousands for a large face.
    """
    sides = boxes[:, 2] - boxes[:, 0]
    octave = torch.log2(sides / size).floor().clamp(0, len(octaves) - 1).long()
    crops = octaves[0].new_empty((len(boxes), 3, size, size))
    for index in sorted(set(octave.tolist())):
        here = octave == index
        crops[here] = roi_align(octaves[index], [boxes[here] / 2**index], size, sampling_ratio=2, aligned=True)
    return crops


def _nms_over_smaller(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Non-maximum suppression by intersection over the smaller area: a box inside another one is the same face.

    At this stage there are as many boxes as faces, so a plain loop over them is the fastest form.
    """
    order = scores.argsort(descending=True, stable=True)
    boxes = boxes[order]
    area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1)
    corner = torch.maximum(boxes[:, None, :2], boxes[None, :, :2])
    opposite = torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    overlap = (opposite - corner).clamp(min=0).prod(2) / torch.minimum(area[:, None], area[None]).clamp(min=1e-6)
    suppressed = (overlap > threshold).cpu()
    kept: list[int] = []
    for index in range(len(boxes)):
        if not any(suppressed[index, better] for better in kept):
            kept.append(index)
    chosen: Tensor = order[torch.tensor(kept, dtype=torch.long, device=boxes.device)]
    return chosen
