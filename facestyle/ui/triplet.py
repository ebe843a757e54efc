"""The explorer of one triplet: three photos on the pretrained network, and the margin under a slider."""

from __future__ import annotations

from typing import Any

import gradio as gr

from facestyle.errors import FaceError
from facestyle.learning.triplet import measure_triplet
from facestyle.ui import guard, html, samples, texts, triplet_view
from facestyle.ui.context import FACES_LANE, QUIET, RAW, Context
from facestyle.ui.state import Session

EMPTY = html.empty(texts.TRIPLET_EMPTY, texts.TRIPLET_EMPTY_HINT)
DEFAULT_MARGIN = 0.2
"""FaceNet's."""


def measured(ctx: Context, session: Session, pictures: tuple[object, ...], margin: float) -> str:
    """Embeds the three and lays out the answer, or says in its place why there is none."""
    session.triplet = None
    try:
        decoded = []
        for name, picture in zip(texts.TRIPLET_ROLES, pictures, strict=True):
            try:
                decoded.append(ctx.decode(picture))
            except Exception as error:
                return guard.explain(error, where=name)
        session.triplet = measure_triplet(session.faces, decoded)
    except FaceError as error:
        return guard.explain(error, where=texts.TRIPLET_ROLES[error.picture])
    except Exception as error:
        return guard.explain(error)
    return judged(session, margin)


def judged(session: Session, margin: float) -> str:
    """The last triplet under another margin; no network runs."""
    return EMPTY if session.triplet is None else triplet_view.answer(session.triplet, float(margin))


class TripletExplorer:
    """Lays out the explorer and wires it.

    Attributes:
        result: The answer; emptied when another model is chosen.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                gr.HTML(f'<p class="fs-lead">{html.esc(texts.TRIPLET_LEAD)}</p>')
                with gr.Row(elem_id="triplet-pictures"):
                    self.pictures = [
                        gr.Image(
                            value=samples.path(sample),
                            label=label,
                            type="filepath",
                            image_mode=None,
                            sources=["upload", "webcam", "clipboard"],
                            webcam_options=gr.WebcamOptions(mirror=False),
                            height=190,
                            min_width=140,
                            buttons=["fullscreen"],
                            elem_id=f"triplet-{number}",
                        )
                        for number, (label, sample) in enumerate(
                            zip(texts.TRIPLET_ROLES, samples.TRIPLET[0].pictures, strict=True)
                        )
                    ]
                self.run = gr.Button(texts.TRIPLET_RUN, variant="primary", elem_id="triplet-run")
                self.strip = gr.HTML(samples.strip(samples.TRIPLET), js_on_load=html.CLICKS, elem_id="triplet-examples")
            with gr.Column(scale=6, min_width=320):
                self.margin = gr.Slider(
                    0,
                    1,
                    value=DEFAULT_MARGIN,
                    step=0.01,
                    label=texts.MARGIN,
                    info=texts.MARGIN_INFO,
                    buttons=["reset"],
                    elem_id="triplet-margin",
                )
                self.result = gr.HTML(EMPTY, elem_id="triplet-result")
        self._wire()

    def _wire(self) -> None:
        measuring: dict[str, Any] = {
            "fn": self.on_run,
            "inputs": [*self.pictures, self.margin],
            "outputs": self.result,
            "show_progress_on": self.result,
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.run.click, self.strip.click):
            trigger(None, js=html.scroll_to("triplet-result"))
        self.run.click(**measuring)
        self.strip.click(self.on_example, None, self.pictures, **QUIET).then(**measuring)
        self.margin.input(self.on_margin, self.margin, self.result, trigger_mode="always_last", **QUIET)

    def on_run(self, anchor: object, positive: object, negative: object, margin: float, request: gr.Request) -> str:
        """Measures the three."""
        return measured(self.ctx, self.ctx.session(request), (anchor, positive, negative), margin)

    def on_margin(self, margin: float, request: gr.Request) -> str:
        """Judges anew."""
        return judged(self.ctx.session(request), margin)

    def on_example(self, event: gr.EventData) -> list[str]:
        """Fills in an example."""
        return [samples.path(picture) for picture in samples.TRIPLET[int(event.id)].pictures]
