import io
import re
import threading
import time

import numpy as np
import pytest
from gradio.components.image_editor import AcceptBlobs
from PIL import Image

from facestyle.errors import InvalidRequestError, SettingsMissingError
from facestyle.style.presets import PRESETS
from facestyle.style.recipe import read_recipe
from facestyle.style.results import STYLE_LAYERS, StyleRequest
from facestyle.ui import painting, region, samples, style, texts
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, RED, picture


@pytest.fixture
def tab(ctx, blocks):
    return style.StyleTab(ctx)


@pytest.fixture
def values(tab, upload):
    def make(**changes):
        given = {knob: knob.value for knob in tab.controls.knobs} | {tab.controls.second: None}
        given |= {tab.content: upload(RED), tab.style: upload(BLUE), tab.controls.steps: 5, tab.controls.size: 128}
        return given | {
            getattr(tab if hasattr(tab, name) else tab.controls, name): value for name, value in changes.items()
        }

    return make


STATUS, PICTURE, CURVE, PAIR, DOWNLOAD, STRENGTH, MORE, FILM = range(8)


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
    assert [file[:2] for file in files] == [("PNG", 128)]
    assert set(files[0][2]) == {"facestyle"}


def test_progress_names_the_step_and_the_time_left(tab, values, monkeypatch, fakes):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    fakes.painter.delay = 0.01
    said = [shown[STATUS] for shown in tab.on_paint(values(), request())]
    assert texts.STYLE_STARTING in said[0]
    assert "Step 0 of 5" in said[1]
    assert re.search(r"Step 3 of 5, about [\d.]+ s left", said[4])


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
    given = {knob: knob.value for knob in tab.controls.knobs} | {
        tab.content: upload(RED),
        tab.style: upload(BLUE),
        tab.controls.second: None,
        tab.controls.steps: 200,
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
    changed |= {layer: index / 2 for index, layer in enumerate(tab.controls.layers)}
    list(tab.on_paint(changed, request()))
    asked = fakes.painter.requests[-1]
    assert (asked.alpha, asked.beta, asked.size, asked.steps) == (2, 3, 160, 7)
    assert (asked.init, asked.optimizer, asked.seed) == ("noise", "adam", 9)
    assert asked.layer_weights == {layer: index / 2 for index, layer in enumerate(STYLE_LAYERS)}


def test_transparency_is_handed_on(tab, values, upload, fakes):
    list(tab.on_paint(values(content=upload(RED, mode="RGBA")), request()))
    assert fakes.painter.requests[-1].content.shape[2] == 4
    assert fakes.painter.requests[-1].styles[0].picture.shape[2] == 3


def test_controls_are_locked_during_a_run_and_free_after(tab, values):
    count = len(tab.controls.lockable)
    locked = tab.on_lock(request())
    assert [knob.interactive for knob in locked[6 : 6 + count]] == [False] * count
    run, stop, fast, pause = locked[-4:]
    assert pause.visible
    assert (run.visible, stop.visible, fast.interactive) == (False, True, False)
    list(tab.on_paint(values(), request()))
    free = tab.on_unlock(request())
    assert skipped(free[0])
    assert [knob.interactive for knob in free[1 : 1 + count]] == [True] * count
    run, stop, fast, pause = free[-4:]
    assert not pause.visible
    assert (run.visible, stop.visible, fast.interactive) == (True, False, True)


def test_a_second_click_during_a_run_disturbs_nothing(tab, values, ctx):
    run = tab.on_paint(values(), request())
    next(run)
    assert all(map(skipped, tab.on_lock(request())))
    # a generator that yields nothing would empty the progress and the picture of the run
    for second in (tab.on_paint(values(), request()), tab.on_fast(values()[tab.content], None, request())):
        (update,) = second
        assert all(map(skipped, update))
    assert all(map(skipped, tab.on_unlock(request())))
    assert all(map(skipped, tab.on_example(click(id="0"), request())))
    *_, last = run
    assert "Done" in last[STATUS]


def test_a_run_that_the_queue_refused_is_said(tab):
    tab.on_lock(request())
    assert texts.QUEUE_FULL in tab.on_unlock(request())[0]


def test_fast_preview_with_the_given_picture(tab, upload):
    (shown,) = tab.on_fast(upload(RED), upload(BLUE), request())
    assert "Fast preview in" in shown[STATUS]
    assert texts.STYLE_GIVEN in shown[STATUS]
    assert shown[PAIR].visible
    assert shown[DOWNLOAD].visible
    assert not shown[FILM].visible


def test_fast_preview_without_pictures_is_said(tab, upload):
    (shown,) = tab.on_fast(None, upload(BLUE), request())
    assert texts.REFUSED_TITLES["image_empty"] in shown[STATUS]
    (shown,) = tab.on_fast(upload(RED), None, request())
    assert texts.REFUSED_TITLES["image_empty"] in shown[STATUS]


def test_fast_preview_refused_by_the_network_is_said(tab, upload, monkeypatch, ctx):
    def refuse(*_, **__):
        raise InvalidRequestError("No such style.")

    object.__setattr__(ctx.services, "stylize_fast", refuse)
    (shown,) = tab.on_fast(upload(RED), upload(BLUE), request())
    assert "No such style." in shown[STATUS]


def test_before_and_after_have_one_size_and_one_number_of_channels():
    content = np.zeros((100, 200, 3), np.uint8)
    result = np.zeros((33, 64, 4), np.uint8)
    assert painting.fitted(content, result).shape == result.shape


@pytest.mark.parametrize("index", range(len(samples.STYLE)))
def test_each_example_fills_in_both_pictures(tab, index):
    content, painted, alpha, beta = tab.on_example(click(id=str(index)), request())
    assert content != painted
    assert tab.controls.alpha.minimum < alpha <= tab.controls.alpha.maximum
    assert beta == 1


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_each_preset_has_a_button_and_sets_what_it_says(tab, preset):
    assert f'data-id="{preset.id}"' in tab.controls.presets.value
    values = tab.on_preset(click(id=preset.id), request())
    for knob, value in zip(tab.controls.preset_knobs, values, strict=True):
        if isinstance(value, str):
            assert value in [choice for _, choice in knob.choices]
        else:
            assert knob.minimum <= value <= knob.maximum
            assert round(value / knob.step, 6).is_integer()


def send(tab, data, name):
    blob = AcceptBlobs(data={"type": "layer", "index": 0, "file": b"", "id": name}, files=[("layer", data)])
    tab.controls.drawing.editor.accept_blobs(blob)


def draw(tab, mask, session="a"):
    """What a browser does before it asks for anything: it sends the layer, then names it."""
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "png")
    send(tab, file.getvalue(), "drawn")
    tab.on_region({"background": None, "layers": [], "composite": None, "id": "drawn"}, request(session))


