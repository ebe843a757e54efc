import base64
import gc
import io
import os
import tracemalloc
import weakref
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from facestyle.errors import ImageEmptyError, ImageTooLargeError, ImageUnreadableError
from facestyle.faces.live import DoorState, LiveFace, LiveFrame, LiveOptions
from facestyle.faces.live.head_turn import HeadTurnState
from facestyle.faces.liveness.challenge import Outcome, Step
from facestyle.faces.results import Box, Claim
from facestyle.ui import live, live_view, texts
from facestyle.ui.streams import OLDEST_SECONDS, PREFIX, PUBLIC_SECONDS, frame_of
from tests.ui.conftest import request
from tests.ui.fakes import BLUE, GREEN, RED, picture

OPTIONS = LiveOptions(tau=0.36, frames=3, seconds=2.0)
SKIP = gr.skip()


def sent(image):
    """A picture as the camera component sends it: mirrored, as a data: URI."""
    buffer = io.BytesIO()
    Image.fromarray(image[:, ::-1]).save(buffer, "JPEG", quality=95)
    return {"path": None, "url": PREFIX + base64.b64encode(buffer.getvalue()).decode("ascii")}


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


class Camera:
    """Shows frames to a session 0.1 s apart and sends the echo back, as a browser does."""

    def __init__(self, ctx, session, clock):
        self.live, self.session, self.clock = live.Live(ctx, clock), session, clock
        self.echo, self.overlay, self.card, self.rate, self.up = None, "", "", "", False

    def show(self, image, count=1, options=OPTIONS, step=0.1):
        for _ in range(count):
            self.clock.now += step
            overlay, card, rate, self.echo, self.up = self.live.show(self.session, sent(image), options, self.echo)
            for part, value in (("overlay", overlay), ("card", card), ("rate", rate)):
                if isinstance(value, str):
                    setattr(self, part, value)
        return self


@pytest.fixture
def session(ctx):
    made = ctx.session(request())
    made.faces.enroll("Ada", [picture(RED)], consent=True)
    return made


@pytest.fixture
def camera(ctx, session, clock):
    return Camera(ctx, session, clock)


def test_an_enrolled_face_is_named_and_the_door_opens(camera):
    camera.show(picture(RED))
    assert "Ada" not in camera.overlay
    camera.show(picture(RED), 3)
    assert '<bdi class="fs-name">Ada</bdi>' in camera.overlay
    assert "fs-box fs-good" in camera.overlay
    assert texts.LIVE_OPEN.format(name='<bdi class="fs-name">Ada</bdi>') in camera.card


def test_an_unknown_face_has_a_box_and_no_name(camera):
    camera.show(picture(GREEN), 6)
    assert texts.IDENTIFY_UNKNOWN in camera.overlay
    assert texts.LIVE_WHY["unknown"] in camera.card
    assert "Ada" not in camera.overlay + camera.card


def test_claims_open_for_that_person_only(camera, session):
    session.faces.enroll("Bob", [picture(BLUE)], consent=True)
    options = LiveOptions(claim=Claim("Bob"), tau=0.36, frames=3)
    camera.show(picture(RED), 6, options)
    assert texts.LIVE_CLOSED in camera.card
    assert "Bob" in camera.card  # who is claimed is no secret: the person chose it
    camera.show(picture(BLUE), 6, options)
    assert "welcome" in camera.card


def test_boxes_lie_where_the_mirror_shows_the_face(camera):
    image = picture(RED, side=60)  # 140 wide, the square at 40..100 from the left
    wide = np.concatenate([image, np.full((200, 140, 3), 128, np.uint8)], axis=1)
    camera.show(wide, 2)
    left = float(camera.overlay.split("left:")[1].split("%")[0])
    assert left == pytest.approx(100 * (280 - 100) / 280, abs=1.0)


def test_what_the_camera_sends_is_turned_back(ctx):
    image = picture(RED, GREEN)
    assert np.abs(frame_of(sent(image), ctx.settings).astype(int) - image).mean() < 3


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (None, ImageEmptyError),
        ({}, ImageEmptyError),
        ({"url": None, "path": "/etc/passwd"}, ImageEmptyError),
        ({"url": "http://127.0.0.1/x.jpg"}, ImageUnreadableError),
        ({"url": "data:image/svg+xml;base64,AAAA"}, ImageUnreadableError),
        ({"url": PREFIX + "%%%"}, ImageUnreadableError),
        ({"url": PREFIX + "AAAA"}, ImageUnreadableError),
        ({"url": PREFIX + "A" * 30_000_000}, ImageTooLargeError),
    ],
)
def test_what_is_no_picture_is_refused(ctx, session, payload, error):
    with pytest.raises(error):
        frame_of(payload, ctx.settings)
    _, card, *_ = live.Live(ctx).show(session, payload, OPTIONS, None)
    assert 'role="alert"' in card


