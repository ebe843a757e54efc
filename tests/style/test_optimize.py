"""The loop: what it yields, how much it works, when it stops."""

from dataclasses import dataclass

import pytest
import torch

from facestyle.errors import LossNotFiniteError
from facestyle.style.objective import Evaluation
from facestyle.style.optimize import optimize
from facestyle.style.optimizers import make_optimizer
from facestyle.style.results import OPTIMIZERS
from facestyle.style.stages import Stage


@dataclass
class Bowl:
    """J = mean (G - 0.2)^2; NaN from an evaluation on."""

    nan_from: int = 10**9
    gradients: int = 0
    evaluations: int = 0

    def evaluate(self, pixels):
        self.evaluations += 1
        loss = ((pixels - 0.2) ** 2).mean()
        return Evaluation(loss, loss, loss)

    def differentiate(self, pixels):
        self.gradients += 1
        loss = ((pixels - 0.2) ** 2).mean()
        if self.gradients >= self.nan_from:
            loss = loss * float("nan")
        return Evaluation(loss, loss, loss), 2 * (pixels - 0.2) / pixels.numel()


def stages(*steps):
    sides = [32 // 2**level for level in range(len(steps) - 1, -1, -1)]
    return [Stage((side, side), 32 // side, n) for side, n in zip(sides, steps, strict=True)]


def start():
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("keep_detail", [True, False])
def test_one_gradient_a_step_and_a_last_look_a_stage(name, keep_detail):
    bowl = Bowl()
    run = list(
        optimize(lambda stage: bowl, start(), stages(4, 5, 6), lambda: make_optimizer(name), keep_detail=keep_detail)
    )
    assert [iterate.step for iterate in run] == list(range(16))
    assert (bowl.gradients, bowl.evaluations) == (15, 3)
    assert run[-1].cost == pytest.approx(4 / 16 + 5 / 4 + 6)
    assert all(iterate.pixels.shape == (1, 3, 32, 32) for iterate in run)
    assert all(iterate.pixels.min() >= 0 and iterate.pixels.max() <= 1 for iterate in run)
    assert [iterate.evaluation is not None for iterate in run] == [False] * 10 + [True] * 6
    last = run[-1]
    assert float(last.evaluation.total) == pytest.approx(float(((last.pixels - 0.2) ** 2).mean()), rel=1e-5)
    assert float(last.evaluation.total) < 0.5 * float(((start() - 0.2) ** 2).mean())


def test_coarse_stages_hand_on_their_change_or_their_picture():
    def detail(pixels):
        return float((pixels - torch.nn.functional.avg_pool2d(pixels, 3, 1, 1)).std())

    def after_coarse(keep_detail):
        return list(
            optimize(
                lambda stage: Bowl(), start(), stages(6, 1), lambda: make_optimizer("lbfgs"), keep_detail=keep_detail
            )
        )[6]

    assert detail(after_coarse(True).pixels) > 0.5 * detail(start())
    assert detail(after_coarse(False).pixels) < 0.2 * detail(start())


def test_closing_stops_the_work():
    bowl = Bowl()
    run = optimize(lambda stage: bowl, start(), stages(50), lambda: make_optimizer("lbfgs"))
    for _ in range(4):
        next(run)
    run.close()
    assert bowl.gradients == 3
    assert bowl.evaluations == 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_loss_that_is_not_finite_is_an_error_after_good_pictures(name):
    bowl = Bowl(nan_from=4)
    seen = []
    with pytest.raises(LossNotFiniteError):
        seen.extend(optimize(lambda stage: bowl, start(), stages(50), lambda: make_optimizer(name)))
    run = optimize(lambda stage: Bowl(nan_from=4), start(), stages(50), lambda: make_optimizer(name))
    seen = [next(run) for _ in range(4)]
    with pytest.raises(LossNotFiniteError):
        next(run)
    assert [iterate.step for iterate in seen] == [0, 1, 2, 3]
    assert all(torch.isfinite(iterate.pixels).all() for iterate in seen)
