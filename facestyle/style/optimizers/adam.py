"""Adam for pixels that must stay in [0, 1]."""

from __future__ import annotations

import torch
from torch import Tensor

RATE = 0.02
BETAS = (0.9, 0.99)
EPSILON = 1e-8


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1), with the pixels clamped to [0, 1] after each step.

    A step of about 5 grey levels at first; the second moment forgets in 100 steps, as a run has hundreds of steps, not
    the hundred thousands that Adam's usual 0.999 is made for. Written out, because torch's class loads its compiler on
    first use: two seconds and 130 MiB for these few lines. The tests compare the two.
    """

    accepted: bool

    def __init__(self, *, rate: float = RATE) -> None:
        self.accepted = True
        self._rate = rate
        self._steps = 0
        self._mean: Tensor | None = None
        self._square: Tensor | None = None

    def update(self, pixels: Tensor, loss: Tensor, gradient: Tensor) -> Tensor:
        """See `PixelOptimizer.update`. J itself is not used: Adam accepts every step."""
        if self._mean is None or self._square is None:
            self._mean, self._square = torch.zeros_like(gradient), torch.zeros_like(gradient)
        self._steps += 1
        self._mean.lerp_(gradient, 1 - BETAS[0])
        self._square.lerp_(gradient**2, 1 - BETAS[1])
        # In place where it can be: at 4096 px each of these is a fifth of a gigabyte.
        divisor = (self._square / (1 - BETAS[1] ** self._steps)).sqrt_().add_(EPSILON)
        step = torch.div(self._mean, divisor, out=divisor).mul_(self._rate / (1 - BETAS[0] ** self._steps))
        return torch.sub(pixels, step, out=step).clamp_(0, 1)
