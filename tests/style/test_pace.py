"""The time left: right at an even pace, near the real one a few steps after the load changed, calm at a hiccup."""

import pytest

from facestyle.style.pace import Pace


def estimates(seconds_of_each, whole=None):
    pace = Pace(len(seconds_of_each) if whole is None else whole)
    now, found = 0.0, []
    for step, seconds in enumerate(seconds_of_each, 1):
        now += seconds
        found.append(pace.left(step, now))
    return found


def test_at_an_even_pace_it_is_right_from_the_first_step():
    assert estimates([2.0] * 10) == pytest.approx([2.0 * left for left in range(9, -1, -1)])


@pytest.mark.parametrize("factor", [3.0, 1 / 3])
def test_a_changed_load_is_followed_within_a_few_steps(factor):
    found = estimates([1.0] * 40 + [factor] * 40)
    after = found[47]  # eight steps later, 32 are left
    assert after == pytest.approx(32 * factor, rel=0.6)
    assert found[55] == pytest.approx(24 * factor, rel=0.15)
    cumulative = (40 + 16 * factor) / 56 * 24
    assert abs(found[55] - 24 * factor) < 0.3 * abs(cumulative - 24 * factor)


def test_one_slow_step_moves_it_little():
    found = estimates([1.0] * 20 + [5.0] + [1.0] * 20)
    assert found[20] < 20 * 2
    assert found[28] == pytest.approx(12, rel=0.2)


def test_cheap_steps_and_dear_ones_count_by_their_work():
    pace, now = Pace(20.0), 0.0
    for quarter in range(1, 41):
        now += 0.25
        left = pace.left(quarter / 4, now)
    assert left == pytest.approx(10.0)
    assert pace.left(15.0, now + 5.0) == pytest.approx(5.0)


def test_without_work_there_is_no_telling_and_nothing_is_counted_twice():
    pace = Pace(10.0)
    assert pace.left(0.0, 3.0) is None
    first = pace.left(1.0, 4.0)
    assert first is not None
    assert pace.left(1.0, 9.0) == first
    assert pace.left(12.0, 20.0) == 0.0
