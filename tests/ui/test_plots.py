import re

import numpy as np
import pytest

from facestyle.style.results import StyleFrame, StyleLosses
from facestyle.ui import plots


def losses(*triples):
    return [StyleLosses(*triple) for triple in triples]


def frame(step, steps, left):
    return StyleFrame(np.zeros((2, 2, 3), np.uint8), step, steps, StyleLosses(1, 1, 1), 1.0, left)


def test_each_loss_is_divided_by_its_first_value():
    series = losses((10, 4, 100), (5, 8, 50), (1, 2, 1))
    assert plots.relative(series, "total") == [1, 0.5, 0.1]
    assert plots.relative(series, "content") == [1, 2, 0.5]


def test_a_loss_that_begins_at_zero_is_divided_by_its_first_value_above():
    # A run from the photo starts with a content loss of 0, which has no logarithm.
    assert plots.relative(losses((1, 0, 1), (1, 4, 1), (1, 8, 1)), "content") == [None, 1, 2]
    assert plots.relative(losses((1, 0, 1), (1, 0, 1)), "content") == [None, None]
    assert plots.relative(losses((float("nan"), 1, 1), (2, 1, 1)), "total") == [None, 1]


def points(svg, series):
    found = re.search(rf'class="fs-line fs-line-{series}" points="([^"]*)"', svg)
    return [tuple(map(float, pair.split(","))) for pair in found.group(1).split()]


def test_the_curve_is_logarithmic_and_spans_the_steps():
    svg = plots.curve(list(zip((0, 1, 2), losses((100, 1, 1), (10, 1, 1), (1, 1, 1)), strict=True)), steps=2)
    total = points(svg, "total")
    assert [x for x, _ in total] == [
        plots.LEFT,
        (plots.LEFT + plots.WIDTH - plots.RIGHT) / 2,
        plots.WIDTH - plots.RIGHT,
    ]
    (_, a), (_, b), (_, c) = total
    assert b - a == pytest.approx(c - b, abs=0.2)  # equal factors, equal distances; svg's y grows downwards
    assert a < b < c
    assert len(set(points(svg, "content"))) == 3
    assert len({y for _, y in points(svg, "content")}) == 1


def test_all_three_losses_are_told_apart_without_colour():
    svg = plots.curve(list(enumerate(losses((3, 2, 1), (2, 1, 0.5)))), steps=10)
    for series in plots.SERIES:
        assert f"fs-key fs-line-{series}" in svg
        assert len(points(svg, series)) == 2
    assert 'role="img"' in svg
    assert "total J now 0.67 of its first value" in svg


def test_no_losses_no_curve():
    assert plots.curve([], 10) == ""
    assert plots.curve([(0, StyleLosses(0, 0, 0))], 10) == ""


def test_progress_says_how_far_and_how_long():
    piece = plots.progress(frame(15, 60, 90.0))
    assert "Step 15 of 60, about 90 s left" in piece
    assert 'aria-valuenow="25"' in piece
    assert "width:25%" in piece
    assert "about" not in plots.progress(frame(0, 60, None))
