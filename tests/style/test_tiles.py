"""How pictures are divided."""

import numpy as np
import pytest

from facestyle.style.tiles import Span, divide, reaches

VGG16, VGG19 = (2, 2, 3, 3, 1), (2, 2, 4, 4, 1)


@pytest.mark.parametrize("size", [(64, 64), (150, 203), (32, 640), (257, 129), (1023, 65)])
@pytest.mark.parametrize("side", [16, 48, 100, None])
@pytest.mark.parametrize("convolutions", [VGG16, VGG19, (1,), (2, 2, 3)])
def test_each_position_of_each_block_belongs_to_one_tile(size, side, convolutions):
    tiles = divide(size, side, convolutions)
    for block in range(len(convolutions)):
        covered = np.zeros((size[0] >> block, size[1] >> block), int)
        for tile in tiles:
            covered[tile.own(block)] += 1
        assert (covered == 1).all()
        assert all(len(axis[block].own) > 0 for tile in tiles for axis in (tile.rows, tile.columns))
    assert side is not None or len(tiles) == 1


def by_hand(length, own, convolutions):
    """Positions of each block that the tile's own positions depend on, one convolution after the other."""
    needed = []
    below = set()
    for block in reversed(range(len(convolutions))):
        whole = length >> block
        last = whole if own.stop == length else own.stop >> block
        here = {2 * position + half for position in below for half in (0, 1)} | set(range(own.start >> block, last))
        for _ in range(convolutions[block]):
            here = {position + step for position in here for step in (-1, 0, 1)} & set(range(whole))
        needed.insert(0, here)
        below = here
    return needed


@pytest.mark.parametrize("length", [64, 150, 203, 1023])
@pytest.mark.parametrize("convolutions", [VGG16, VGG19, (1,)])
def test_a_window_is_what_the_own_positions_depend_on_and_no_more(length, convolutions):
    step = 2 ** (len(convolutions) - 1)
    for start in range(0, length - step, 3 * step):
        own = Span(start, min(length, start + 3 * step))
        for reach, needed in zip(reaches(length, own, convolutions), by_hand(length, own, convolutions), strict=True):
            assert set(range(reach.window.start, reach.window.stop)) == needed


def test_tiles_are_about_equally_large():
    sides = [len(tile.rows[0].own) for tile in divide((1040, 16), 512, VGG16)]
    assert sides == [352, 352, 336]
