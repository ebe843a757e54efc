"""What is kept of C at the content layer, and how G's activations are pulled towards it."""

from __future__ import annotations

import torch
from torch import Tensor

from facestyle.style.losses import content_loss
from facestyle.style.pixels import Size
from facestyle.style.sweep import Pull

_TINY = 1e-12
_LARGEST = torch.finfo(torch.float16).max

Part = tuple[slice, slice]
"""Rows and columns of the layer's positions."""


class ContentTarget:
    """a(C), tile by tile.

    Args:
        compact: Whether it is kept in float16, at half the memory: a(C) is then off by at most 0.05 %.

    Attributes:
        energy: J_content of a picture with no activations at all, above 0; a scalar on the device.
    """

    energy: Tensor

    def __init__(self, *, compact: bool) -> None:
        self._compact = compact
        self._kept: Tensor | None = None

    def keep(self, activations: Tensor, part: Part, size: Size) -> None:
        """Take the activations (channels, height, width) of one tile; they are that part of a layer of that size."""
        if self._kept is None:
            dtype = torch.float16 if self._compact and activations.dtype is torch.float32 else activations.dtype
            self._kept = activations.new_empty((*size, activations.shape[0]), dtype=dtype).movedim(2, 0)
            self.energy = activations.new_full((), _TINY, dtype=torch.float32)
        self._kept[:, *part] = activations.clamp_max(_LARGEST) if self._compact else activations
        self.energy += content_loss(torch.zeros_like(activations), activations)

    def loss(self, activations: Tensor, part: Part, weights: Tensor | None = None) -> Tensor:
        """J_content of a tile, whose positions have those weights (height, width)."""
        return content_loss(activations, self._at(part), weights)

    def pull(self, alpha: float, part: Part, weights: Tensor | None = None) -> Pull:
        """d(alpha J_content / energy) / da at a tile."""
        target = self._at(part)

        def pull(activations: Tensor, gradient: Tensor) -> None:
            apart = activations - target
            if weights is not None:
                apart *= weights
            gradient += apart.mul_(alpha / self.energy)

        return pull

    def _at(self, part: Part) -> Tensor:
        assert self._kept is not None  # noqa: S101  (the objective keeps C before it looks at G)
        return self._kept[:, *part]
