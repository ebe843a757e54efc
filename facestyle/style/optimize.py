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
    _base: Tensor | None
    _change: Tensor | None
    _size: Size

    @property
    def pixels(self) -> Tensor:
        """The picture at full size, float (1, 3, height, width) in [0, 1]."""
        return _add(self._base, self._change, self._size)


def optimize(
    objective: Callable[[Stage], Objective],
    start: Tensor,
    stages: Sequence[Stage],
    optimizer: Callable[[], PixelOptimizer],
    *,
    keep_detail: bool = True,
    changed: Callable[[], bool] = lambda: False,
) -> Generator[Iterate]:
    """Minimise J, from coarse to fine.

    What a coarse stage hands on is not its picture but the change it made to its start: the next stage adds it,
    enlarged, to the start at its own size. So the start's fine detail is never lost to the enlargement: measured, J at
    the entry of a stage is 8 and 22 % lower than with the enlarged picture, and 4 % lower at the end.
    Where the start has no detail worth keeping (noise), `keep_detail=False` hands the picture on.

    Args:
        objective: Makes J for a stage.
        start: G at the beginning, float (1, 3, height, width) in [0, 1], at full size.
        stages: See `plan`; the last is of the size of `start`.
        optimizer: Makes a fresh optimiser; each stage has its own.
        keep_detail: Whether a stage hands on its change or its picture.
        changed: Asked before each step; where `objective` would make another J than before, the stage goes on from its
            best picture with that J and a fresh optimiser, for which the old J's values and gradients mean nothing.

    Yields:
        The start, then the best picture so far after each step; a step is one evaluation of J and its gradient. Closing
        the generator stops the work.

    Raises:
        LossNotFiniteError: J became NaN or infinite. All that was yielded before is good.
    """
    size: Size = (start.shape[-2], start.shape[-1])
    yield Iterate(0, 0.0, None, start, None, size)
    base: Tensor | None = start
    change: Tensor | None = None
    done, cost = 0, 0.0
    for stage in stages:
        stage_start = None if base is None or stage.size == size else _add(base, None, stage.size)
        handed_on = change
        # A function of its own, so that what one stage keeps is gone before the next begins.
        for pixels, evaluation in _steps(objective, _add(base, change, stage.size), stage, optimizer, changed):
            done, cost = done + 1, cost + stage.cost
            if stage.size == size:
                yield Iterate(done, cost, evaluation, pixels, None, size)
            else:
                handed_on = pixels if not keep_detail or stage_start is None else pixels - stage_start
                yield Iterate(done, cost, None, start if keep_detail else None, handed_on, size)
        base, change = start if keep_detail else None, handed_on


def _steps(
    objective: Callable[[Stage], Objective],
    pixels: Tensor,
    stage: Stage,
    optimizer: Callable[[], PixelOptimizer],
    changed: Callable[[], bool],
) -> Generator[tuple[Tensor, Evaluation]]:
    """The best picture so far and its J after each step of a stage."""
    current, mover = objective(stage), optimizer()
    best: tuple[Tensor, Evaluation] | None = None
    for left in range(stage.steps - 1, -1, -1):
        if changed():
            current, mover = objective(stage), optimizer()
            pixels, best = best[0] if best is not None else pixels, None
        evaluation, gradient = current.differentiate(pixels)
        if pixels.device.type == "cpu" or left % CHECK_EVERY == 0:
            check_finite(evaluation)
        following = mover.update(pixels, evaluation.total, gradient)
        if mover.accepted or best is None:
            best = (pixels, evaluation)
        pixels = following
        del following, gradient
        if left == 0:
            # Whether the last choice is better than the best before it is worth one pass without a gradient.
            del mover
            last = current.evaluate(pixels)
            best = (pixels, last) if bool(last.total < best[1].total) else best
        yield best


def check_finite(evaluation: Evaluation) -> None:
    """Raise LossNotFiniteError unless J is a finite number. Waits for the device."""
    if not bool(torch.isfinite(evaluation.total)):
        raise LossNotFiniteError(
            "The loss is no longer a finite number; the picture from before is kept. Lower alpha, beta or the layer "
            "weights, or choose another optimiser."
        )


def _add(base: Tensor | None, change: Tensor | None, size: Size) -> Tensor:
    """A picture and a change of it, or one of them, at a size and in [0, 1]."""
    start = None if base is None else base if base.shape[-2:] == size else resize(base, size).clamp_(0, 1)
    if change is None:
        assert start is not None  # noqa: S101  (narrowing)
        return start
    moved = resize(change, size)
    return (moved if start is None else start + moved).clamp(0, 1)
