"""How far the activations of G are from those of one painting at one layer, behind one protocol."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from facestyle.style.losses import mean_gram_loss
from facestyle.style.results import StyleLoss
from facestyle.style.statistics import Statistics
from facestyle.style.wasserstein import moments_of, square_root, wasserstein_loss

_TINY = 1e-12


class LayerStyle(Protocol):
    """What is kept of S at one layer."""

    @property
    def energy(self) -> float:
        """The loss of a picture with no activations at all, above 0: the unit that losses are normalised by."""
        ...

    def loss(self, found: Statistics) -> Tensor:
        """J_style of what G's activations come to; a scalar."""
        ...


class GramStyle:
    """The course's: Gram matrices per position."""

    def __init__(self, style: Statistics) -> None:
        self._target = style.scatter / style.weight
        self.energy = _positive(mean_gram_loss(torch.zeros_like(self._target), self._target))

    def loss(self, found: Statistics) -> Tensor:
        """See `LayerStyle`."""
        return mean_gram_loss(found.scatter / found.weight, self._target)


class WassersteinStyle:
    """Means and covariances, compared by the squared 2-Wasserstein distance."""

    def __init__(self, style: Statistics) -> None:
        self._target = moments_of(style)
        self._root = square_root(self._target.covariance)
        # From a point at 0 the distance is that of the mean, and all of the variance.
        at_zero = self._target.mean.square().sum() + self._target.covariance.trace()
        self.energy = _positive(at_zero / len(self._target.mean))

    def loss(self, found: Statistics) -> Tensor:
        """See `LayerStyle`."""
        return wasserstein_loss(moments_of(found), self._target, self._root)


def is_centred(kind: StyleLoss) -> bool:
    """Whether a kind of loss looks at the scatter about the mean."""
    return kind == "wasserstein"


def describe(kind: StyleLoss, style: Statistics) -> LayerStyle:
    """What to keep of a painting, measured as `is_centred` says."""
    return GramStyle(style) if kind == "gram" else WassersteinStyle(style)


def _positive(energy: Tensor) -> float:
    return float(energy.clamp_min(_TINY))
