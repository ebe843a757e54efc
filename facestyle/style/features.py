"""The activations that style transfer compares, and the precision in which they are computed."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from facestyle.style.pixels import Size
from facestyle.style.tiles import Tile

MIN_SIDE = 32
"""Pixels. Four poolings leave two positions of it for relu5_1."""


def extended_size(size: Size) -> Size:
    """The size that the network is given of a picture.

    A side below `MIN_SIDE` is extended by repeating the picture's last row or column, as a strip of a few pixels has
    nothing left after the poolings otherwise. C, S and G are all treated so.

    Args:
        size: (height, width), pixels.
    """
    return max(size[0], MIN_SIDE), max(size[1], MIN_SIDE)


def extend(part: Tensor, tile: Tile) -> Tensor:
    """What the network is given of a part of a picture; differentiable.

    Args:
        part: float (1, channels, height, width), the tile's window as far as there is picture.
        tile: Of the extended picture.
    """
    below, right = (
        len(axis[0].window) - there for axis, there in zip((tile.rows, tile.columns), part.shape[-2:], strict=True)
    )
    return F.pad(part, (0, right, 0, below), mode="replicate") if below or right else part
