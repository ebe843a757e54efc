"""The accordion that paints the webcam's stream: at the largest size that keeps up, and nothing of it is stored.

Pictures come as data: URIs and go back as data: URIs, so no frame is ever written to disk.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from facestyle.ui import guard, html, texts
from facestyle.ui.context import QUIET, Context
from facestyle.ui.fast_choice import FastChoice, chosen_style
from facestyle.ui.state import Session
from facestyle.ui.streams import PUBLIC_SECONDS, frame_of
from facestyle.ui.webcam import webcam

if TYPE_CHECKING:
    from facestyle.style.fast import AnyFastStyle

CAMERA_LANE: dict[str, Any] = {"concurrency_id": "camera", "concurrency_limit": 4}
"""A stream keeps its place for as long as it runs, so it must not stand in the lane of single calls."""

EVERY_SECONDS = 0.05
SMALLEST, LARGEST, FIRST = 192, 512, 256
"""Longer side of a painted frame, pixels."""

SLOW_SECONDS, QUICK_SECONDS = 0.2, 0.1
"""A frame that takes longer than the first makes the next ones smaller, one below the second larger."""

SETTLED = 4
"""Frames of one size before it may grow."""

TURN_SECONDS = 1.0

STOP_CAMERA = (
    "(up) => { if (up) { const button = document.querySelector('#camera-picture button.capture-button'); "
    "if (button) button.click(); } return up; }"
)


@dataclass
class PaintedStream:
    """What a stream needs from frame to frame. No picture is among it.

    Attributes:
        began: Clock reading of the first frame.
        size: Of the next painted frame.
        asked: The values that `style` was made of; other ones make another style.
        style: What is painted in.
    """

    began: float
    size: int = FIRST
    asked: tuple[object, ...] = ()
    style: AnyFastStyle | None = None
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=15))
    _same: int = 0

    def note(self, now: float, seconds: float) -> None:
        """One more frame was painted in so many seconds: the next one may have another size."""
        self._times.append(now)
        self._same += 1
        size = self.size
        if seconds > SLOW_SECONDS:
            # Time goes with the area: at least this much smaller brings it under the limit.
            size = int(self.size * max(0.5, (SLOW_SECONDS / seconds) ** 0.5 * 0.9))
        elif seconds < QUICK_SECONDS and self._same >= SETTLED:
            size = int(self.size * 1.25)
        size = min(LARGEST, max(SMALLEST, size // 16 * 16))
        if size != self.size:
            self.size, self._same = size, 0

    @property
    def fps(self) -> float | None:
        """Frames a second over the last few; None before the third."""
        if len(self._times) < 3 or self._times[-1] <= self._times[0]:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])


class CameraPanel:
    """Lays out the accordion and wires it.

    Args:
        ctx: The context.
        asked: The components that say which style, in the order of `FastChoice`.
        clock: Monotonic seconds.
    """

    def __init__(self, ctx: Context, asked: list[Any], clock: Callable[[], float] = time.monotonic) -> None:
        self.ctx = ctx
        self.clock = clock
        self._turn = threading.Lock()
        with gr.Accordion(texts.CAMERA, open=False, elem_id="camera"):
            gr.HTML(f'<p class="fs-fine">{html.esc(texts.CAMERA_HINT)}</p>')
            self.picture = webcam("camera-picture")
            self.painted = gr.HTML("", elem_id="camera-painted")
        self.up = gr.Checkbox(False, visible="hidden")
        streaming = self.picture.stream(
            self.on_frame,
            [self.picture, *asked],
            [self.painted, self.up],
            preprocess=False,
            stream_every=EVERY_SECONDS,
            time_limit=None,
            **CAMERA_LANE,
            **QUIET,
        )
        streaming.then(self.on_stop, self.up, [self.painted, self.up], **QUIET)
        self.up.change(None, self.up, None, js=STOP_CAMERA, api_visibility="private")

    def on_frame(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        payload: Any,  # noqa: ANN401
        style: object,
        chosen: str,
        second: str | None,
        second_picture: object,
        share: float,
        request: gr.Request,
    ) -> tuple[Any, bool]:
        """One picture of the stream, painted, unless another stream's takes too long."""
        session = self.ctx.session(request)
        try:
            if not self._turn.acquire(timeout=TURN_SECONDS):
                return gr.skip(), False
            try:
                return self._paint(session, payload, FastChoice(style, chosen, second, second_picture, float(share)))
            finally:
                self._turn.release()
        except Exception as error:
            session.painted_stream = None
            return guard.explain(error), False

    def on_stop(self, up: bool, request: gr.Request) -> tuple[Any, bool]:
        """The camera stopped: nothing of the stream is left."""
        self.ctx.session(request).painted_stream = None
        return gr.skip() if up else "", False

    def _paint(self, session: Session, payload: object, choice: FastChoice) -> tuple[Any, bool]:
        now = self.clock()
        stream = session.painted_stream = session.painted_stream or PaintedStream(now)
        if self.ctx.public and now - stream.began > PUBLIC_SECONDS:
            session.painted_stream = None
            return html.notice("warn", texts.LIVE_TIME_UP.format(minutes=round(PUBLIC_SECONDS / 60))), True
        image = frame_of(payload, self.ctx.settings)
        asked = (choice.chosen, choice.second, choice.share, str(choice.style), str(choice.second_picture))
        if stream.style is None or stream.asked != asked:
            stream.style, stream.asked = chosen_style(self.ctx, choice)[0], asked
        size = stream.size
        painted = self.ctx.services.stylize_fast(image, style=stream.style, size=size)
        done = self.clock()
        stream.note(done, done - now)
        mirror = np.ascontiguousarray(painted[:, ::-1])
        rate = texts.CAMERA_RATE.format(rate="–" if stream.fps is None else f"{stream.fps:.1f}", size=size)
        return (
            f'<img class="fs-stream" src="{html.data_uri(mirror)}" alt="{html.esc(texts.CAMERA_ALT)}">'
            f'<p class="fs-fine">{html.esc(rate)}</p>'
        ), False
