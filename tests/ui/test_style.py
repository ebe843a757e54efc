import threading
import time

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import InvalidRequestError, WeightsMissingError
from facestyle.style.results import STYLE_LAYERS, StyleRequest
from facestyle.ui import painting, samples, style, texts
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, RED, picture


@pytest.fixture
def upload(tmp_path):
    def make(*faces, mode="RGB"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        image = Image.fromarray(picture(*faces)).convert(mode)
        if mode == "RGBA":
            image.putpixel((0, 0), (255, 0, 0, 0))
        image.save(path)
        return {"path": str(path)}

    return make


@pytest.fixture
def tab(ctx, blocks):
    return style.StyleTab(ctx)


@pytest.fixture
def values(tab, upload):
    def make(**changes):
        given = {knob: knob.value for knob in tab.knobs}
        given |= {tab.content: upload(RED), tab.style: upload(BLUE), tab.steps: 5, tab.size: 128}
        return given | {getattr(tab, name): value for name, value in changes.items()}

    return make


STATUS, PICTURE, CURVE, PAIR, DOWNLOAD = range(5)


def is_update(update, **wanted):
    got = update if isinstance(update, dict) else {name: getattr(update, name, None) for name in wanted}
    return all(got.get(name) == value for name, value in wanted.items())


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def test_a_run_shows_progress_then_before_and_after_and_a_file(tab, values, monkeypatch):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    files = []
    for shown in tab.on_paint(values(), request()):
        last = shown
        if not skipped(shown[DOWNLOAD]):
            with Image.open(
                shown[DOWNLOAD].value["path"] if isinstance(shown[DOWNLOAD].value, dict) else shown[DOWNLOAD].value
            ) as file:
                files.append((file.format, max(file.size), file.info))
    assert texts.STYLE_FINISHED.partition(":")[0] in last[STATUS]
    assert "5 steps" in last[STATUS]
    assert last[PAIR].visible
    assert not last[PICTURE].visible
    assert "fs-line-style" in last[CURVE]
    assert files == [("PNG", 128, {})]


def test_progress_names_the_step_and_the_time_left(tab, values, monkeypatch, fakes):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    fakes.painter.delay = 0.01
    said = [shown[STATUS] for shown in tab.on_paint(values(), request())]
    assert texts.STYLE_STARTING in said[0]
    assert "Step 0 of 5" in said[1]
    assert "Step 3 of 5, about 0.0 s left" in said[4]


def test_previews_are_throttled(ctx, fakes):
    asked = StyleRequest(content=picture(RED), style=picture(BLUE), size=64, steps=50)
    views = list(painting.paint(ctx.services, ctx.session(request()), asked))
    assert sum(view.picture is not None for view in views) == 1


def test_the_same_picture_is_never_shown_twice_in_a_row(ctx, fakes, monkeypatch):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    grey = np.full((64, 64, 3), 7, np.uint8)
    asked = StyleRequest(content=grey, style=grey, size=64, steps=5)
    views = list(painting.paint(ctx.services, ctx.session(request()), asked))
    assert sum(view.picture is not None for view in views) == 1
    assert len(views) > 5


def test_stop_keeps_the_picture_and_closes_the_work(tab, values, ctx, fakes, monkeypatch):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    run = tab.on_paint(values(steps=100), request())
    for _ in range(5):
        next(run)
    done = fakes.painter.steps_done
    tab.on_stop(request())
    rest = []
    for shown in run:
        rest.append(shown)
        if not skipped(shown[PAIR]):
            assert fakes.painter.closed == 1  # before the result is shown, not when somebody tidies up
    assert fakes.painter.steps_done <= done + 1
    assert "Stopped after step" in rest[-1][STATUS]
    assert rest[-1][PAIR].visible
    assert rest[-1][DOWNLOAD].visible
    assert not ctx.session(request()).busy


def test_stop_while_waiting_paints_nothing(tab, values, fakes):
    tab.on_lock(request())
    tab.on_stop(request())
    shown = list(tab.on_paint(values(), request()))
    assert texts.STYLE_STOPPED_BEFORE in shown[-1][STATUS]
    assert fakes.painter.steps_done == 0


def test_another_run_may_follow_a_stopped_one(tab, values):
    tab.on_stop(request())
    tab.on_lock(request())
    *_, last = tab.on_paint(values(), request())
    assert "Done" in last[STATUS]


def test_closing_the_run_stops_the_work_within_a_step(tab, values, fakes, ctx, monkeypatch):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    run = tab.on_paint(values(steps=100), request())
    for _ in range(4):
        next(run)
    done = fakes.painter.steps_done
    run.close()
    assert fakes.painter.closed == 1
    assert fakes.painter.steps_done == done
    assert ctx.session(request()).busy == 0


def test_a_closed_tab_stops_its_run(tab, values, ctx, fakes):
    fakes.painter.delay = 0.02
    shown = []
    thread = threading.Thread(target=lambda: shown.extend(tab.on_paint(values(steps=500), request())))
    thread.start()
    while fakes.painter.steps_done < 3:
        time.sleep(0.005)
    ctx.sessions.forget("a")
    thread.join(5)
    assert not thread.is_alive()
    assert fakes.painter.closed == 1


def test_a_deadline_ends_a_public_run_with_what_it_has(public_ctx, blocks, upload, fakes, monkeypatch):
    monkeypatch.setattr(painting, "PUBLIC_DEADLINE_SECONDS", 0.05)
    fakes.painter.delay = 0.03
    tab = style.StyleTab(public_ctx)
    given = {knob: knob.value for knob in tab.knobs} | {
        tab.content: upload(RED),
        tab.style: upload(BLUE),
        tab.steps: 200,
    }
    *_, last = tab.on_paint(given, request())
    assert "Time is up" in last[STATUS]
    assert last[PAIR].visible
    assert fakes.painter.closed == 1


def test_a_refusal_in_the_middle_keeps_the_picture(tab, values, fakes):
    fakes.painter.fail_at = 3
    *_, last = tab.on_paint(values(), request())
    assert texts.REFUSED_TITLES["not_enough_memory"] in last[STATUS]
    assert "This run needs 9 GB. Choose less." in last[STATUS]
    assert last[PAIR].visible


def test_a_refusal_before_the_first_step_is_a_sentence(tab, values, fakes):
    fakes.painter.fail_at = 0
    *_, last = tab.on_paint(values(), request())
    assert texts.REFUSED_TITLES["not_enough_memory"] in last[STATUS]
    assert skipped(last[PAIR])


def test_an_unexpected_failure_is_not_told(tab, values, fakes, caplog):
    fakes.painter.fail_at, fakes.painter.failure = 0, RuntimeError("secret")
    *_, last = tab.on_paint(values(), request())
    assert texts.UNEXPECTED_TITLE in last[STATUS]
    assert "secret" not in last[STATUS] + caplog.text


@pytest.mark.parametrize("missing", ["content", "style"])
def test_a_missing_picture_is_said(tab, values, missing):
    *_, last = tab.on_paint(values(**{missing: None}), request())
    assert texts.REFUSED_TITLES["image_empty"] in last[STATUS]


def test_the_request_carries_every_control(tab, values, fakes):
    changed = values(alpha=2, beta=3, size=160, steps=7, init="noise", optimizer="adam", seed=9)
    changed |= {layer: index / 2 for index, layer in enumerate(tab.layers)}
    list(tab.on_paint(changed, request()))
    asked = fakes.painter.requests[-1]
    assert (asked.alpha, asked.beta, asked.size, asked.steps) == (2, 3, 160, 7)
    assert (asked.init, asked.optimizer, asked.seed) == ("noise", "adam", 9)
    assert asked.layer_weights == {layer: index / 2 for index, layer in enumerate(STYLE_LAYERS)}


def test_transparency_is_handed_on(tab, values, upload, fakes):
    list(tab.on_paint(values(content=upload(RED, mode="RGBA")), request()))
    assert fakes.painter.requests[-1].content.shape[2] == 4
    assert fakes.painter.requests[-1].style.shape[2] == 3


def test_controls_are_locked_during_a_run_and_free_after(tab, values):
    count = len(tab.knobs)
    locked = tab.on_lock(request())
    assert [knob.interactive for knob in locked[4 : 4 + count]] == [False] * count
    run, stop, fast = locked[-3:]
    assert (run.visible, stop.visible, fast.interactive) == (False, True, False)
    list(tab.on_paint(values(), request()))
    free = tab.on_unlock(request())
    assert skipped(free[0])
    assert [knob.interactive for knob in free[1 : 1 + count]] == [True] * count
    run, stop, fast = free[-3:]
    assert (run.visible, stop.visible, fast.interactive) == (True, False, True)


def test_a_second_click_during_a_run_disturbs_nothing(tab, values, ctx):
    run = tab.on_paint(values(), request())
    next(run)
    assert all(map(skipped, tab.on_lock(request())))
    assert list(tab.on_paint(values(), request())) == []
    assert list(tab.on_fast(values()[tab.content], None, "night", request())) == []
    assert all(map(skipped, tab.on_unlock(request())))
    assert all(map(skipped, tab.on_example(click(id="0"), request())))
    *_, last = run
    assert "Done" in last[STATUS]


def test_a_run_that_the_queue_refused_is_said(tab):
    tab.on_lock(request())
    assert texts.QUEUE_FULL in tab.on_unlock(request())[0]


def test_fast_preview_with_a_learned_style(tab, upload):
    (shown,) = tab.on_fast(upload(RED), None, "night", request())
    assert "Fast preview in" in shown[STATUS]
    assert "Night" in shown[STATUS]
    assert shown[PAIR].visible
    assert shown[DOWNLOAD].visible


def test_fast_preview_with_the_given_picture(tab, upload):
    (shown,) = tab.on_fast(upload(RED), upload(BLUE), "", request())
    assert texts.STYLE_GIVEN in shown[STATUS]


def test_fast_preview_without_pictures_is_said(tab, upload):
    (shown,) = tab.on_fast(None, None, "night", request())
    assert texts.REFUSED_TITLES["image_empty"] in shown[STATUS]
    (shown,) = tab.on_fast(upload(RED), None, "", request())
    assert texts.REFUSED_TITLES["image_empty"] in shown[STATUS]


def test_fast_preview_refused_by_the_network_is_said(tab, upload, monkeypatch, ctx):
    def refuse(*_, **__):
        raise InvalidRequestError("No such style.")

    object.__setattr__(ctx.services, "stylize_fast", refuse)
    (shown,) = tab.on_fast(upload(RED), None, "nope", request())
    assert "No such style." in shown[STATUS]


def test_before_and_after_have_one_size_and_one_number_of_channels():
    content = np.zeros((100, 200, 3), np.uint8)
    result = np.zeros((33, 64, 4), np.uint8)
    assert painting.fitted(content, result).shape == result.shape


def test_each_learned_style_has_a_button(ctx):
    piece = style.tiles(ctx.services.fast_styles())
    assert 'data-id="night"' in piece
    assert 'data-id="day"' in piece


def test_a_network_that_is_not_usable_costs_only_its_own_buttons(ctx, blocks, caplog):
    def missing():
        raise WeightsMissingError("The network is not there.")

    object.__setattr__(ctx.services, "fast_styles", missing)
    assert style.StyleTab(ctx).tiles.value == ""
    assert "weights_missing" in caplog.text


@pytest.mark.parametrize("index", range(len(samples.STYLE)))
def test_each_example_fills_in_both_pictures(tab, index):
    content, painted, alpha, beta = tab.on_example(click(id=str(index)), request())
    assert content != painted
    assert tab.alpha.minimum < alpha <= tab.alpha.maximum
    assert beta == 1
