"""Pictures a little turned, shifted and scaled, so that a small network does not learn a few by heart."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

_TURN, _SHIFT, _SCALE = math.radians(8), 0.12, 0.1


def distorted(pictures: Tensor, *, mirror: bool, generator: torch.Generator) -> Tensor:
    """Each picture turned by up to 8 degrees, shifted by up to 6 % of its side and scaled by up to 10 %.

    Args:
        pictures: (N, 1, S, S).
        mirror: Whether half of them are mirrored as well.
        generator: Of all that.
    """
    n = len(pictures)
    turn, scale, across, down = ((torch.rand(4, n, generator=generator) * 2 - 1).T * _spans()).T
    flip = (torch.rand(n, generator=generator) < 0.5).float() * -2 + 1 if mirror else torch.ones(n)
    cos, sin = (1 + scale) * torch.cos(turn), (1 + scale) * torch.sin(turn)
    rows = torch.stack([torch.stack([cos * flip, -sin, across], 1), torch.stack([sin * flip, cos, down], 1)], 1)
    grid = affine_grid(rows, list(pictures.shape), align_corners=False)
    return grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _spans() -> Tensor:
    return torch.tensor([_TURN, _SCALE, _SHIFT, _SHIFT])
