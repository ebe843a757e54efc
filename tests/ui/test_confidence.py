"""How sure Verify and Identify say they are, over played networks with a calibration."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

from facestyle.faces.calibration import store
from facestyle.faces.calibration.base import Bin, ErrorRate, Expected
from facestyle.faces.calibration.fit import fit_calibration
from facestyle.faces.calibration.rates import error_rate
from facestyle.settings import Settings
from facestyle.ui import confidence, identify, reliability, texts, verify
from facestyle.ui.context import make_context
from facestyle.ui.state import Sessions
from tests.faces.calibration.conftest import make_pairs
from tests.ui.conftest import request
from tests.ui.fakes import BLUE, GREEN, PINK, RED, fake_services, picture


@pytest.fixture(scope="module")
def drawn():
    pairs = make_pairs(dimension=3, same=100, different=100, noise=0.15)
    return fit_calibration(
        pairs, model="fake_embedder", preprocessing="fake_detector-1/1", metric="squared_euclidean", head="distance"
    )


@pytest.fixture
def ctx(drawn, fakes, tmp_path):
    store.save(drawn, tmp_path / "own" / "fake_embedder.json")
    services = fake_services(Settings(gallery=tmp_path / "g.sqlite", calibration=tmp_path / "own"), fakes)
    context = make_context(services, Sessions(services))
    yield context
    context.sessions.close()


@pytest.fixture
def session(ctx):
    return ctx.session(request())


def upload(tmp_path, *faces):
    path = tmp_path / f"{'_'.join('-'.join(map(str, face)) for face in faces)}.png"
    picture(*faces, path=path)
    return {"path": str(path)}


@pytest.fixture
def run(ctx, session, tmp_path):
    def run(first, second, tau=0.36):
        given = {"first": upload(tmp_path, first), "second": upload(tmp_path, second)}
        return verify.compare(ctx, session, mode=verify.PICTURES, person=None, tau=tau, **given)[0]

    return run


def test_the_probability_stands_below_the_verdict_and_ignores_tau(run, session):
    shown = run(RED, PINK)
    likely = confidence.percent(session.last.probability, session.last.evidence)
    assert f"<b>{likely}</b>" in shown
    assert f"{texts.LIKELY_SAME}, {texts.PRIOR_EVEN}" in shown
    assert texts.LIKELY_AGAINST_TAU not in shown
    strict = verify.decide(session, 0.0001)
    assert texts.VERIFY_DIFFERENT in strict
    assert f"<b>{likely}</b>" in strict
    assert texts.LIKELY_AGAINST_TAU in strict
    assert texts.LIKELY_DIFFERENT in run(RED, GREEN)


def test_the_reasons_follow_tau(ctx, run, session, drawn, blocks):
    panel = confidence.ConfidencePanel(ctx, *_inputs())
    assert not panel.on_change(0.36, request())[0].visible
    run(RED, PINK)
    accordion, shown = panel.on_change(0.36, request())
    assert accordion.visible
    assert "drawn people: 100 pairs of one person and 100 of two" in shown
    assert shown.count("<svg") == 2
    for tau in (0.05, 0.36, 5.0):
        rates = session.faces.confidence.rates(tau)
        body = confidence.why(session, tau)
        assert f"τ {tau:.3f}" in body
        assert reliability.in_words(rates.false_accept) in body
        assert reliability.in_words(rates.false_reject) in body
    assert len({confidence.why(session, tau) for tau in (0.05, 0.36, 5.0)}) == 3
    # another session sees nothing of this one's comparison
    assert panel.on_change(0.36, request("other"))[1] == ""


def _inputs():
    import gradio as gr

    return gr.HTML(), gr.Slider()


def test_a_model_without_calibration_shows_no_probability(make_ctx, tmp_path):
    ctx = make_ctx(False)
    session = ctx.session(request())
    given = {"first": upload(tmp_path, RED), "second": upload(tmp_path, PINK)}
    shown, _, _ = verify.compare(ctx, session, mode=verify.PICTURES, person=None, tau=0.36, **given)
    assert "fs-likely" not in shown
    assert texts.NO_CALIBRATION in confidence.why(session, 0.36)


def test_a_refused_calibration_is_said_without_its_path(ctx, run, session, tmp_path):
    (tmp_path / "own" / "fake_embedder.json").write_text("{", "utf-8")
    assert "fs-likely" not in run(RED, PINK)
    shown = confidence.why(session, 0.36)
    assert texts.CALIBRATION_REFUSED in shown
    assert str(tmp_path) not in shown


def test_identify_says_what_so_many_people_cost_and_names_nobody_else(ctx, session, tmp_path):
    session.faces.enroll("Ada", [picture(RED)], consent=True)
    session.faces.enroll("Hidden", [picture(BLUE)], consent=True)
    result = session.faces.identify(picture(PINK, GREEN))
    known, unknown = result.faces
    distances = [float(np.sum((np.array(PINK) - other) ** 2) / 255**2) for other in (np.array(RED), np.array(BLUE))]
    assert known.margin == pytest.approx(distances[1] - distances[0], rel=0.02)
    assert unknown.probability is None
    assert result.evidence.prior == 0.25
    assert result.false_accepts.value == pytest.approx(2 * result.rates.false_accept.value)
    shown = identify.recognise(ctx, session, picture=upload(tmp_path, PINK, GREEN), top_k=5, tau=0.36)
    assert f"{known.margin:.3f} nearer than the next person" in shown
    assert "all 2 enrolled people" in shown
    assert "Hidden" not in shown
    alone = session.faces.identify(picture(PINK), top_k=1).faces[0]
    assert len(alone.matches) == 1
    assert alone.margin == known.margin


def test_a_gallery_of_one_has_no_margin(session):
    session.faces.enroll("Ada", [picture(RED)], consent=True)
    (face,) = session.faces.identify(picture(PINK)).faces
    assert face.margin is None
    assert face.probability == pytest.approx(session.faces.verify(picture(PINK), picture(RED)).probability)


@pytest.mark.parametrize(
    ("errors", "trials", "words"),
    [
        (0, 300, "none in 300 seen, so fewer than 1 in 100 with 95 % confidence"),
        (0, 20, "none in 20 seen, so fewer than 1 in 7.1 with 95 % confidence"),
        (3, 300, "3 of 300 seen, about one wrong in 100 (one in 34 to one in 480)"),
        (300, 300, "all 300 seen"),
    ],
)
def test_rates_promise_no_more_than_was_seen(errors, trials, words):
    assert reliability.in_words(error_rate(errors, trials)) == words


def test_percent_is_never_all_or_nothing(run, session):
    run(RED, PINK)
    evidence = session.last.evidence
    wide = replace(evidence, lowest=1e-9, highest=1 - 1e-9)
    assert confidence.percent(0.9999, wide) == "99.9 %"
    assert confidence.percent(0.97, wide) == "97 %"
    assert confidence.percent(0.004, wide) == "0.4 %"
    assert confidence.percent(evidence.highest, evidence) == "at least 99 %"
    assert confidence.prior_words(replace(evidence, prior=0.01)) == texts.PRIOR.format(percent=1)


def test_the_scale_grows_to_the_right_and_the_plot_is_told_in_words(drawn):
    often, seldom = ErrorRate(30, 100, 0.2, 0.4, 0.38), ErrorRate(1, 1000, 1e-5, 5e-3, 4e-3)
    svg = reliability.one_wrong_in([("a", often), ("<b>", seldom)])
    left, right = (float(x) for x in re.findall(r'<circle class="fs-point" cx="([\d.]+)"', svg))
    assert left < right
    assert "&lt;b&gt;" in svg
    plot = reliability.plot(drawn.reliability)
    assert plot.count("<circle") == len(drawn.reliability)
    assert 'role="img" aria-label="Reliability plot. said ' in plot


def test_numbers_beside_near_points_touch_neither_each_other_nor_the_lines():
    said = (0.36, 0.41, 0.43, 0.9, 0.93)
    seen = (0.0, 0.0, 0.02, 1.0, 1.0)
    bins = [Bin(a, b, max(0.0, b - 0.1), min(1.0, b + 0.6), int(10 * b), 2) for a, b in zip(said, seen, strict=True)]
    plot = reliability.plot(bins)
    found = re.findall(r'<text class="fs-count" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">(\d+)<', plot)
    assert len(found) == len(bins)
    boxes = []
    for x, y, anchor, count in found:
        left = float(x) - (6 * len(count) if anchor == "end" else 0)
        boxes.append((left, float(y) - 8, left + 6 * len(count), float(y)))
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] < other[0] or other[2] < one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


@pytest.mark.parametrize(
    ("value", "high", "words"),
    [
        (0.0067, 0.037, "about one stranger in 150"),
        (0.0, 0.02, "fewer than one stranger in 50"),
        (0.7, 2.0, ""),
        (0.0, 0.9, ""),
    ],
)
def test_expected_false_accepts_as_people_count(value, high, words):
    said = confidence.expected_words(Expected(value, 0.0, high))
    assert words in said
    assert bool(said) is bool(words)
