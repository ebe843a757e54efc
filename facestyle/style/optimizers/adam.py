"""Adam for pixels that must stay in [0, 1]."""

from __future__ import annotations

import torch
from torch import Tensor

RATE = 0.02
BETAS = (0.9, 0.99)


class Adam:
    """torch's Adam (Kingma & Ba 2015), with the pixels clamped to [0, 1] after each step.

    A step of about 5 grey levels at first; the second moment forgets in 100 steps, as a run has hundreds of steps, not
    the hundred thousands that Adam's usual 0.999 is made for.
    """

    accepted: bool

    def __init__(self, *, rate: float = RATE) -> None:
        self.accepted = True
        self._rate = rate
        self._pixels: Tensor | None = None
        self._adam: torch.optim.Adam | None = None

    def update(self, pixels: Tensor, loss: Tensor, gradient: Tensor) -> Tensor:
        """See `PixelOptimizer.update`. J itself is not used: Adam accepts every step."""
        if self._pixels is None or self._adam is None:
            self._pixels = pixels.clone()
            self._adam = torch.optim.Adam([self._pixels], lr=self._rate, betas=BETAS)
        self._pixels.copy_(pixels)
        self._pixels.grad = gradient
        self._adam.step()
        return self._pixels.clamp(0, 1)
