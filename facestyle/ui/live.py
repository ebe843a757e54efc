"""Tab Live: verify or identify on the webcam's stream, and a door that opens for people.

Pictures come as data: URIs and only boxes go back, so no frame is ever written to disk or sent out again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from facestyle.faces.live import LiveEngine, LiveFrame, LiveOptions
from facestyle.faces.results import RGB, Claim
from facestyle.ui import guard, html, live_view, texts
from facestyle.ui.context import QUIET, Context
from facestyle.ui.state import Session
from facestyle.ui.streams import OLDEST_SECONDS, PUBLIC_SECONDS, Stream, frame_of
from facestyle.ui.verify import tau_slider
from facestyle.ui.webcam import webcam

ANYBODY, CLAIM = "anybody", "claim"

# A stream keeps its place in the queue for as long as it runs, so it must not stand in the lane of single calls.
LIVE_LANE: dict[str, Any] = {"concurrency_id": "live", "concurrency_limit": 4}

EVERY_SECONDS = 0.05
"""How often the browser takes a picture at the most. Where the machine is slower, the newest picture wins."""

TURN_SECONDS = 1.0
"""How long a stream waits for another one's frame to be done, before its own is too old to look at."""

RATE_SECONDS = 1.0
"""How often the line about the rate changes."""

WAITING = html.notice("plain", texts.LIVE_WAITING, texts.LIVE_WAITING_HINT)

STOP_CAMERA = (
    "(up) => { if (up) { const button = document.querySelector('#live-camera button.capture-button'); "
    "if (button) button.click(); } return up; }"
)

Shown = tuple[Any, Any, Any, float | None, bool]
"""Boxes, card, rate line, the server's clock to be sent back with the next picture, whether the time is up."""


