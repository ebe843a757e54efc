"""The endpoint `/live_frame`: one frame of a program's own camera in, the followed faces and the door out as JSON.

The caller's session keeps what is followed from frame to frame, as the Live tab does; the uploaded frame is deleted as
soon as it is read.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from facestyle import images
from facestyle.faces.live import LiveFrame, LiveOptions
from facestyle.faces.live.head_turn import HeadTurnState
from facestyle.faces.results import RGB, Claim
from facestyle.ui import uploads
from facestyle.ui.api import Json, answering
from facestyle.ui.context import FACES_LANE, Context
from facestyle.ui.live import Live


def live_json(frame: LiveFrame) -> Json:
    """`faces: [{track, box, name, distance, agreement}], door: {open, why, name, progress, closes_in}, tau, ...`.

    With a head turn also `head_turn: {outcome, step, progress, seconds_left}`; left and right are the picture's.
    """
    faces = [
        {
            "track": face.track,
            "box": face.box.as_list(),
            "name": face.name,
            "distance": face.distance,
            "agreement": face.agreement,
        }
        for face in frame.faces
    ]
    door = frame.door
    turn = frame.challenge
    asked: Json = {}
    if isinstance(turn, HeadTurnState):
        asked["head_turn"] = {
            "outcome": turn.outcome,
            "step": turn.step,
            "progress": turn.progress,
            "seconds_left": turn.seconds_left,
        }
    return {
        "faces": faces,
        "door": {
            "open": door.open,
            "why": door.why,
            "name": door.name,
            "progress": door.progress,
            "closes_in": door.closes_in,
        },
        "size": list(frame.size),
        "tau": frame.tau,
        "metric": frame.metric,
        "model": frame.model,
        "ms": round(frame.ms, 1),
        **asked,
    }


class LiveEndpoint:
    """Adds the endpoint; its components are never shown."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.live = Live(ctx)
        default = LiveOptions()
        with gr.Row(visible=False):
            picture = gr.Image(label="picture", type="filepath", image_mode=None)
            name, tau = gr.Textbox("", label="name"), gr.Number(None, label="tau", minimum=0)
            frames = gr.Number(default.frames, label="frames", precision=0, minimum=1, maximum=1000)
            seconds = gr.Number(default.seconds, label="seconds", minimum=0)
            turn = gr.Checkbox(False, label="head_turn")
            answer = gr.JSON(label="answer")
        gr.on(
            triggers=[],
            fn=self.live_frame,
            inputs=[picture, name, tau, frames, seconds, turn],
            outputs=answer,
            api_name="live_frame",
            preprocess=False,
            **FACES_LANE,
        )

    @answering
    def live_frame(  # noqa: PLR0917 - their names are the API
        self,
        request: gr.Request,
        picture: Any,  # noqa: ANN401
        name: str = "",
        tau: float | None = None,
        frames: float = 5,
        seconds: float = 3.0,
        head_turn: bool = False,
    ) -> Json:
        """The next frame of a stream, now. name: who may open the door; empty for anybody. head_turn: ask for one."""
        image = self._read(picture)
        session = self.ctx.session(request)
        options = LiveOptions(
            claim=Claim(name) if name else None,
            tau=tau,
            frames=int(frames),
            seconds=float(seconds),
            head_turn=head_turn is True,
        )
        return live_json(self.live.answer(session, image, options))

    def _read(self, picture: object) -> RGB:
        noted: uploads.Uploads = {}
        if (file := self.ctx.upload(picture)) is not None:
            uploads.note(noted, file)
        try:
            return images.decode(file, settings=self.ctx.settings)
        finally:
            uploads.discard(noted)