def test_a_picture_that_may_be_old_counts_for_nothing(camera):
    camera.show(picture(RED), 2)
    for _ in range(6):
        camera.echo -= OLDEST_SECONDS
        camera.show(picture(RED))
        assert texts.LIVE_SLOW in camera.card
        assert camera.overlay == ""
    camera.show(picture(RED), 4)
    assert "welcome" in camera.card


def test_what_is_asked_changed_so_the_door_begins_anew(camera):
    camera.show(picture(RED), 4)
    assert "welcome" in camera.card
    camera.show(picture(RED), 1, LiveOptions(tau=0.3, frames=3))
    assert texts.LIVE_CLOSED in camera.card


def test_the_card_is_sent_again_only_when_it_changes(camera):
    sent_cards = 0
    for _ in range(40):
        camera.card = None
        camera.show(picture(RED))
        sent_cards += camera.card is not None
    assert sent_cards < 12


def test_the_rate_is_shown(camera):
    camera.show(picture(RED), 30)
    assert "10.0 frames a second" in camera.rate


def test_nobody_enrolled_is_said(public_ctx, clock):
    camera = Camera(public_ctx, public_ctx.session(request()), clock).show(picture(RED), 3)
    assert texts.LIVE_NOBODY in camera.card
    assert "fs-box" in camera.overlay


def test_in_public_a_stream_ends_and_can_be_begun_again(public_ctx, clock, fakes, blocks):
    camera = Camera(public_ctx, public_ctx.session(request()), clock).show(picture(RED), 3)
    clock.now += PUBLIC_SECONDS
    calls = fakes.embedder.calls
    camera.show(picture(RED), 5)
    assert fakes.embedder.calls == calls
    assert camera.up
    assert texts.LIVE_TIME_UP.split("{")[0] in camera.card
    with gr.Tab("Live") as place:
        tab = live.LiveTab(public_ctx, place)
    assert tab.on_stop(True, request())[3] is None
    camera.show(picture(RED))
    assert not camera.up


def test_on_this_computer_a_stream_has_no_end(camera, clock):
    camera.show(picture(RED), 3)
    clock.now += PUBLIC_SECONDS
    assert not camera.show(picture(RED), 5).up


def test_one_session_never_sees_anothers_people_or_stream(public_ctx, clock):
    one, other = (public_ctx.session(request(key)) for key in "ab")
    one.faces.enroll("Ada", [picture(RED)], consent=True)
    first, second = Camera(public_ctx, one, clock), Camera(public_ctx, other, clock)
    for _ in range(8):
        first.show(picture(RED))
        second.show(picture(RED))
    assert "Ada" in first.overlay
    assert "Ada" not in second.overlay + second.card
    assert one.live is not other.live


def test_a_failure_ends_in_a_sentence_and_the_stream_is_forgotten(camera, fakes, session):
    fakes.embedder.fail = RuntimeError("Ada is secret")
    camera.show(picture(RED), 2)
    assert texts.UNEXPECTED_TITLE in camera.card
    assert "Ada" not in camera.card
    assert session.live is None
    fakes.embedder.fail = None
    camera.show(picture(RED), 4)
    assert "welcome" in camera.card


def test_a_closed_tab_a_stop_and_another_model_leave_nothing_of_the_stream(ctx, clock, blocks, session):
    with gr.Tab("Live") as place:
        tab = live.LiveTab(ctx, place)
    for end in (
        lambda: tab.on_stop(False, request()),
        lambda: ctx.sessions.forget("a"),
        lambda: ctx.session(request()).use(ctx.services.faces(session.gallery, "cached")),
    ):
        now = ctx.session(request())
        Camera(ctx, now, clock).show(picture(RED), 2)
        engine = weakref.ref(now.live.engine)
        end()
        assert now.live is None
        gc.collect()
        assert engine() is None


def test_no_frame_is_written_to_disk(camera):
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    before = {path for path in folder.rglob("*") if path.is_file()}
    camera.show(picture(RED), 20)
    assert {path for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_memory_is_flat_over_a_thousand_frames(camera):
    images = [picture(RED, side=60 + n) for n in range(4)]
    sizes = []
    tracemalloc.start()
    try:
        for index in range(1000):
            camera.show(images[index % 4])
            if index % 200 == 199:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] - sizes[1] < 64 * 1024  # one frame is 84 KiB


