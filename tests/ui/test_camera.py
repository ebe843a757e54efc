"""The camera painted live: the size follows the rate, and nothing of it is kept."""

import base64
import io

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from facestyle.ui import camera, texts
from facestyle.ui.streams import PUBLIC_SECONDS
from tests.ui.conftest import request
from tests.ui.fakes import RED, picture


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def asked():
    """What the tab says which style with."""
    return [gr.Image(), gr.State(""), gr.Textbox(), gr.Image(), gr.Slider()]


@pytest.fixture
def panel(ctx, blocks, clock):
    return camera.CameraPanel(ctx, asked(), clock)


def payload(image=None):
    buffer = io.BytesIO()
    Image.fromarray(picture(RED) if image is None else image).save(buffer, "JPEG", quality=95)
    return {"url": f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"}


def frame(panel, image=None, *, style=None, chosen="night", session="a"):
    return panel.on_frame(payload(image), style, chosen, "", None, 0.5, request(session))


def shown(piece):
    data = piece.partition("base64,")[2].partition('"')[0]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_a_frame_comes_back_painted_and_still_a_mirror(panel):
    image = np.zeros((96, 128, 3), np.uint8)
    image[:, :64] = 255
    piece, up = frame(panel, image)
    assert not up
    painted = shown(piece)
    assert painted[:, :48].mean() < 20  # the learned style of the tests inverts
    assert painted[:, 80:].mean() > 235
    assert f"{camera.FIRST} pixels" in piece


def test_no_picture_is_kept_and_a_stop_forgets_the_stream(panel, ctx):
    frame(panel)
    stream = ctx.session(request()).painted_stream
    assert not any(isinstance(value, np.ndarray) and value.ndim == 3 for value in vars(stream).values())
    assert panel.on_stop(False, request()) == ("", False)
    assert ctx.session(request()).painted_stream is None


def test_another_style_takes_effect_with_the_next_frame(panel, ctx):
    frame(panel, chosen="night")
    assert ctx.session(request()).painted_stream.style == "night"
    frame(panel, chosen="day")
    assert ctx.session(request()).painted_stream.style == "day"


def test_the_size_falls_until_it_keeps_up_and_grows_where_there_is_room():
    stream = camera.PaintedStream(0.0)
    stream.note(1.0, 0.8)
    assert camera.SMALLEST <= stream.size < camera.FIRST
    for _ in range(50):
        stream.note(2.0, 5.0)
    assert stream.size == camera.SMALLEST
    for _ in range(100):
        stream.note(3.0, 0.01)
    assert stream.size == camera.LARGEST
    before = stream.size
    stream.note(4.0, 0.15)
    assert stream.size == before  # in between nothing changes, so that the picture does not jump


def test_the_rate_is_that_of_the_last_frames():
    stream = camera.PaintedStream(0.0)
    assert stream.fps is None
    for number in range(10):
        stream.note(number * 0.25, 0.15)
    assert stream.fps == pytest.approx(4.0)


def test_without_a_style_it_is_said(panel):
    piece, _ = frame(panel, chosen="")
    assert texts.FAST_NO_STYLE in piece


@pytest.mark.parametrize("sent", [None, {}, {"url": "data:image/png;base64,AAAA"}, {"url": "data:image/jpeg;base64,?"}])
def test_what_is_no_picture_is_said(panel, sent):
    piece, up = panel.on_frame(sent, None, "night", "", None, 0.5, request())
    assert "fs-bad" in piece
    assert not up


def test_strangers_have_a_deadline_and_others_have_none(public_ctx, ctx, blocks, clock):
    for context, ends in ((public_ctx, True), (ctx, False)):
        clock.now = 0.0
        panel = camera.CameraPanel(context, asked(), clock)
        frame(panel)
        clock.now = PUBLIC_SECONDS + 1
        piece, up = frame(panel)
        assert up is ends
        assert ("fs-warn" in piece) is ends


def test_a_frame_that_waits_too_long_for_another_is_left_out(panel, monkeypatch):
    monkeypatch.setattr(camera, "TURN_SECONDS", 0.01)
    with panel._turn:
        piece, up = frame(panel)
    assert isinstance(piece, dict)
    assert not up
