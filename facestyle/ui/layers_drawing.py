"""The picture that excites a channel most, drawn before one's eyes below its patches."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.ui import guard, html, plots, texts
from facestyle.ui.context import LAYERS_LANE, QUIET, Context

if TYPE_CHECKING:
    from facestyle.explain.maximize import DreamFrame

PUBLIC_DEADLINE_SECONDS = 60.0
"""Where strangers share the app a picture is left as it is after so long."""


class Drawing:
    """Lays out the button and the picture, and wires them.

    Attributes:
        parts: The button, its Stop and the picture.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.run = gr.Button(texts.LAYERS_DREAM, visible=False, elem_id="layers-draw")
        self.stop = gr.Button(texts.LAYERS_DREAM_STOP, variant="stop", visible=False, elem_id="layers-draw-stop")
        self.picture = gr.HTML("", elem_id="layers-drawn")
        self.parts = [self.run, self.stop, self.picture]
        self.run.click(
            self.on_draw,
            None,
            self.parts,
            show_progress="hidden",
            api_visibility="private",
            **LAYERS_LANE,
        )
        self.stop.click(self.on_stop, None, None, queue=False, **QUIET)

    def on_another(self, request: gr.Request) -> tuple[Any, ...]:
        """Another channel, layer or run: nothing is left of this one's picture."""
        self.ctx.session(request).looking.stop_drawing.set()
        return gr.Button(visible=False), gr.Button(visible=False), ""

    def on_offer(self, request: gr.Request) -> tuple[Any, ...]:
        """Offers to draw where a channel is shown large."""
        shown = self.ctx.session(request).looking.channel is not None
        return gr.Button(visible=shown), gr.Button(visible=False), gr.skip()

    def on_stop(self, request: gr.Request) -> None:
        """Leaves the picture as it is."""
        self.ctx.session(request).looking.stop_drawing.set()

    def on_draw(self, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Draws, and shows how it comes to be."""
        session = self.ctx.session(request)
        looking = session.looking
        seen, number, channel = looking.seen, looking.number, looking.channel
        if seen is None or channel is None:
            return
        looking.stop_drawing.clear()
        yield gr.Button(visible=False), gr.Button(visible=True), plots.bar(0, texts.LAYERS_STARTING, busy=True)
        first: DreamFrame | None = None
        frame: DreamFrame | None = None
        session.busy += 1
        try:
            with closing(self.ctx.services.explainer().maximise(number, channel, backbone=seen.model)) as frames:
                for frame in frames:
                    first = first or frame
                    yield gr.skip(), gr.skip(), shown(frame, first, number, channel, busy=True)
                    if looking.stop_drawing.is_set():
                        break
                    if self.ctx.public and frame.seconds > PUBLIC_DEADLINE_SECONDS:
                        break
        except Exception as error:
            yield gr.Button(visible=True), gr.Button(visible=False), guard.explain(error)
            return
        finally:
            session.busy -= 1
        if (looking.number, looking.channel) != (number, channel) or frame is None or first is None:
            yield gr.skip(), gr.Button(visible=False), ""
            return
        yield gr.Button(visible=True), gr.Button(visible=False), shown(frame, first, number, channel, busy=False)


def shown(frame: DreamFrame, first: DreamFrame, number: int, channel: int, *, busy: bool) -> str:
    """The picture with how far it is, or with what became of the activation."""
    alt = html.esc(texts.LAYERS_DREAM_ALT.format(number=number, channel=channel))
    picture = f'<img class="fs-drawn" src="{html.data_uri(frame.image)}" alt="{alt}">'
    if busy:
        words = texts.LAYERS_DREAM_STEP.format(step=frame.step, steps=frame.steps)
        if frame.seconds_left is not None:
            words = f"{words}, {texts.STYLE_LEFT.format(time=html.duration(frame.seconds_left))}"
        return plots.bar(frame.step / frame.steps, words) + picture
    words = texts.LAYERS_DREAM_DONE.format(
        step=frame.step,
        time=html.duration(frame.seconds),
        first=f"{first.activation:,.0f}".replace("-", "−"),
        last=f"{frame.activation:,.0f}",
    )
    return f'{picture}<p class="fs-fine">{html.esc(words)}</p>'