def test_drawings_that_nobody_asks_for_are_bounded(tab):
    for number in range(10 * region.KEPT):
        send(tab, b"x" * region.MOST_BYTES, str(number))
    send(tab, b"x" * (region.MOST_BYTES + 1), "too large")
    kept = tab.controls.drawing._sent
    assert list(kept) == [str(number) for number in range(9 * region.KEPT, 10 * region.KEPT)]


def test_the_drawing_colors_strokes_and_a_second_painting_reach_the_run(tab, values, upload, fakes):
    layer = np.zeros((30, 40, 4), np.uint8)
    layer[5:9, 5:9] = 255
    draw(tab, layer)
    given = values(colors="match", style_loss="wasserstein", scale=1.5, second=upload(RED), mix=0.25)
    list(tab.on_paint(given, request()))
    asked = fakes.painter.requests[-1]
    assert np.array_equal(asked.region, layer[..., 3])
    assert (asked.colors, asked.style_loss) == ("match", "wasserstein")
    assert [(part.weight, part.scale) for part in asked.styles] == [(0.75, 1.5), (0.25, 1.5)]


@pytest.mark.parametrize("value", [None, "no drawing", {"layers": []}, {"layers": None, "id": "unknown"}])
def test_nothing_drawn_paints_everywhere(tab, values, fakes, value):
    tab.on_region(value, request())
    list(tab.on_paint(values(), request()))
    assert fakes.painter.requests[-1].region is None


