"""The endpoint `/style_video`: a clip in, a painted clip out, with its progress."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.ui import guard
from facestyle.ui.api import Json
from facestyle.ui.context import Context
from facestyle.ui.fast_choice import FastChoice
from facestyle.ui.film_panel import FILM_LANE, filmed

if TYPE_CHECKING:
    from facestyle.style.video.service import VideoResult


class FilmEndpoint:
    """Adds the endpoint; its components are never shown."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(visible=False):
            video = gr.File(label="video", type="filepath")
            style = gr.Image(label="style", type="filepath", image_mode=None)
            style_id = gr.Textbox("", label="style_id")
            size = gr.Number(384, label="size", precision=0, minimum=64)
            painted, answer = gr.File(label="painted"), gr.JSON(label="answer")
        gr.on(
            triggers=[],
            fn=self.style_video,
            inputs=[video, style, style_id, size],
            outputs=[painted, answer],
            api_name="style_video",
            preprocess=False,
            **FILM_LANE,
        )

    def style_video(
        self,
        request: gr.Request,
        video: Any,  # noqa: ANN401
        style: Any = None,  # noqa: ANN401
        style_id: str = "",
        size: float = 384,
    ) -> Generator[tuple[Any, Json]]:
        """Paints a clip in a learned style or in a style picture's; sound and rhythm stay. size: longer side."""
        session = self.ctx.session(request)
        if session.filming.running:
            yield None, {"error": {"code": "busy", "message": "This session is painting a clip already."}}
            return
        session.filming.stop.clear()
        with session.filming.going_on():
            try:
                choice = FastChoice(style, style_id or "")
                with (
                    tempfile.TemporaryDirectory(prefix="facestyle-") as folder,
                    closing(
                        filmed(self.ctx, session, clip=video, choice=choice, size=int(size), folder=folder)
                    ) as views,
                ):
                    for view in views:
                        self.ctx.session(request)
                        if view.result is not None:
                            yield view.file, _facts(view.result)
                        elif view.step is not None:
                            yield gr.skip(), {"frame": view.step.frame, "frames": view.step.frames}
            except Exception as error:
                yield None, guard.as_json(error)


def _facts(result: VideoResult) -> Json:
    """`frames, size [height, width], rate, sound, seconds`."""
    return {
        "frames": result.frames,
        "size": list(result.size),
        "rate": round(result.rate, 3),
        "sound": result.sound,
        "seconds": round(result.seconds, 3),
    }
