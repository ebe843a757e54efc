"""The Layers tab's handlers, over a played network."""

import pytest

from facestyle.errors import WeightsMissingError
from facestyle.ui import layers, layers_view, texts
from tests.ui.conftest import click, request
from tests.ui.fake_explainer import CHANNELS, SILENT
from tests.ui.fakes import BLUE, GREEN, RED, picture

STATUS, GRID, LARGE = range(3)
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def tab(ctx, blocks):
    return layers.LayersTab(ctx)


@pytest.fixture
def files(tmp_path):
    payload = []
    for name, face in {"red": RED, "green": GREEN, "blue": BLUE}.items():
        picture(face, path=tmp_path / f"{name}.png")
        payload.append({"path": str(tmp_path / f"{name}.png"), "orig_name": f"{name}.png"})
    return payload


def look(tab, files, number=1, with_samples=False, session="a"):
    return list(tab.on_run(files, with_samples, number, request(session)))


def open_channel(tab, index, session="a"):
    return tab.on_click(click(action="channel", id=str(index)), request(session))[1]


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def test_it_looks_and_shows_what_it_found(tab, ctx, files):
    *progress, last = look(tab, files, number=2)
    assert texts.LAYERS_STARTING in progress[0][STATUS]
    assert "2 of 3 pictures looked at" in progress[2][STATUS]
    assert "3 pictures looked at in" in last[STATUS]
    assert "at most 3 from one picture" in last[STATUS]
    assert last[GRID].count('data-action="channel"') == layers_view.SHOWN
    assert "Layer 2" in last[GRID]
    assert "sees 16 × 16 pixels" in last[GRID]
    assert ctx.session(request()).looking.running is False


def test_the_pictures_of_the_page_are_looked_at_too(tab, ctx, files):
    look(tab, files[:1], with_samples=True)
    assert ctx.session(request()).looking.seen.names == ("red.png", *texts.LAYERS_SAMPLE_NAMES.values())
    look(tab, None, with_samples=True)
    assert len(ctx.session(request()).looking.seen.names) == 9


def test_without_pictures_it_says_so(tab):
    (shown,) = look(tab, None)
    assert texts.LAYERS_NO_PICTURE in shown[STATUS]


def test_what_cannot_be_read_is_listed(tab, files, tmp_path):
    (tmp_path / f"words{EVIL.replace('/', '')}.png").write_text("words")
    files.append({"path": str(tmp_path / f"words{EVIL.replace('/', '')}.png")})
    last = look(tab, files)[-1]
    assert "Left out: 1" in last[STATUS]
    assert "<img src=x" not in last[STATUS]
    (shown,) = look(tab, files[-1:])
    assert texts.REFUSED_TITLES["image_unreadable"] in shown[STATUS]


def test_a_network_that_is_missing(tab, fakes, files):
    fakes.explainer.failure = WeightsMissingError("The network is not there.")
    assert "The network is not there." in look(tab, files)[-1][STATUS]
    fakes.explainer.failure = RuntimeError("secret")
    assert "secret" not in look(tab, files)[-1][STATUS]


def test_stop_keeps_what_was_found(tab, ctx, fakes, files):
    running = tab.on_run(files, False, 1, request())
    next(running)
    next(running)
    button = tab.on_stop(request())
    assert (button.value, button.interactive) == (texts.LAYERS_STOPPING, False)
    last = list(running)[-1]
    assert "Stopped after 2 of 3 pictures" in last[STATUS] or "Stopped after 1 of 3 pictures" in last[STATUS]
    assert last[GRID].count('data-action="channel"') == layers_view.SHOWN
    assert fakes.explainer.closed == 1
    assert open_channel(tab, 0).count("<figcaption>") > 0


def test_strangers_have_a_deadline(public_ctx, blocks, files, monkeypatch):
    monkeypatch.setattr(layers, "PUBLIC_DEADLINE_SECONDS", 0.15)
    shown = look(layers.LayersTab(public_ctx), files)
    assert "Time is up: 2 of 3" in shown[-1][STATUS]


def test_another_layer_is_there_at_once(tab, files):
    assert skipped(tab.on_layer(3, request())[0])  # nothing was looked at yet
    look(tab, files)
    grid, large, _ = tab.on_layer(3, request())
    assert "sees 24 × 24 pixels" in grid
    assert large == ""
    assert "Layer 1" in tab.on_layer("nonsense", request())[0]