def test_a_clear_drawing_paints_everywhere(tab, values, fakes):
    draw(tab, np.zeros((4, 4, 4), np.uint8))
    list(tab.on_paint(values(), request()))
    assert fakes.painter.requests[-1].region is None


def test_an_example_forgets_the_drawing_for_another_photo(tab, ctx):
    draw(tab, np.eye(4, dtype=np.uint8)[..., None] * np.full(4, 255, np.uint8))
    assert ctx.session(request()).region is not None
    tab.on_example(click(id="0"), request())
    assert ctx.session(request()).region is None


def test_a_new_photo_lies_under_the_brush(tab, upload, tmp_path):
    shown = tab.on_photo(upload(RED))
    assert shown["layers"] == []
    assert max(shown["background"].shape) <= 640
    assert tab.on_photo(None) is None
    (tmp_path / "text.png").write_text("no picture")
    assert tab.on_photo({"path": str(tmp_path / "text.png")}) is None


def test_the_mix_appears_with_a_second_painting(tab, upload):
    assert tab.on_second(upload(RED)).visible
    assert not tab.on_second(None).visible


def paint(tab, values, **changes):
    *_, last = tab.on_paint(values(**changes), request())
    return last


def test_strength_blends_what_is_shown_and_what_is_saved_without_a_run(tab, values, ctx, fakes):
    last = paint(tab, values)
    assert last[STRENGTH].visible
    assert last[STRENGTH].value == 100
    steps = fakes.painter.steps_done
    painted = ctx.session(request()).painted
    blending = tab.on_strength(25, request())
    pair, download = next(blending)
    assert fakes.painter.steps_done == steps
    assert not skipped(pair)
    (view,) = painting.finished(ctx.session(request()).painted)
    before, after = view.pair
    expected = 0.75 * painted.photo.astype(float) + 0.25 * painted.result
    assert np.array_equal(before, painted.photo)
    assert np.abs(after - expected).max() <= 0.5
    with Image.open(download.value["path"] if isinstance(download.value, dict) else download.value) as file:
        assert np.array_equal(np.asarray(file), after)
    assert read_recipe(file_bytes(download)).strength == 0.25
    assert all(map(skipped, *tab.on_strength(25, request())))  # the same picture is not written twice
    assert not skipped(next(tab.on_strength(100, request()))[0])


def file_bytes(download):
    path = download.value["path"] if isinstance(download.value, dict) else download.value
    with open(path, "rb") as file:
        return file.read()


def test_strength_without_a_painting_or_during_a_run_does_nothing(tab, values, ctx):
    assert all(map(skipped, *tab.on_strength(50, request())))
    paint(tab, values)
    run = tab.on_paint(values(), request())
    next(run)
    assert all(map(skipped, *tab.on_strength(50, request())))
    run.close()


def test_a_fast_preview_can_be_blended_but_not_gone_on_with(tab, upload):
    (shown,) = tab.on_fast(upload(RED), upload(BLUE), request())
    assert shown[STRENGTH].visible
    assert not shown[MORE].visible
    blending = tab.on_strength(50, request())
    pair, download = next(blending)
    assert not skipped(pair)
    with pytest.raises(SettingsMissingError):
        read_recipe(file_bytes(download))


def test_going_on_takes_the_settings_and_the_picture_of_the_last_run(tab, values, ctx, fakes):
    assert paint(tab, values, alpha=3)[MORE].visible
    first = ctx.session(request()).painted
    list(tab.on_strength(50, request()))
    *_, last = tab.on_more(7, request())
    asked = fakes.painter.requests[-1]
    assert (asked.alpha, asked.steps) == (3, 7)
    assert np.array_equal(asked.start, first.result)  # at full strength
    assert read_recipe(file_bytes(last[DOWNLOAD])).steps == 12


