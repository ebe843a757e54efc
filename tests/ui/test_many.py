"""A small album painted from the page: progress, Stop, what is left out, the zip, limits, and the endpoint."""

import gc
import zipfile
from pathlib import Path

import pytest

from facestyle.settings import Settings
from facestyle.ui import many, many_panel, texts
from facestyle.ui.many_api import ManyEndpoint
from tests.ui.conftest import request
from tests.ui.fakes import BLUE, GREEN, RED
from tests.ui.test_film_panel import asked, skipped, value


@pytest.fixture(autouse=True)
def every_step(monkeypatch):
    monkeypatch.setattr(many, "SHOW_SECONDS", 0.0)


@pytest.fixture
def panel(ctx, blocks):
    return many_panel.ManyPanel(ctx, asked())


@pytest.fixture
def files(upload):
    return [upload(color) for color in (RED, GREEN, BLUE)]


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken <b>.jpg"
    path.write_bytes(b"\xff\xd8 no picture")
    return {"path": str(path)}


def paint(panel, files, *, style=None, chosen="night", size=640, form="png"):
    return panel.on_many(files, size, form, style, chosen, "", None, 0.5, request())


def names(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def until_one_is_painted(running):
    for status, _ in running:
        if texts.MANY_LAST_ALT in status:
            return
    raise AssertionError


def test_photos_become_a_zip_with_progress(panel, files, fakes):
    seen = []
    for status, found in paint(panel, files):
        seen.append(status)
        if not skipped(found):
            assert found.visible
            assert names(value(found)) == [f"{Path(file['path']).stem}--Night.png" for file in files]
    assert texts.MANY_STARTING in seen[0]
    assert any("Photo 2 of 3" in status and " left" in status for status in seen)
    assert any(texts.MANY_LAST_ALT in status for status in seen[:-1])
    assert "3 photos painted" in seen[-1]
    assert seen[-1].count("<img") == 3
    assert "Left out" not in seen[-1]
    (call,) = fakes.album.asked
    assert (call["style"], call["size"], call["suffix"]) == ("night", 640, ".png")


def test_a_painting_and_jpeg_are_as_good(panel, files, upload, fakes):
    for _, found in paint(panel, files[:1], style=upload(BLUE), chosen="", form="jpg"):
        if not skipped(found):
            assert names(value(found))[0].endswith(".jpg")
    assert fakes.album.asked[0]["style"].shape[2] == 3


def test_bad_pictures_are_named_and_skipped(panel, files, broken):
    for status, found in paint(panel, [broken, *files]):
        last = status
        if not skipped(found):
            assert len(names(value(found))) == 3
    assert "3 photos painted" in last
    assert "Left out: 1" in last
    assert "broken &lt;b&gt;.jpg" in last
    *_, (status, found) = paint(panel, [broken])
    assert texts.MANY_NONE in status
    assert "broken &lt;b&gt;.jpg" in status
    assert skipped(found)


def test_stop_keeps_what_is_done(panel, files, ctx, fakes):
    panel.on_lock(request())
    running = paint(panel, files)
    until_one_is_painted(running)
    stop = panel.on_stop(request())
    assert not stop.interactive
    status, found = next(running)  # the photo that was being painted is finished, and no other is begun
    assert names(value(found)) == [f"{Path(file['path']).stem}--Night.png" for file in files[:2]]
    assert "2 of 3 photos painted" in status
    assert not list(running)
    assert fakes.album.closed == 1
    assert not ctx.session(request()).painting_many.running


def test_stop_before_the_first(panel, files, ctx):
    panel.on_lock(request())
    panel.on_stop(request())
    ((status, found),) = paint(panel, files)
    assert texts.MANY_STOPPED_BEFORE in status
    assert skipped(found)


def test_a_closed_tab_ends_its_album(panel, files, ctx, fakes):
    running = paint(panel, files)
    next(running)
    running.close()
    gc.collect()
    assert fakes.album.closed == 1
    running = paint(panel, files)
    next(running)
    ctx.sessions.forget("a")
    *_, (status, _) = running
    assert "1 of 3 photos painted" in status


def test_one_album_at_a_time_for_each_session(panel, files):
    running = paint(panel, files)
    next(running)
    (update,) = paint(panel, files)
    assert all(map(skipped, update))
    assert all(map(skipped, panel.on_lock(request())))
    assert all(map(skipped, panel.on_unlock(request())))
    running.close()


def test_the_buttons_change_places_and_a_full_queue_is_said(panel, files):
    _, found, run, stop = panel.on_lock(request())
    assert (found.visible, run.visible, stop.visible) == (False, False, True)
    assert texts.QUEUE_FULL in panel.on_unlock(request())[0]
    list(paint(panel, files))
    note, run, stop = panel.on_unlock(request())
    assert skipped(note)
    assert (run.visible, stop.visible) == (True, False)


def test_without_photos_or_a_style_it_is_said(panel, files):
    ((status, _),) = paint(panel, None)
    assert "There is no picture" in status
    ((status, _),) = paint(panel, files, chosen="")
    assert texts.FAST_NO_STYLE in status


def test_an_unexpected_failure_is_not_told(panel, files, fakes, caplog):
    private = "of a name"

    def fail(number):
        raise KeyError(private)

    fakes.album.began = fail
    *_, (status, _) = paint(panel, files)
    assert texts.UNEXPECTED_TITLE in status
    assert private not in status + caplog.text


def test_strangers_have_a_deadline_and_get_what_is_done(public_ctx, blocks, files, fakes, monkeypatch):
    monkeypatch.setattr(many, "PUBLIC_DEADLINE_SECONDS", 0.02)
    fakes.album.delay = 0.03
    *_, (status, found) = paint(many_panel.ManyPanel(public_ctx, asked()), files)
    assert texts.MANY_DEADLINE_HINT in status
    assert found.visible
    assert "1 of 3" in status
    assert fakes.album.closed == 1


def test_the_limits_are_said_and_kept(public_ctx, ctx, blocks, files):
    public = many_panel.ManyPanel(public_ctx, asked())
    assert "200 pictures, 100 MB" in many.limits_in_words(public_ctx)
    assert "10,000 pictures, 1,000 MB" in many.limits_in_words(ctx)
    assert max(size for _, size in public.size.choices) == 640
    assert max(size for _, size in many_panel.ManyPanel(ctx, asked()).size.choices) == Settings().max_video_size
    for size, form, said in ((1280, "png", "up to 640 pixels"), (640, "exe", texts.MANY_FORMAT_WRONG)):
        ((status, _),) = paint(public, files, size=size, form=form)
        assert said in status


def test_the_endpoint_tells_progress_names_and_reasons(ctx, blocks, files, broken):
    endpoint = ManyEndpoint(ctx)
    answers = []
    for file, answer in endpoint.style_many(request(), [*files, broken], None, "night", 256, "jpg"):
        answers.append(answer)
        if file is not None:
            assert names(file) == answer["made"]
    assert answers[0]["done"] == 0
    assert answers[-1]["done"] == answers[-1]["total"] == 4
    assert answers[-1]["failed"][0]["name"] == "broken <b>.jpg"
    ((file, answer),) = endpoint.style_many(request(), files, None, "no_such_style")
    assert file is None
    assert answer["error"]["code"] == "unknown_model"
    running = endpoint.style_many(request(), files, None, "night")
    next(running)
    ((_, answer),) = endpoint.style_many(request(), files, None, "night")
    assert answer["error"]["code"] == "busy"
    running.close()
