"""Where RetinaFace looks, and how its answers become boxes and points (Ren et al. 2015, Faster R-CNN, section 3.1.2).

All numbers are pixels of the picture that the network saw.
"""

from __future__ import annotations

import torch
from torch import Tensor

from facestyle.models.retinaface import ANCHOR_SIDES, STRIDES

_POSITION_VARIANCE = 0.1
_SIDE_VARIANCE = 0.2
"""By these the training targets were divided, so the answers are multiplied by them (Liu et al. 2016, SSD)."""

_LARGEST_CORRECTION = 4.0
"""Most that the logarithm of a side may change (exp(4) is 55 times). Keeps nonsense finite; faces stay below 2."""


def anchors(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """The anchors of a picture, in the order in which the network answers.

    Args:
        height: Of the picture, pixels.
        width: Of the picture, pixels.
        device: Where to put them.

    Returns:
        (A, 3): centre x, centre y, side. A runs over levels, rows, columns, sides.
    """
    levels = []
    for stride, sides in zip(STRIDES, ANCHOR_SIDES, strict=True):
        # A level has as many cells as strided convolutions leave: the last, incomplete one counts.
        rows, columns = (torch.arange(-(-length // stride), device=device) for length in (height, width))
        lengths = torch.tensor(sides, dtype=torch.float32, device=device)
        y, x, side = torch.meshgrid((rows + 0.5) * stride, (columns + 0.5) * stride, lengths, indexing="ij")
        levels.append(torch.stack([x, y, side], dim=-1).view(-1, 3))
    return torch.cat(levels)


def decode_boxes(anchors: Tensor, corrections: Tensor) -> Tensor:
    """Boxes from anchors (A, 3) and the network's corrections (A, 4).

    The centre moves by dx, dy tenths of the anchor's side; the side grows by the factor exp(0.2 d).

    Returns:
        (A, 4): left, top, right, bottom.
    """
    side = anchors[:, 2:]
    centre = anchors[:, :2] + corrections[:, :2] * _POSITION_VARIANCE * side
    exponent = (corrections[:, 2:] * _SIDE_VARIANCE).clamp(-_LARGEST_CORRECTION, _LARGEST_CORRECTION)
    half = side * exponent.exp() / 2
    return torch.cat([centre - half, centre + half], dim=1)


def decode_points(anchors: Tensor, corrections: Tensor) -> Tensor:
    """Points (A, 5, 2) from anchors (A, 3) and corrections (A, 5, 2), in tenths of the anchor's side off its centre."""
    return anchors[:, None, :2] + corrections * _POSITION_VARIANCE * anchors[:, None, 2:]