def test_a_channel_is_shown_large_with_its_places(tab, files):
    look(tab, files)
    assert open_channel(tab, 0).count('alt="Patch') == 9
    shown = open_channel(tab, 1)
    assert "green.png" in shown.replace("\u2068", "").replace("\u2069", "")
    assert 'class="fs-box fs-warn"' in shown
    assert texts.LAYERS_SILENT_HINT in open_channel(tab, SILENT)


def test_what_in_the_patches_excites_it(tab, files, ctx, fakes):
    assert tab.on_gradients(request()) == ""  # nothing was clicked
    look(tab, files)
    open_channel(tab, 0)
    assert tab.on_gradients(request()).count("<figure>") == 9
    open_channel(tab, SILENT)
    assert tab.on_gradients(request()) == ""
    fakes.explainer.failure = WeightsMissingError("The network is not there.")
    assert "The network is not there." in tab.on_gradients(request())
    tab.on_click(click(action="page", id="24"), request())
    assert tab.on_gradients(request()) == ""


def test_pages(tab, files, ctx):
    first = look(tab, files)[-1][GRID]
    assert f"0 to 23 of {CHANNELS}" in first
    grid, large, _ = tab.on_click(click(action="page", id="24"), request())
    assert grid.count('data-action="channel"') == CHANNELS - layers_view.SHOWN
    assert texts.LAYERS_SILENT in grid
    assert large == ""
    assert ctx.session(request()).looking.first == 24


@pytest.mark.parametrize("index", ["", "30", "-1", "²", EVIL])
def test_a_channel_that_is_not_there(tab, files, index):
    look(tab, files)
    assert texts.LAYERS_GONE in open_channel(tab, index)


def test_what_was_seen_belongs_to_its_session_and_ends_with_it(tab, ctx, files):
    look(tab, files)
    assert texts.LAYERS_GONE in open_channel(tab, 0, session="b")
    session = ctx.session(request())
    ctx.sessions.forget("a")
    assert session.looking.seen is None
    assert session.looking.stop.is_set()


def test_the_feature_network_that_was_chosen_is_looked_into(tab, ctx, fakes, files):
    look(tab, files)
    ctx.session(request()).paint_with("vgg19")
    look(tab, files)
    assert fakes.explainer.backbones == ["vgg16", "vgg19"]


def test_the_buttons_change_places(tab, ctx):
    *_, run, stop = tab.on_lock(request())
    assert (run.visible, stop.visible) == (False, True)
    note, run, stop = tab.on_unlock(request())  # nothing ran: the queue was full
    assert texts.QUEUE_FULL in note
    assert (run.visible, stop.visible) == (True, False)
    ctx.session(request()).looking.running = True
    assert all(map(skipped, tab.on_lock(request())))
    assert all(map(skipped, tab.on_unlock(request())))
    assert look(tab, None, with_samples=True) == []


def draw(tab):
    return list(tab.drawing.on_draw(request()))


def test_what_excites_a_channel_most_is_drawn(tab, files, fakes):
    assert draw(tab) == []  # nothing was clicked
    look(tab, files)
    open_channel(tab, 3)
    assert tab.drawing.on_offer(request())[0].visible is True
    first, *progress, (run, stop, last) = draw(tab)
    assert (first[0].visible, first[1].visible) == (False, True)
    assert [part[2].count("<img") for part in progress] == [1] * 5
    assert "Step 16 of 32" in progress[2][2]
    assert (run.visible, stop.visible) == (True, False)
    assert "from −5 to 3,195" in last
    fakes.explainer.failure = WeightsMissingError("The network is not there.")
    assert "The network is not there." in draw(tab)[-1][2]


def test_drawing_stops_with_the_picture_it_has(tab, files, fakes):
    look(tab, files)
    open_channel(tab, 3)
    running = tab.drawing.on_draw(request())
    for _ in range(3):
        next(running)
    tab.drawing.on_stop(request())
    *_, (run, _, last) = running
    assert run.visible is True
    assert "Climbed from noise in 8 steps" in last
    assert fakes.explainer.closed == 1


def test_another_channel_ends_the_drawing(tab, files):
    look(tab, files)
    open_channel(tab, 3)
    running = tab.drawing.on_draw(request())
    next(running)
    next(running)
    assert tab.drawing.on_another(request())[2] == ""
    open_channel(tab, 4)
    *_, (_, stop, last) = running
    assert (stop.visible, last) == (False, "")
