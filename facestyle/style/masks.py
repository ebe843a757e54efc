"""Where paintings are wanted, at the positions of the network's layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from facestyle.style.pixels import Size
from facestyle.style.sweep import block_of

_TINY = 1e-12


class Masks:
    """The different masks of the paintings, at the positions of each layer.

    Args:
        extended: (height, width) of what the network is given.
        size: Of the picture.
    """

    def __init__(self, extended: Size, size: Sequence[int]) -> None:
        self._extended, self._size = extended, size
        self._given: list[Tensor | None] = []
        self._thinned: list[dict[str, Tensor]] = []

    def __len__(self) -> int:
        return len(self._given)

    def add(self, mask: Tensor | None, layers: Sequence[str]) -> int:
        """The number of a mask. The same one again, and no mask again, has the number that it has."""
        for number, given in enumerate(self._given):
            if given is mask:
                return number
        self._given.append(mask)
        sizes = {
            layer: (self._extended[0] >> block_of(layer), self._extended[1] >> block_of(layer)) for layer in layers
        }
        thinned = {} if mask is None else {layer: self._thin(mask, size) for layer, size in sizes.items()}
        self._thinned.append(thinned)
        return len(self._given) - 1

    def at(self, number: int, layer: str, own: tuple[slice, slice]) -> Tensor | None:
        """Some rows and columns of a mask at a layer, float32 (height, width)."""
        return None if self._given[number] is None else self._thinned[number][layer][own]

    def _thin(self, mask: Tensor, size: Size) -> Tensor:
        """A region that falls between the positions of a deep layer keeps a trace, so that its mean exists."""
        below, right = (wanted - there for wanted, there in zip(self._extended, self._size, strict=True))
        return F.adaptive_avg_pool2d(F.pad(mask, (0, right, 0, below), mode="replicate"), size)[0, 0] + _TINY
