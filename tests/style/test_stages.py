"""Which sizes a run goes through."""

import pytest

from facestyle.style.stages import plan


@pytest.mark.parametrize("steps", [1, 2, 5, 7, 8, 16, 23, 60, 301])
@pytest.mark.parametrize("size", [(64, 64), (192, 256), (288, 384), (1023, 65), (4, 64), (3000, 4096)])
def test_stages_use_every_step_and_end_at_full_size(size, steps):
    stages = plan(size, steps)
    assert sum(stage.steps for stage in stages) == steps
    assert stages[-1].size == size
    assert stages[-1].divisor == 1
    assert stages[-1].cost == 1
    assert stages[-1].steps >= steps / 2
    assert all(stage.steps > 0 for stage in stages)
    longer = [max(stage.size) for stage in stages]
    assert longer == sorted(longer)
    assert all(min(stage.size) >= 1 for stage in stages)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((64, 64), [64]),
        ((192, 256), [128, 256]),
        ((288, 384), [96, 192, 384]),
        ((384, 512), [128, 256, 512]),
        ((768, 1024), [128, 256, 512, 1024]),
    ],
)
def test_runs_of_every_size_start_at_a_like_size(size, expected):
    assert [max(stage.size) for stage in plan(size, 100)] == expected


def test_cost_is_that_of_the_pixels():
    for stage in plan((384, 512), 100):
        assert stage.cost == pytest.approx(stage.size[0] * stage.size[1] / (384 * 512))


def test_few_steps_are_all_spent_at_full_size():
    assert len(plan((384, 512), 19)) == 1
