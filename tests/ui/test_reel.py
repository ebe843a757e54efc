"""What is kept of a run for its film."""

import numpy as np
import pytest

from facestyle.ui.reel import MOST, SIDE, Reel


def grey(level, height=30, width=40, channels=3):
    return np.full((height, width, channels), level, np.uint8)


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, 1000])
def test_few_pictures_are_kept_evenly_spread(count):
    reel = Reel()
    for number in range(count):
        reel.add(grey(number * 200 // max(1, count)))
    assert min(count, MOST // 2) <= len(reel) <= MOST
    levels = [int(picture.mean()) for picture in reel.pictures(grey(250))]
    assert levels[0] == 0
    assert levels[-1] == 250
    assert levels == sorted(levels)
    steps = np.diff(levels[:-1])
    assert len(steps) == 0 or steps.max() - steps.min() <= 3


def test_large_pictures_are_kept_small_and_compressed():
    reel = Reel()
    reel.add(grey(90, 900, 1200))
    (first, last) = reel.pictures(grey(95, 900, 1200))
    assert max(first.shape) == SIDE
    assert first.shape == last.shape
    assert reel.nbytes < 100_000


def test_transparent_parts_are_white_and_another_size_is_left_out():
    reel = Reel()
    clear = grey(0, channels=4)
    reel.add(clear)
    reel.add(grey(9, 10, 10))
    pictures = list(reel.pictures(clear))
    assert [picture.shape for picture in pictures] == [(30, 40, 3)] * 2
    assert pictures[0].min() == 255


def test_a_copy_goes_its_own_way():
    reel = Reel()
    reel.add(grey(1))
    other = reel.copy()
    other.add(grey(2))
    assert (len(reel), len(other)) == (1, 2)
