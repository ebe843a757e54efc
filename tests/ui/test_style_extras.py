"""Beside a run: the quick preview, the film, and the paintings to go back to."""

import av
import numpy as np
import pytest
from PIL import Image

from facestyle.errors import ImageTooSmallError
from facestyle.ui import history, painting, style, texts
from facestyle.ui.history import History
from facestyle.ui.painting import Painted
from facestyle.ui.style_extras import photo_share
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, RED

STATUS, PICTURE, CURVE, PAIR, DOWNLOAD, STRENGTH, MORE, FILM = range(8)


@pytest.fixture
def tab(ctx, blocks):
    return style.StyleTab(ctx)


@pytest.fixture
def values(tab, upload):
    def make(**changes):
        given = {knob: knob.value for knob in tab.controls.knobs} | {tab.controls.second: None}
        given |= {tab.content: upload(RED), tab.style: upload(BLUE), tab.controls.steps: 5, tab.controls.size: 128}
        return given | {getattr(tab.controls, name): value for name, value in changes.items()}

    return make


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


# --- quick preview ------------------------------------------------------------------------------------------------


def quick(tab, content, painting_, alpha=1.0, beta=1.0):
    (shown,) = tab.extras.on_quick(content, painting_, alpha, beta, request())
    return shown


def test_the_fast_networks_picture_appears_and_says_what_it_is(tab, upload, ctx):
    shown = quick(tab, upload(RED), upload(BLUE))
    assert "data:image/jpeg" in shown
    assert "Quick preview" in shown
    assert ctx.session(request()).painted is None
    assert len(ctx.session(request()).history) == 0


def test_without_both_pictures_there_is_none(tab, upload):
    assert quick(tab, None, upload(BLUE)) == ""
    assert quick(tab, upload(RED), None) == ""


def test_more_alpha_keeps_more_of_the_photo():
    assert photo_share(0, 1) == 0
    assert photo_share(1, 0) == 1
    assert photo_share(0, 0) == 0
    assert 0 < photo_share(1, 10) < photo_share(1, 1) < photo_share(10, 1) < 1


def test_a_run_is_not_disturbed(tab, values, upload, monkeypatch):
    tab.on_lock(request())
    assert skipped(quick(tab, upload(RED), upload(BLUE)))
    run = tab.on_paint(values(), request())
    next(run)
    assert skipped(quick(tab, upload(RED), upload(BLUE)))
    run.close()


def test_a_run_that_began_meanwhile_is_not_disturbed(tab, upload, ctx):
    def slow(content, **_):
        ctx.session(request()).waiting = True
        return content

    object.__setattr__(ctx.services, "stylize_fast", slow)
    assert skipped(quick(tab, upload(RED), upload(BLUE)))


@pytest.mark.parametrize("failure", [ImageTooSmallError("Too narrow."), RuntimeError("secret")])
def test_what_it_cannot_paint_is_left_to_paint_to_explain(tab, upload, ctx, caplog, failure):
    def refuse(*_, **__):
        raise failure

    object.__setattr__(ctx.services, "stylize_fast", refuse)
    assert quick(tab, upload(RED), upload(BLUE)) == ""
    assert "secret" not in caplog.text


def test_a_run_begins_without_it_and_without_the_last_film(tab):
    quick_, film, status, file = tab.extras.on_clear(request())
    assert (quick_, status) == ("", "")
    assert not film.visible
    assert not file.visible


# --- film ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["mp4", "gif"])
def test_a_run_has_a_film(tab, values, form):
    *_, last = tab.on_paint(values(steps=20), request())
    assert last[FILM].visible
    films = tab.extras.on_make_film(form, request())
    assert texts.STYLE_FILM_BUSY in next(films)[0]
    status, button = next(films)
    assert status == ""
    path = button.value["path"] if isinstance(button.value, dict) else button.value
    assert path.endswith(f".{form}")
    if form == "gif":
        with Image.open(path) as film:
            assert film.n_frames >= 10
    else:
        with av.open(path) as film:
            frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert len(frames) >= 20
        assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 5


