"""From a picture to what a detector sees, and back: the same for every detector."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from facestyle.faces.results import RGB, Box, Face

Found = tuple[Tensor, Tensor, Tensor]
"""Boxes (N, 4) as left, top, right, bottom; scores (N,), falling; points (N, 5, 2) as x, y."""


def to_pixels(image: RGB, longest: int, device: torch.device | None = None, *, least: int = 1) -> Tensor:
    """A picture as a tensor, scaled down if its longer side exceeds a limit, scaled up only if asked to.

    A face of interest in a 12-megapixel photo is hundreds of pixels high, and a detector's cost grows with the area.

    Args:
        image: (H, W, 3).
        longest: Limit, pixels.
        device: Where to put it.
        least: A longer side below this is brought to it, pixels.

    Returns:
        (1, 3, h, w), RGB from 0 to 255, float32.
    """
    height, width = image.shape[:2]
    pixels = torch.tensor(image, device=device).permute(2, 0, 1)[None]
    scale = min(max(1.0, least / max(height, width)), longest / max(height, width))
    if scale == 1:
        return pixels.float()
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    # on a CPU the reduction of bytes is many times as fast as that of floats; other devices only know floats
    source = pixels if pixels.is_cpu else pixels.float()
    return F.interpolate(source, size, mode="bilinear", antialias=True).float()


def to_faces(found: Found, image: RGB, seen: tuple[int, int], *, offset: tuple[int, int] = (0, 0)) -> tuple[Face, ...]:
    """What was found, in pixels of the original picture.

    Args:
        found: In pixels of the scaled picture, border included.
        image: The original (H, W, 3).
        seen: Height and width of the scaled picture, without any border.
        offset: Border to the left and on top that the detector added.
    """
    boxes, scores, points = found
    # each axis has its own ratio, as the scaled sides are rounded
    ratio = boxes.new_tensor([image.shape[1] / seen[1], image.shape[0] / seen[0]])
    shift = boxes.new_tensor(offset)
    corners = ((boxes.view(-1, 2, 2) - shift) * ratio).view(-1, 4)
    marks = (points - shift) * ratio
    each = zip(corners.tolist(), scores.tolist(), marks.tolist(), strict=True)
    return tuple(Face(Box(*box), score, tuple((x, y) for x, y in five)) for box, score, five in each)


def large_enough(faces: Iterable[Face], smallest: int) -> tuple[Face, ...]:
    """Those whose boxes are at least so many pixels high in the original picture."""
    return tuple(face for face in faces if face.box.height >= smallest)
