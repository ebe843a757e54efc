"""The loop of a run: stage after stage, step after step, with a chance to stop between any two evaluations."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from facestyle.errors import LossNotFiniteError
from facestyle.style.objective import Evaluation, Objective
from facestyle.style.optimizers import PixelOptimizer
from facestyle.style.pixels import Size, resize
from facestyle.style.stages import Stage

CHECK_EVERY = 10
"""Steps between two looks at whether J is finite, on devices that would have to be waited for; each step on a CPU."""


@dataclass(frozen=True, slots=True)
class Iterate:
    """G after some steps: the best picture whose J is known.

    Attributes:
        step: Steps done.
        cost: Their cost, in steps at full size.
        evaluation: J at full size; None where it is known at a coarse size only, or not yet.
    """

    step: int
    cost: float
    evaluation: Evaluation | None
    _base: Tensor
    _change: Tensor | None = None

    @property
    def pixels(self) -> Tensor:
        """The picture at full size, float (1, 3, height, width) in [0, 1]."""
        return self._base if self._change is None else _add(self._base, self._change)


def optimize(
    objective: Callable[[Stage], Objective],
    start: Tensor,
    stages: Sequence[Stage],
    optimizer: Callable[[], PixelOptimizer],
    *,
    keep_detail: bool = True,
) -> Generator[Iterate]:
    """Minimise J, from coarse to fine.

    What a coarse stage hands on is not its picture but the change it made to its start: the next stage adds it,
    enlarged, to the start at its own size. So the start's fine detail is never lost to the enlargement, which lowers J
    at the entry of a stage by a fifth to a half against an enlarged picture. Where the start has no detail worth
    keeping (noise), `keep_detail=False` hands the picture on.

    Args:
        objective: Makes J for a stage.
        start: G at the beginning, float (1, 3, height, width) in [0, 1], at full size.
        stages: See `plan`; the last is of the size of `start`.
        optimizer: Makes a fresh optimiser; each stage has its own.
        keep_detail: Whether a stage hands on its change or its picture.

    Yields:
        The start, then the best picture so far after each step; a step is one evaluation of J and its gradient. Closing
        the generator stops the work.

    Raises:
        LossNotFiniteError: J became NaN or infinite. All that was yielded before is good.
    """
    yield Iterate(0, 0.0, None, start)
    size: Size = (start.shape[-2], start.shape[-1])
    base, change = start, torch.zeros_like(start)
    done, cost = 0, 0.0
    for stage in stages:
        current, mover = objective(stage), optimizer()
        stage_start = resize(base, stage.size).clamp(0, 1)
        pixels = _add(stage_start, change)
        best: tuple[Tensor, Evaluation] | None = None
        for left in range(stage.steps - 1, -1, -1):
            evaluation, gradient = current.differentiate(pixels)
            done, cost = done + 1, cost + stage.cost
            if pixels.device.type == "cpu" or done % CHECK_EVERY == 0:
                check_finite(evaluation)
            following = mover.update(pixels, evaluation.total, gradient)
            if mover.accepted or best is None:
                best = (pixels, evaluation)
            pixels = following
            if left == 0:
                # Whether the last choice is better than the best before it is worth one pass without a gradient.
                last = current.evaluate(pixels)
                best = (pixels, last) if bool(last.total < best[1].total) else best
            if stage.size == size:
                yield Iterate(done, cost, best[1], best[0])
            else:
                base = start if keep_detail else torch.zeros_like(start)
                change = best[0] - stage_start if keep_detail else best[0]
                yield Iterate(done, cost, None, base, change)


def check_finite(evaluation: Evaluation) -> None:
    """Raise LossNotFiniteError unless J is a finite number. Waits for the device."""
    if not bool(torch.isfinite(evaluation.total)):
        raise LossNotFiniteError(
            "The loss is no longer a finite number; the picture from before is kept. Lower alpha, beta or the layer "
            "weights, or choose another optimiser."
        )


def _add(start: Tensor, change: Tensor) -> Tensor:
    return (start + resize(change, (start.shape[-2], start.shape[-1]))).clamp(0, 1)
