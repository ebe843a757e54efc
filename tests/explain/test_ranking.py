"""The k strongest places, against sorting all of them."""

import numpy as np
import pytest

from facestyle.explain.ranking import NOWHERE, PATCHES, Place, Ranking, strongest

EVERYWHERE = {"rows": range(1000), "columns": range(1000)}


def maps(seed, pictures=12, channels=5, size=(6, 7)):
    values = np.random.default_rng(seed).normal(size=(pictures, channels, *size)).round(1)
    return values.astype(np.float32)


def greedy(channel, most, apart):
    """By hand: the strongest, then the strongest far enough from all taken ones."""
    order = sorted(np.ndindex(channel.shape), key=lambda at: (-channel[at], at))
    taken = []
    for row, column in order:
        far = all(max(abs(row - r), abs(column - c)) >= apart for r, c in taken)
        if channel[row, column] > 0 and far and len(taken) < most:
            taken.append((row, column))
    return taken


@pytest.mark.parametrize(("most", "apart"), [(1, 1), (3, 1), (3, 2), (9, 3), (2, 50)])
def test_places_of_one_picture(most, apart):
    for activations in maps(0):
        found = strongest(activations, picture=4, most=most, apart=apart, **EVERYWHERE)
        for channel, values in enumerate(activations):
            places = found.places(channel)
            assert [(p.row, p.column) for p in places] == greedy(values, most, apart)
            assert all(p.activation == values[p.row, p.column] and p.picture == 4 for p in places)


@pytest.mark.parametrize("seed", range(3))
def test_one_picture_at_a_time_is_as_good_as_all_at_once(seed):
    activations = maps(seed, pictures=40)
    ranking = Ranking.empty(5, PATCHES)
    for number, one in enumerate(activations):
        ranking = ranking.merged(strongest(one, picture=number, most=2, apart=2, **EVERYWHERE))
    for channel in range(5):
        candidates = [
            Place(number, row, column, float(one[channel, row, column]))
            for number, one in enumerate(activations)
            for row, column in greedy(one[channel], 2, 2)
        ]
        candidates.sort(key=lambda p: (-p.activation, p.picture, p.row, p.column))
        assert list(ranking.places(channel)) == candidates[:PATCHES]


def test_ties_go_to_the_earlier_picture_then_to_the_upper_left():
    flat = np.ones((1, 3, 3), np.float32)
    ranking = Ranking.empty(1, 4)
    for picture in (0, 1):
        ranking = ranking.merged(strongest(flat, picture=picture, most=3, apart=1, **EVERYWHERE))
    assert [(p.picture, p.row, p.column) for p in ranking.places(0)] == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (1, 0, 0)]


def test_silence_is_no_answer_and_borders_do_not_count():
    activations = np.zeros((2, 4, 4), np.float32)
    activations[1, 0, 0], activations[1, 2, 1] = 9, 1
    found = strongest(activations, picture=0, most=2, apart=1, rows=range(1, 4), columns=range(1, 4))
    assert found.places(0) == ()
    assert found.places(1) == (Place(0, 2, 1, 1.0),)
    assert (found.pictures[0] == NOWHERE).all()
    nothing = strongest(activations, picture=0, most=2, apart=1, rows=range(0), columns=range(1, 4))
    assert nothing.places(1) == ()


def test_memory_does_not_grow():
    ranking = Ranking.empty(3, PATCHES)
    for number, one in enumerate(maps(1, pictures=50, channels=3)):
        ranking = ranking.merged(strongest(one, picture=number, most=9, apart=1, **EVERYWHERE))
        assert ranking.activations.shape == ranking.rows.shape == (3, PATCHES)
    assert len(ranking) == 3
