"""Painting a clip: progress, cancel, refusals, and what is left of it."""

import gc
from pathlib import Path

import gradio as gr
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings
from facestyle.style.video.reading import VideoLimits
from facestyle.ui import film_panel, texts
from tests.ui.conftest import request
from tests.ui.fakes import BLUE


def asked():
    """What the tab says which style with."""
    return [gr.Image(), gr.State(""), gr.Textbox(), gr.Image(), gr.Slider()]


@pytest.fixture
def panel(ctx, blocks):
    return film_panel.FilmPanel(ctx, asked())


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"film")
    return {"path": str(path)}


def film(panel, clip, *, style=None, chosen="night", size=384):
    return panel.on_film(clip, size, style, chosen, "", None, 0.5, request())


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def value(video):
    found = video.value
    return found["path"] if isinstance(found, dict) else found


def test_a_clip_is_painted_with_progress(panel, clip, fakes, monkeypatch):
    monkeypatch.setattr(film_panel, "SHOW_SECONDS", 0.0)
    shown = list(film(panel, clip))
    assert "Frame 1 of 5, about 0.4 s left" in shown[0][0]
    assert "data:image/jpeg" in shown[0][0]
    status, video = shown[-1]
    assert texts.FILM_DONE in status
    assert "5 frames of 64 x 48 pixels" in status
    assert texts.FILM_SOUND in status
    assert video.visible
    assert fakes.camera.asked == [{"clip": Path(clip["path"]), "style": "night", "size": 384, "strength": 1.0}]


def test_a_painting_is_as_good(panel, clip, upload, fakes):
    list(film(panel, clip, style=upload(BLUE), chosen=""))
    assert fakes.camera.asked[0]["style"].shape[2] == 3


def test_few_frames_are_shown(panel, clip):
    assert len(list(film(panel, clip))) == 2  # the first, and the end


def test_cancel_ends_the_work_and_leaves_no_file(panel, clip, ctx, fakes, monkeypatch):
    monkeypatch.setattr(film_panel, "SHOW_SECONDS", 0.0)
    panel.on_lock(request())
    running = film(panel, clip)
    next(running)
    panel.on_stop(request())
    (last,) = running
    assert texts.FILM_CANCELLED in last[0]
    assert skipped(last[1])
    assert fakes.camera.closed == 1
    assert not ctx.session(request()).filming.running


def test_a_closed_tab_ends_its_clip(panel, clip, ctx, fakes, monkeypatch):
    monkeypatch.setattr(film_panel, "SHOW_SECONDS", 0.0)
    running = film(panel, clip)
    next(running)
    running.close()
    gc.collect()
    assert fakes.camera.closed == 1
    running = film(panel, clip)
    next(running)
    ctx.sessions.forget("a")
    (last,) = running
    assert texts.FILM_CANCELLED in last[0]


def test_one_clip_at_a_time_for_each_session(panel, clip, monkeypatch):
    monkeypatch.setattr(film_panel, "SHOW_SECONDS", 0.0)
    running = film(panel, clip)
    next(running)
    (update,) = film(panel, clip)
    assert all(map(skipped, update))
    assert all(map(skipped, panel.on_lock(request())))
    assert all(map(skipped, panel.on_unlock(request())))
    running.close()


def test_the_buttons_change_places(panel, clip):
    _, result, run, stop = panel.on_lock(request())
    assert (result.visible, run.visible, stop.visible) == (False, False, True)
    list(film(panel, clip))
    note, run, stop = panel.on_unlock(request())
    assert skipped(note)
    assert (run.visible, stop.visible) == (True, False)


def test_a_clip_that_the_queue_refused_is_said(panel):
    panel.on_lock(request())
    assert texts.QUEUE_FULL in panel.on_unlock(request())[0]


def test_without_a_clip_or_a_style_it_is_said(panel, clip):
    (shown,) = film(panel, None)
    assert "No clip was given" in shown[0]
    (shown,) = film(panel, clip, chosen="")
    assert texts.FAST_NO_STYLE in shown[0]


def test_a_refusal_of_the_library_is_said(panel, clip, fakes):
    fakes.camera.failure = InvalidRequestError("This clip is odd.")
    *_, last = film(panel, clip)
    assert "This clip is odd." in last[0]


def test_an_unexpected_failure_is_not_told(panel, clip, fakes, caplog):
    fakes.camera.failure = RuntimeError("secret")
    *_, last = film(panel, clip)
    assert texts.UNEXPECTED_TITLE in last[0]
    assert "secret" not in last[0] + caplog.text


def test_strangers_have_a_deadline(public_ctx, blocks, clip, fakes, monkeypatch):
    monkeypatch.setattr(film_panel, "PUBLIC_DEADLINE_SECONDS", 0.02)
    fakes.camera.delay = 0.02
    *_, last = film(film_panel.FilmPanel(public_ctx, asked()), clip)
    assert texts.FILM_DEADLINE in last[0]
    assert fakes.camera.closed == 1


def test_the_limits_are_said_and_no_larger_size_is_offered(public_ctx, ctx, blocks):
    public = film_panel.FilmPanel(public_ctx, asked())
    words = film_panel.limits_in_words(VideoLimits.of(public_ctx.settings))
    assert "20 seconds" in words
    assert "100 MB" in words
    assert max(size for _, size in public.size.choices) == 640
    assert max(size for _, size in film_panel.FilmPanel(ctx, asked()).size.choices) == Settings().max_video_size
