"""Sums over the positions of a layer that hold all that a style loss looks at, and J's derivatives by way of them.

A tile's sums are measured by themselves and added to those of the others, so that nothing is lost by looking at a
picture in parts: J of the sums is J of the whole picture, and its gradient at a tile's activations needs only dJ/dsums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from facestyle.style.products import apply, outer

_VALUES = 2**22
"""Looked at together: what is computed in between is then small, and near to the processor."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the activations a of some positions ij, each with a weight m_ij.

    Attributes:
        weight: sum_ij m_ij.
        mean: sum_ij m_ij a_ij / weight, float32 or wider (channels,); None where only the raw scatter is wanted.
        scatter: sum_ij m_ij (a_ij - mean) (a_ij - mean)^T, (channels, channels), as wide; about 0 without a mean.
    """

    weight: Tensor | float
    mean: Tensor | None
    scatter: Tensor

    def __add__(self, other: Statistics) -> Statistics:
        """Of both sets of positions together (Chan, Golub & LeVeque 1979, "Updating formulae", equation 1.5)."""
        weight = self.weight + other.weight
        scatter = self.scatter + other.scatter
        if self.mean is None or other.mean is None:
            return Statistics(weight, None, scatter)
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.weight / weight)
        return Statistics(weight, mean, scatter + torch.outer(apart, apart) * (self.weight * other.weight / weight))


def measure(activations: Tensor, mask: Tensor | None, *, centred: bool) -> Statistics:
    """The statistics of a layer, or of a part of it.

    Args:
        activations: float (channels, height, width); half precision is widened first, as sums overflow it.
        mask: Weights of the positions, float32 (height, width), above 0; None for 1 each.
        centred: Whether the scatter is about the mean.
    """
    channels, height, width = activations.shape
    weight = float(height * width) if mask is None else mask.sum()
    dtype = torch.promote_types(activations.dtype, torch.float32)
    mean = None
    if centred:
        mean = activations.new_zeros(channels, dtype=dtype)
        for part, shares in _parts(activations, mask, dtype):
            mean += part.sum(dim=0) if shares is None else shares @ part
        mean /= weight
    scatter = activations.new_zeros((channels, channels), dtype=dtype)
    for part, shares in _parts(activations, mask, dtype):
        about = part if mean is None else part - mean
        scatter += outer(about if shares is None else about * shares[:, None], about)
    return Statistics(weight, mean, scatter)


@dataclass(frozen=True, slots=True)
class StatisticsPull:
    """dJ/da_ij = m_ij (K a_ij + k), from dJ/dscatter and dJ/dmean of the whole picture.

    The scatter depends on the mean too, but that term is 0: the deviations from a mean add up to nothing.

    Attributes:
        matrix: K, float32 (channels, channels), symmetric.
        constant: k, float32 (channels,); None for 0.
        mask: m, float32 (height, width) at the tile's own positions; None for 1.
    """

    matrix: Tensor
    constant: Tensor | None
    mask: Tensor | None

    @classmethod
    def of(cls, whole: Statistics, scatter: Tensor, mean: Tensor | None, mask: Tensor | None) -> StatisticsPull:
        """From the statistics of the whole picture and J's derivatives by them."""
        matrix = scatter + scatter.T
        if mean is None or whole.mean is None:
            return cls(matrix, None, mask)
        return cls(matrix, mean / whole.weight - matrix @ whole.mean, mask)

    def __call__(self, activations: Tensor, gradient: Tensor) -> None:
        """Add dJ/da to a gradient, both (channels, height, width)."""
        # In the gradient's own precision: a sum over channels, whose rounding is that of the convolutions around it.
        parts = _parts(activations, self.mask, gradient.dtype)
        for (part, shares), rows in zip(parts, _rows(activations), strict=True):
            found = apply(part, self.matrix, self.constant)
            if shares is not None:
                found *= shares[:, None]
            there = gradient[:, rows]
            there += found.reshape(*there.shape[1:], len(self.matrix)).movedim(2, 0)


def _parts(activations: Tensor, mask: Tensor | None, dtype: torch.dtype) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Some rows at a time: activations (positions, channels), and the positions' weights (positions,)."""
    for rows in _rows(activations):
        # Positions by channels is a view where the memory holds channels last; channels first it is a copy.
        positions = activations[:, rows].to(dtype).movedim(0, 2).reshape(-1, activations.shape[0])
        yield positions, None if mask is None else mask[rows].reshape(-1)


def _rows(activations: Tensor) -> list[slice]:
    channels, height, width = activations.shape
    step = max(1, _VALUES // (channels * width))
    return [slice(start, stop) for start, stop in pairwise([*range(0, height, step), height])]
