"""The explorer of one triplet."""

import re

import pytest

from facestyle.learning.triplet import OneTriplet
from facestyle.ui import samples, texts, triplet, triplet_view
from tests.ui.conftest import click, request
from tests.ui.fakes import GREEN, PINK, RED


@pytest.fixture
def explorer(ctx, blocks):
    return triplet.TripletExplorer(ctx)


def one(positive=0.1, negative=0.7):
    return OneTriplet(positive, negative, "squared_euclidean", "m", 0.36)


def discs(svg):
    return [float(x) for x in re.findall(r'class="fs-disc" cx="([\d.]+)"', svg)]


def test_a_triplet_is_measured_and_judged_anew_without_the_network(explorer, upload, fakes):
    shown = explorer.on_run(upload(RED), upload(PINK), upload(GREEN), 0.2, request())
    assert texts.TRIPLET_KINDS["easy"][0] in shown
    assert "= 0.000" in shown
    assert shown.count("fs-chip") >= 3
    calls = fakes.embedder.calls
    assert texts.TRIPLET_KINDS["easy"][0] in explorer.on_margin(0.0, request())
    assert fakes.embedder.calls == calls


def test_a_wrong_label_makes_a_hard_triplet(explorer, upload):
    shown = explorer.on_run(upload(RED), upload(GREEN), upload(PINK), 0.2, request())
    assert texts.TRIPLET_KINDS["hard"][0] in shown
    assert "fs-verdict fs-bad" in shown


def test_a_picture_without_a_face_or_none_at_all_is_said_with_its_role(explorer, upload, ctx):
    shown = explorer.on_run(upload(RED), upload(), upload(GREEN), 0.2, request())
    assert f"Positive: {texts.REFUSED_TITLES['no_face']}" in shown
    assert ctx.session(request()).triplet is None
    assert explorer.on_margin(0.5, request()) == triplet.EMPTY
    assert "Negative: " in explorer.on_run(upload(RED), upload(PINK), None, 0.2, request())


def test_another_model_forgets_the_triplet(explorer, upload, ctx):
    explorer.on_run(upload(RED), upload(PINK), upload(GREEN), 0.2, request())
    session = ctx.session(request())
    assert session.triplet is not None
    session.use(session.faces)
    assert session.triplet is None


def test_examples_fill_all_three(explorer):
    for index, example in enumerate(samples.TRIPLET):
        assert explorer.on_example(click(id=str(index))) == [samples.path(name) for name in example.pictures]


@pytest.mark.parametrize("margin", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("found", [one(), one(0.9, 0.1), one(0, 0), one(3, 40)])
def test_the_line_orders_its_marks_and_stays_inside(found, margin):
    svg = triplet_view.line(found, margin)
    anchor, positive, negative = discs(svg)
    assert anchor < triplet_view.LEFT <= min(positive, negative)
    assert (positive < negative) == (found.positive < found.negative)
    assert max(positive, negative) <= triplet_view.WIDTH - triplet_view.RIGHT
    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', svg)]
    assert sum(widths) == pytest.approx(triplet_view.WIDTH - triplet_view.LEFT - triplet_view.RIGHT, abs=0.2)
    assert 2 <= svg.count("fs-grid") <= 8


def test_the_line_is_told_in_words():
    assert "the positive is at 0.100 and the negative at 0.700" in triplet_view.line(one(), 0.2)
    assert "from there to 0.300 semi-hard" in triplet_view.line(one(), 0.2)


def test_all_three_kinds_have_words():
    for negative, kind in ((0.05, "hard"), (0.25, "semi_hard"), (0.7, "easy")):
        shown = triplet_view.answer(one(negative=negative), 0.2)
        assert texts.TRIPLET_KINDS[kind][0] in shown
        assert f"max(0.100 − {negative:.3f} + 0.20, 0)" in shown