def test_the_tab_answers_for_the_callers_session(public_ctx, blocks):
    with gr.Tab("Live") as place:
        tab = live.LiveTab(public_ctx, place)
    public_ctx.session(request("a")).faces.enroll("Ada", [picture(RED)], consent=True)
    asked = (live.ANYBODY, None, 0.36, 2, 3.0, False, None)
    for _ in range(3):
        mine = tab.on_frame(sent(picture(RED)), *asked, request("a"))
        theirs = tab.on_frame(sent(picture(RED)), *asked, request("b"))
    assert "Ada" in mine[0]
    assert "Ada" not in theirs[0]
    _, card, *_ = tab.on_frame(sent(picture(RED)), live.CLAIM, None, 0.36, 2, 3.0, False, None, request("a"))
    assert texts.LIVE_NO_CLAIM in card
    listed = tab.on_open(live.CLAIM, None, request("a"))
    assert [name for name, _ in listed.choices] == ["Ada"]
    assert tab.on_open(live.CLAIM, None, request("b")).info == texts.VERIFY_PERSON_NONE


def test_names_are_only_ever_text():
    evil = "<img src=x onerror=alert(1)>"
    face = LiveFace(1, Box(-5, 0, 700, 50), 0.99, evil, "id", 0.1, 0.5, True)
    frame = LiveFrame(0.0, (640, 480), (face,), DoorState("open", "open", evil, 1.0, 3.2), 0.36, "m", "m", 640, 1, 9.0)
    for shown in (live_view.overlay(frame), live_view.card(frame.door, 5, evil)):
        assert "<img" not in shown
        assert "&lt;img" in shown
    assert "left:0.00%" in live_view.overlay(frame)
    unknown = live_view.card(DoorState("closed", "unknown"), 5, evil)
    assert "<img" not in unknown


@pytest.mark.parametrize("why", ["no_face", "several_faces", "looking", "unknown", "challenge"])
def test_every_reason_for_a_closed_door_has_a_sentence(why):
    shown = live_view.card(DoorState("closed", why), 5, None)
    assert texts.LIVE_WHY[why] in shown
    assert texts.LIVE_CLOSED in shown


def test_what_is_asked_is_shown_large_with_an_arrow_as_the_mirror_has_it():
    closed = DoorState("closed", "challenge", "Ada")
    for step in Step:
        shown = live_view.challenge(HeadTurnState(Outcome.RUNNING, step, 0.25, 6.2), closed)
        assert texts.LIVE_TURN_STEPS[step] in shown
        assert "fs-arrow" in shown
        assert "7 s left" in shown
        assert "width:25%" in shown
    right = live_view.challenge(HeadTurnState(Outcome.RUNNING, Step.LEFT, 0.25, 6.2), closed)
    assert "to the right" in right
    assert "M4 12h15" in right  # the point at 19 of 24


def test_every_end_of_a_head_turn_has_words_and_an_open_door_needs_none():
    closed = DoorState("closed", "challenge")
    for outcome in set(Outcome) - {Outcome.RUNNING, Outcome.PASSED}:
        shown = live_view.challenge(HeadTurnState(outcome, None, 0.5, 2.5), closed)
        for words in texts.LIVE_TURN_FAILED[outcome]:
            assert words in shown
        assert "Next try in 3 s." in shown
    assert texts.LIVE_TURN_PASSED in live_view.challenge(HeadTurnState(Outcome.PASSED, progress=1.0), closed)
    assert texts.LIVE_TURN_FIRST in live_view.challenge(HeadTurnState(None), closed)
    assert live_view.challenge(HeadTurnState(Outcome.PASSED), DoorState("open", "open", "Ada", 1.0, 3.0)) == ""
    assert live_view.challenge(None, closed) == ""


def test_with_a_head_turn_asked_for_looking_is_not_enough(camera):
    options = LiveOptions(tau=0.36, frames=3, head_turn=True)
    camera.show(picture(RED), 6, options)
    assert "fs-turn" in camera.card
    assert texts.LIVE_CLOSED in camera.card
    camera.show(picture(RED), 100, options)
    assert texts.LIVE_TURN_FAILED["too_slow"][0] in camera.card
    assert "welcome" not in camera.card
    camera.show(picture(RED), 6)
    assert "welcome" in camera.card
