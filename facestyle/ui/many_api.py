"""The endpoint `/style_many`: photos in, a zip of paintings out, with its progress."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.ui import guard, many
from facestyle.ui.api import Json
from facestyle.ui.context import Context
from facestyle.ui.fast_choice import FastChoice
from facestyle.ui.film_panel import FILM_LANE

if TYPE_CHECKING:
    from facestyle.style.batch_work import BatchStep


class ManyEndpoint:
    """Adds the endpoint; its components are never shown."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(visible=False):
            pictures = gr.File(label="pictures", file_count="multiple", type="filepath")
            style = gr.Image(label="style", type="filepath", image_mode=None)
            style_id = gr.Textbox("", label="style_id")
            size = gr.Number(640, label="size", precision=0, minimum=64)
            form = gr.Textbox("png", label="form")
            painted, answer = gr.File(label="painted"), gr.JSON(label="answer")
        gr.on(
            triggers=[],
            fn=self.style_many,
            inputs=[pictures, style, style_id, size, form],
            outputs=[painted, answer],
            api_name="style_many",
            preprocess=False,
            **FILM_LANE,
        )

    def style_many(  # noqa: PLR0917 - an endpoint's arguments have an order
        self,
        request: gr.Request,
        pictures: Any,  # noqa: ANN401
        style: Any = None,  # noqa: ANN401
        style_id: str = "",
        size: float = 640,
        form: str = "png",
    ) -> Generator[tuple[Any, Json]]:
        """Paints pictures and zips of pictures in a learned style or in a style picture's. form: png or jpg."""
        session = self.ctx.session(request)
        if session.painting_many.running:
            yield None, {"error": {"code": "busy", "message": "This session is painting an album already."}}
            return
        session.painting_many.stop.clear()
        with session.painting_many.going_on():
            try:
                choice = FastChoice(style, style_id or "")
                with (
                    tempfile.TemporaryDirectory(prefix="facestyle-") as folder,
                    closing(
                        many.painted(
                            self.ctx, session, files=pictures, choice=choice, size=int(size), form=form, folder=folder
                        )
                    ) as views,
                ):
                    for view in views:
                        self.ctx.session(request)
                        if view.step is not None:
                            yield view.file, _facts(view.step)
            except Exception as error:
                yield None, guard.as_json(error)


def _facts(step: BatchStep) -> Json:
    """`done, total, made` (names in the zip), `failed [{name, code, reason}], seconds, seconds_left`."""
    return {
        "done": step.done,
        "total": step.total,
        "made": [path.name for path in step.made],
        "failed": [{"name": one.name, "code": one.code, "reason": one.reason} for one in step.failed],
        "seconds": round(step.seconds, 3),
        "seconds_left": None if step.seconds_left is None else round(step.seconds_left, 3),
    }
