"""What every optimiser of pixels is to the loop that drives it."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class PixelOptimizer(Protocol):
    """Moves the pixels of G within [0, 1].

    The loop asks and tells: it evaluates J and its gradient where the optimiser wants them, once a step, and can stop
    between any two evaluations.

    Attributes:
        accepted: Whether the picture last told about is the new best, or was a trial that did not pay. Known after
            `update`.
    """

    accepted: bool

    def update(self, pixels: Tensor, loss: Tensor, gradient: Tensor) -> Tensor:
        """Take J and dJ/dG at `pixels`, and choose where to evaluate next.

        Args:
            pixels: float32 (1, 3, height, width), what the last call returned, or the start.
            loss: J, a scalar.
            gradient: dJ/dG, of the shape of `pixels`.

        Returns:
            The next pixels, all in [0, 1]. A new tensor.
        """
        ...
