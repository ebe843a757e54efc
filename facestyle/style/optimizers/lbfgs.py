"""L-BFGS for pixels that must stay in [0, 1]."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import torch
from torch import Tensor

from facestyle.style.optimizers.smoothing import smooth

HISTORY = 10
"""Pairs kept. 100, as often used, takes 600 MiB at 512 px and gains little."""

FIRST_CHANGE = 0.02
"""Mean change of a pixel in the first step, where nothing is known yet about curvature."""

_SHRINK = 0.5
_TRIALS = 4
_TINY = 1e-20


class _Pair(NamedTuple):
    step: Tensor
    change: Tensor  # of the gradient over that step


class LBFGS:
    """Projected limited-memory BFGS, one evaluation a step (Nocedal & Wright 2006, algorithms 7.4 and section 16.7).

    Clamping pixels inside a method that does not know of it makes L-BFGS stall or explode: its curvature pairs then
    describe moves that did not take place. Here the bounds are part of the method (the two-metric projection of
    Bertsekas 1982): a pixel at a bound that the gradient pushes outwards is held fixed, the direction is computed among
    the others, the step is projected onto [0, 1], and the pair that is remembered is that of the projected step. So J
    is always the J of a picture that can be saved. Measured against a sigmoid or sine of unbounded variables, a clamp
    with and without a straight-through gradient, and an unbounded run clamped at the end: lowest J of all at 30, 60 and
    100 evaluations, together with the initial metric `smooth`.

    There is no line search: the full step is evaluated and kept if J fell. A step that did not pay still tells the
    curvature along it, so it is remembered too and a new direction is taken from the best picture; a shorter one, if
    that fails as well. After four failures the memory is dropped.
    """

    accepted: bool

    def __init__(self, *, history: int = HISTORY) -> None:
        self.accepted = False
        self._pairs: deque[_Pair] = deque(maxlen=history)
        self._best: tuple[Tensor, Tensor, Tensor] | None = None  # pixels, J, gradient
        self._length = 1.0
        self._trials = 0
        self._first_change = FIRST_CHANGE

    def update(self, pixels: Tensor, loss: Tensor, gradient: Tensor) -> Tensor:
        """See `PixelOptimizer.update`."""
        if self._best is not None:
            best_pixels, best_loss, best_gradient = self._best
            taught = self._remember(pixels - best_pixels, gradient - best_gradient)
            # The one place where a step waits for the device.
            if not bool(loss <= best_loss):
                return self._retry(best_pixels, best_gradient, taught=taught)
        self.accepted = True
        self._best = (pixels, loss, gradient)
        self._trials, self._length = 0, 1.0
        return (pixels + self._descend(pixels, gradient)).clamp_(0, 1)

    def _retry(self, pixels: Tensor, gradient: Tensor, *, taught: bool) -> Tensor:
        self.accepted = False
        self._trials += 1
        if self._trials >= _TRIALS:
            self._pairs.clear()
            self._first_change *= _SHRINK
            self._trials, self._length = 0, 1.0
        elif self._trials > 1 or not taught:
            self._length *= _SHRINK
        return (pixels + self._length * self._descend(pixels, gradient)).clamp_(0, 1)

    def _remember(self, step: Tensor, change: Tensor) -> bool:
        # Cautious update: only pairs of positive curvature keep the metric positive definite.
        useful = bool(torch.sum(step * change) > 1e-10 * torch.sum(change * change))
        if useful:
            self._pairs.append(_Pair(step, change))
        return useful

    def _descend(self, pixels: Tensor, gradient: Tensor) -> Tensor:
        """The two-loop recursion among the free pixels."""
        held = ((pixels <= 0) & (gradient > 0)) | ((pixels >= 1) & (gradient < 0))
        free = (~held).to(gradient.dtype)
        direction = gradient * free
        undone: list[tuple[Tensor, _Pair, Tensor]] = []
        for pair in reversed(self._pairs):
            masked = _Pair(pair.step * free, pair.change * free)
            curvature = torch.sum(masked.step * masked.change)
            # Among the free pixels alone a pair may have lost its positive curvature: then it says nothing here.
            rate = torch.where(curvature > _TINY, 1 / curvature.clamp_min(_TINY), torch.zeros_like(curvature))
            share = rate * torch.sum(masked.step * direction)
            direction = direction - share * masked.change
            undone.append((share, masked, rate))
        direction = smooth(direction) * free
        if self._pairs:
            last = self._pairs[-1]
            scale = torch.sum(last.step * last.change) / torch.sum(last.change * smooth(last.change)).clamp_min(_TINY)
        else:
            scale = self._first_change / direction.abs().mean().clamp_min(_TINY)
        direction = direction * scale
        for share, masked, rate in reversed(undone):
            direction = direction + (share - rate * torch.sum(masked.change * direction)) * masked.step
        return -direction * free
