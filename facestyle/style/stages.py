"""Coarse to fine: which sizes a run goes through, and how many of its steps each gets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from facestyle.style.pixels import Size

COARSEST = 128
"""Pixels of the longer side, about, at which a run starts."""

COARSE_SHARE = 0.5
"""Share of the steps that all coarse stages have together."""

FEWEST = 10
"""Steps below which a coarse stage would change the picture without finishing anything."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Consecutive steps at one size.

    Attributes:
        size: (height, width) of G, pixels.
        divisor: How many times smaller than at the end all pictures are, a power of two.
        steps: Evaluations of J and its gradient.
    """

    size: Size
    divisor: int
    steps: int

    @property
    def cost(self) -> float:
        """Of one step, as a share of a step at full size."""
        return 1 / self.divisor**2


def plan(size: Size, steps: int, *, pyramid: bool = True) -> tuple[Stage, ...]:
    """Divide a run into stages, each of twice the size of the one before; the last is the full size.

    Half the steps are spent on the coarse stages, which cost 1/4, 1/16 ... of a full step. There a receptive field of
    the network covers two, four ... times as much of the picture, so large strokes and shapes of the painting appear
    that a run at full size alone does not find (Gatys et al. 2017, "Controlling perceptual factors in neural style
    transfer", section 6). All runs start near `COARSEST`, so that the large shapes of a picture do not depend on the
    size at which it is asked for.

    Args:
        size: Of the result.
        steps: In all.
        pyramid: False to take all steps at full size, as a run that goes on from a finished picture does.

    Returns:
        Coarse to fine; one stage where the result is small or the steps are few.
    """
    halvings = max(0, round(math.log2(max(size) / COARSEST))) if pyramid else 0
    while halvings and int(steps * COARSE_SHARE) // halvings < FEWEST:
        halvings -= 1
    each = int(steps * COARSE_SHARE) // halvings if halvings else 0
    coarse = [Stage(shrunk(size, 2**level), 2**level, each) for level in range(halvings, 0, -1)]
    return (*coarse, Stage(size, 1, steps - each * halvings))


def shrunk(size: Size, divisor: int) -> Size:
    """The size of a picture at a stage; no side below one pixel."""
    return max(1, round(size[0] / divisor)), max(1, round(size[1] / divisor))