def test_there_is_nothing_to_go_on_with_before_a_run(tab, ctx):
    *_, last = tab.on_more(7, request())
    assert texts.STYLE_NOTHING_TO_CONTINUE in last[STATUS]
    assert not ctx.session(request()).busy


def test_a_paused_run_waits_and_is_ended_by_stop(tab, values, ctx, fakes, monkeypatch):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    tab.on_lock(request())
    run = tab.on_paint(values(steps=50), request())
    next(run), next(run), next(run)
    button, status = tab.on_pause(request())
    assert button.value == texts.STYLE_RESUME
    assert texts.STYLE_PAUSED in status
    rest = []
    thread = threading.Thread(target=lambda: rest.extend(run))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    tab.on_stop(request())
    thread.join(10)
    assert not thread.is_alive()
    assert "Stopped after step" in rest[-1][STATUS]
    assert rest[-1][PAIR].visible


def test_pause_and_resume_take_turns(tab, values):
    assert all(map(skipped, tab.on_pause(request())))
    tab.on_lock(request())
    assert tab.on_pause(request())[0].value == texts.STYLE_RESUME
    assert tab.on_pause(request())[0].value == texts.STYLE_PAUSE
    assert "Done" in paint(tab, values)[STATUS]


def test_a_closed_tab_ends_its_paused_run(tab, values, ctx):
    tab.on_lock(request())
    run = tab.on_paint(values(steps=50), request())
    next(run), next(run)
    tab.on_pause(request())
    thread = threading.Thread(target=lambda: list(run))
    thread.start()
    ctx.sessions.forget("a")
    thread.join(10)
    assert not thread.is_alive()


def test_a_run_follows_its_weights_and_saves_those_of_its_end(tab, values, fakes, monkeypatch):
    monkeypatch.setattr(painting, "PREVIEW_SECONDS", 0.0)
    moved = dict.fromkeys(tab.controls.weights, 2.0) | {tab.controls.alpha: 7.0}
    tab.on_weights(moved, request())  # no run: nothing to follow
    tab.on_lock(request())
    run = tab.on_paint(values(), request())
    next(run), next(run)
    tab.on_weights(moved, request())
    *_, last = run
    assert [(weights.alpha, weights.beta) for weights in fakes.painter.reweighed] == [(7.0, 2.0)]
    recipe = read_recipe(file_bytes(last[DOWNLOAD]))
    assert (recipe.alpha, recipe.layer_weights["relu5_1"]) == (7.0, 2.0)


def test_weights_that_leave_nothing_to_do_are_said_and_the_run_goes_on(tab, values, fakes, monkeypatch):
    said = []
    monkeypatch.setattr(style.gr, "Warning", said.append)
    tab.on_lock(request())
    run = tab.on_paint(values(), request())
    next(run)
    tab.on_weights(dict.fromkeys(tab.controls.weights, 0.0), request())
    assert "nothing to optimise" in said[0]
    *_, last = run
    assert "Done" in last[STATUS]
    assert fakes.painter.reweighed == []


def test_settings_are_loaded_from_a_picture(tab, values, upload):
    given = values(
        alpha=2.5, size=160, colors="match", style_loss="wasserstein", scale=1.5, second=upload(RED), mix=0.25
    )
    *_, last = tab.on_paint(given, request())
    said, *loaded = (
        tab.on_settings(last[DOWNLOAD].value, request())
        if isinstance(last[DOWNLOAD].value, dict)
        else (tab.on_settings({"path": last[DOWNLOAD].value}, request()))
    )
    assert texts.STYLE_SETTINGS_LOADED in said
    assert texts.STYLE_SETTINGS_CLIPPED in said  # 5 steps are fewer than the slider's 10
    wanted = [given[knob] for knob in tab.controls.knobs]
    wanted[tab.controls.knobs.index(tab.controls.steps)] = 10
    assert loaded == wanted


def test_a_picture_without_settings_is_said_and_nothing_moves(tab, upload):
    said, *knobs = tab.on_settings(upload(RED), request())
    assert texts.REFUSED_TITLES["settings_missing"] in said
    assert all(map(skipped, knobs))