class Live:
    """Answers frames. One frame at a time over all streams: two would only make both late.

    Args:
        ctx: The context.
        clock: Monotonic seconds.
    """

    def __init__(self, ctx: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self.ctx = ctx
        self.clock = clock
        self._turn = threading.Lock()

    def show(self, session: Session, payload: object, options: LiveOptions, echo: float | None) -> Shown:
        """One frame of a session's stream.

        Args:
            session: Whose stream.
            payload: What the camera component sends.
            options: What is asked.
            echo: The clock as of the last answer that the browser had when it took the picture: so the picture is no
                older than what has passed since. No clock of the browser's is asked.
        """
        try:
            if not self._turn.acquire(timeout=TURN_SECONDS):
                return gr.skip(), gr.skip(), gr.skip(), self.clock(), False
            try:
                return self._show(session, payload, options, echo)
            finally:
                self._turn.release()
        except Exception as error:
            session.live = None
            return "", guard.explain(error), "", self.clock(), False

    def answer(self, session: Session, image: RGB, options: LiveOptions) -> LiveFrame:
        """One frame (H, W, 3) that is no mirror's, for a program; its failures are the caller's to explain."""
        with self._turn:
            now = self.clock()
            stream = self._stream(session, options, now)
            stream.last = now
            return stream.engine.update(image, now)

    def _show(self, session: Session, payload: object, options: LiveOptions, echo: float | None) -> Shown:
        now = self.clock()
        image = frame_of(payload, self.ctx.settings)
        stream = self._stream(session, options, now)
        if self.ctx.public and now - stream.began > PUBLIC_SECONDS:
            minutes = round(PUBLIC_SECONDS / 60)
            return "", html.notice("warn", texts.LIVE_TIME_UP.format(minutes=minutes)), "", now, True
        age = None if echo is None or stream.last == stream.began else max(0.0, now - echo)
        if age is not None and age > OLDEST_SECONDS:
            stream.card = html.notice("warn", texts.LIVE_SLOW)
            stream.note(now, age)
            return "", stream.card, gr.skip(), self.clock(), False
        frame = stream.engine.update(image, now)
        done = self.clock()
        stream.note(now, None if age is None else age + done - now, frame.ms)
        return (live_view.overlay(frame), *self._words(session, stream, frame), done, False)

    def _words(self, session: Session, stream: Stream, frame: LiveFrame) -> tuple[Any, Any]:
        """The card and the rate line, or nothing where they are as they were."""
        claim = stream.options.claim
        claimed = None if claim is None else session.gallery.get(claim.person).name
        card = live_view.challenge(frame.challenge, frame.door)
        card += live_view.card(frame.door, stream.options.frames, claimed) + self._nobody(session, stream)
        rate = stream.rate[0]
        if frame.t - stream.rate[1] >= RATE_SECONDS:
            rate = live_view.rate(stream.fps, stream.ms, stream.age)
        shown = (gr.skip() if card == stream.card else card, gr.skip() if rate == stream.rate[0] else rate)
        if rate != stream.rate[0]:
            stream.rate = (rate, frame.t)
        stream.card = card
        return shown

    def _nobody(self, session: Session, stream: Stream) -> str:
        faces = stream.faces
        if session.gallery.count(faces.model, faces.preprocessing):
            return ""
        words = texts.LIVE_NOBODY_MODEL if session.gallery.list() else texts.LIVE_NOBODY
        return f'<p class="fs-fine">{html.esc(words)}</p>'

    def _stream(self, session: Session, options: LiveOptions, now: float) -> Stream:
        """The running stream. What is asked changed, or who answers: the engine and its door begin anew."""
        faces, old = session.faces, session.live
        if old is None or old.faces is not faces or old.options != options:
            began, last = (now, now) if old is None else (old.began, old.last)
            session.live = Stream(LiveEngine(faces, options), faces, options, began, last)
        assert session.live is not None  # noqa: S101
        return session.live


class LiveTab:
    """Lays out the tab and wires it.

    Args:
        ctx: The context.
        place: The tab: when it is opened, the list of people is renewed.

    Attributes:
        tau: Follows the model.
    """

    def __init__(self, ctx: Context, place: gr.Tab) -> None:
        self.ctx = ctx
        self.live = Live(ctx)
        with gr.Row(equal_height=False):
            with gr.Column(scale=6, min_width=320):
                with gr.Column(elem_id="live-stage"):
                    self.camera = webcam("live-camera")
                    self.overlay = gr.HTML("", elem_id="live-overlay")
                self.rate = gr.HTML("", elem_id="live-rate")
            with gr.Column(scale=5, min_width=320):
                self.card = gr.HTML(WAITING, elem_id="live-card")
                self.mode = gr.Radio(
                    [(texts.LIVE_ANYBODY, ANYBODY), (texts.LIVE_CLAIM, CLAIM)],
                    value=ANYBODY,
                    label=texts.LIVE_MODE,
                    elem_id="live-mode",
                )
                self.person = gr.Dropdown(
                    [], label=texts.VERIFY_PERSON, info=texts.VERIFY_PERSON_NONE, visible=False, elem_id="live-person"
                )
                self.turn = gr.Checkbox(
                    label=texts.LIVE_TURN, info=texts.LIVE_TURN_INFO, value=False, elem_id="live-turn"
                )
                self.tau = tau_slider(ctx, elem_id="live-tau")
                default = LiveOptions()
                with gr.Accordion(texts.ADVANCED, open=False):
                    self.frames = gr.Slider(
                        2, 20, value=default.frames, step=1, label=texts.LIVE_FRAMES, info=texts.LIVE_FRAMES_INFO
                    )
                    self.seconds = gr.Slider(0.5, 10, value=default.seconds, step=0.5, label=texts.LIVE_SECONDS)
                gr.HTML(f'<p class="fs-fine">{html.esc(texts.LIVE_HOW)}</p>')
        self.echo = gr.Number(None, visible="hidden")
        self.up = gr.Checkbox(False, visible="hidden")
        self._wire(place)

    def _wire(self, place: gr.Tab) -> None:
        asked = [self.camera, self.mode, self.person, self.tau, self.frames, self.seconds, self.turn, self.echo]
        streaming = self.camera.stream(
            self.on_frame,
            asked,
            [self.overlay, self.card, self.rate, self.echo, self.up],
            preprocess=False,
            stream_every=EVERY_SECONDS,
            time_limit=None,
            **LIVE_LANE,
            **QUIET,
        )
        shown = [self.overlay, self.card, self.rate, self.echo, self.up]
        streaming.then(self.on_stop, self.up, shown, **QUIET)
        self.up.change(None, self.up, None, js=STOP_CAMERA, api_visibility="private")
        gr.on([place.select, self.mode.input], self.on_open, [self.mode, self.person], self.person, **QUIET)

    def on_frame(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        payload: Any,  # noqa: ANN401
        mode: str,
        person: str | None,
        tau: float,
        frames: float,
        seconds: float,
        turn: bool,
        echo: float | None,
        request: gr.Request,
    ) -> Shown:
        """One picture of the stream."""
        session = self.ctx.session(request)
        if mode == CLAIM and not person:
            session.live = None
            return "", html.notice("warn", texts.LIVE_NO_CLAIM), "", None, False
        claim = Claim(person) if mode == CLAIM and person else None
        options = LiveOptions(
            claim=claim, tau=float(tau), frames=int(frames), seconds=float(seconds), head_turn=turn is True
        )
        return self.live.show(session, payload, options, echo)

    def on_stop(self, up: bool, request: gr.Request) -> Shown:
        """The camera stopped: nothing of the stream is left, and the door is closed."""
        self.ctx.session(request).live = None
        words = gr.skip() if up else html.notice("plain", texts.LIVE_WAITING, texts.LIVE_STOPPED)
        return "", words, "", None, False

    def on_open(self, mode: str, person: str | None, request: gr.Request) -> gr.Dropdown:
        """The people to choose from, as enrolled now."""
        try:
            people = [(one.name, one.id) for one in self.ctx.session(request).gallery.list()]
        except Exception as error:
            guard.record(error)
            people = []
        info = None if people else texts.VERIFY_PERSON_NONE
        value = live_view.choices(people, person)
        return gr.Dropdown(choices=people, value=value, info=info, visible=mode == CLAIM)