def test_a_film_of_a_run_that_was_gone_on_with_has_both(tab, values, ctx):
    list(tab.on_paint(values(), request()))
    first = len(ctx.session(request()).painted.reel)
    list(tab.on_more(7, request()))
    assert len(ctx.session(request()).painted.reel) == first + 8


def test_there_is_no_film_without_a_run(tab, upload):
    *_, last = tab.extras.on_make_film("mp4", request())
    assert "fs-bad" in last[0]
    (shown,) = tab.on_fast(upload(RED), upload(BLUE), request())
    assert not shown[FILM].visible
    *_, last = tab.extras.on_make_film("mp4", request())
    assert "fs-bad" in last[0]


def test_another_format_is_refused(tab, values):
    list(tab.on_paint(values(), request()))
    *_, last = tab.extras.on_make_film("../x", request())
    assert "fs-bad" in last[0]


# --- going back ---------------------------------------------------------------------------------------------------


def test_a_painting_comes_back_with_its_settings(tab, values, ctx):
    list(tab.on_paint(values(alpha=3, scale=1.5), request()))
    first = ctx.session(request()).painted
    list(tab.on_paint(values(alpha=7), request()))
    piece = tab.extras.on_history(request())
    assert piece.index('data-id="2"') < piece.index('data-id="1"')  # the newest first
    (shown,) = tab.extras.on_back(click(id="1"), request())
    assert ctx.session(request()).painted is first
    assert texts.STYLE_HISTORY_BACK in shown[STATUS]
    assert shown[PAIR].visible
    knobs = dict(zip(tab.controls.knobs, shown[8:], strict=True))
    assert knobs[tab.controls.alpha] == 3
    assert knobs[tab.controls.scale] == 1.5
    *_, last = tab.on_more(2, request())
    assert "Done" in last[STATUS]


def test_a_fast_preview_comes_back_and_moves_no_knob(tab, upload):
    list(tab.on_fast(upload(RED), upload(BLUE), request()))
    (shown,) = tab.extras.on_back(click(id="1"), request())
    assert shown[PAIR].visible
    assert not shown[MORE].visible
    assert all(map(skipped, shown[8:]))


def test_what_is_gone_or_busy_changes_nothing(tab, values):
    (shown,) = tab.extras.on_back(click(id="4"), request())
    assert texts.STYLE_HISTORY_GONE in shown[STATUS]
    assert all(map(skipped, shown[1:]))
    list(tab.on_paint(values(), request()))
    tab.on_lock(request())
    (shown,) = tab.extras.on_back(click(id="1"), request())
    assert all(map(skipped, shown))


def test_nobody_sees_anothers_paintings_and_nothing_outlives_the_session(tab, values, ctx):
    list(tab.on_paint(values(), request()))
    assert tab.extras.on_history(request("b")) == ""
    session = ctx.session(request())
    assert len(session.history) == 1
    ctx.sessions.forget("a")
    assert len(session.history) == 0


def painted(side=10):
    return Painted(np.zeros((side, side, 3), np.uint8), np.zeros((side, side, 3), np.uint8))


def test_the_paintings_kept_are_bounded_in_number_and_in_bytes():
    kept = History()
    for _ in range(history.MOST + 5):
        kept.add(painted())
    assert [one.number for one in kept] == list(range(6, history.MOST + 6))
    assert kept.find("5") is None
    kept.add(painted(100), most_bytes=60_000)  # one of 60 000 bytes
    assert [one.number for one in kept] == [history.MOST + 6]
    kept.add(painted(200), most_bytes=60_000)
    assert len(kept) == 0


def test_strangers_keep_less(tab, values, public_ctx, ctx, monkeypatch):
    monkeypatch.setattr(painting, "PUBLIC_BYTES", 0)
    for context, count in ((ctx, 1), (public_ctx, 0)):
        session = context.session(request())
        list(painting.preview(context.services, session, content=painted().photo, style=painted().photo))
        assert len(session.history) == count
