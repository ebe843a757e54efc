"""Gradient descent as the course writes it, for pixels that must stay in [0, 1]."""

from __future__ import annotations

from torch import Tensor

FIRST_CHANGE = 0.02
"""Mean change of a pixel in the first step; sets eta."""

_GROW = 1.2
_SHRINK = 0.5
_TINY = 1e-20


class GradientDescent:
    """G := G - eta dJ/dG, projected onto [0, 1].

    No fixed eta serves two pairs of pictures: the largest one that does not diverge depends on the curvature of J. It
    starts so that the first step changes pixels by 0.02 on average. While J falls it grows by a fifth at each step;
    where J rose the step is taken back and eta halved ("bold driver", Battiti 1989).
    """

    accepted: bool

    def __init__(self) -> None:
        self.accepted = False
        self._rate: Tensor | None = None
        self._best: tuple[Tensor, Tensor, Tensor] | None = None  # pixels, J, gradient

    def update(self, pixels: Tensor, loss: Tensor, gradient: Tensor) -> Tensor:
        """See `PixelOptimizer.update`."""
        if self._rate is None:
            self._rate = FIRST_CHANGE / gradient.abs().mean().clamp_min(_TINY)
        if self._best is not None:
            self.accepted = bool(loss <= self._best[1])
            self._rate = self._rate * (_GROW if self.accepted else _SHRINK)
        else:
            self.accepted = True
        if self.accepted:
            self._best = (pixels, loss, gradient)
        assert self._best is not None  # noqa: S101  (narrowing)
        start, _, slope = self._best
        return (start - self._rate * slope).clamp_(0, 1)
