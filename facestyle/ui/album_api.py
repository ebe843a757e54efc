"""The endpoints `/cluster` and `/enroll_group`: an album in, its faces by person out; then a group under a name."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Any

import gradio as gr

from facestyle.errors import InvalidRequestError
from facestyle.faces.album.enrolment import enroll_group, group_of
from facestyle.ui import guard, texts
from facestyle.ui.album import PUBLIC_DEADLINE_SECONDS
from facestyle.ui.api import Json, answering
from facestyle.ui.context import ALBUM_LANE, FACES_LANE, Context

METHODS = ("linkage", "kmeans", "density")


class AlbumEndpoints:
    """Adds the endpoints; their components are never shown."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(visible=False):
            album: list[Any] = [
                gr.File(label="files", file_count="multiple", type="filepath"),
                gr.Radio(list(METHODS), value="linkage", label="method"),
                gr.Number(None, label="k", precision=0, minimum=1),
                gr.Checkbox(label="same_photo"),
            ]
            enrolling: list[Any] = [
                gr.Number(label="group", precision=0, minimum=1),
                gr.Textbox(label="name"),
                gr.Checkbox(label="consent"),
                gr.Checkbox(label="keep_thumbnail"),
                gr.Checkbox(label="accept_conflict"),
            ]
            answer = gr.JSON(label="answer")
        event: dict[str, Any] = {"triggers": [], "outputs": answer, "preprocess": False}
        gr.on(fn=self.cluster, inputs=album, api_name="cluster", **event, **ALBUM_LANE)
        gr.on(fn=self.enroll_group, inputs=enrolling, api_name="enroll_group", **event, **FACES_LANE)

    def cluster(
        self,
        request: gr.Request,
        files: Any,  # noqa: ANN401
        method: str = "linkage",
        k: float | None = None,
        same_photo: bool = False,
    ) -> Generator[Json]:
        """Groups the faces of pictures and zip files by person. k: number of people, for kmeans only."""
        session = self.ctx.session(request)
        if session.grouping.running:
            yield {"error": {"code": "busy", "message": "This session is grouping an album already."}}
            return
        session.album = None
        session.grouping.stop.clear()
        with session.grouping.going_on():
            try:
                running = self.ctx.services.group_album(
                    session.faces,
                    self.ctx.album(files),
                    method=method,  # type: ignore[arg-type]  # the library refuses what it doesn't know
                    k=None if k is None else int(k),
                    same_photo=same_photo is True,
                    deadline=PUBLIC_DEADLINE_SECONDS if self.ctx.public else None,
                )
                with closing(running) as steps:
                    for step in steps:
                        self.ctx.session(request)
                        if session.grouping.stop.is_set():
                            return
                        if step.result is not None:
                            session.album = step.result
                            yield step.result.as_dict()
                        else:
                            yield {"done": step.done, "total": step.total, "faces": step.faces}
            except Exception as error:
                yield guard.as_json(error)

    @answering
    def enroll_group(  # noqa: PLR0917 - their names are the API
        self,
        request: gr.Request,
        group: float | None,
        name: str,
        consent: bool,
        keep_thumbnail: bool = False,
        accept_conflict: bool = False,
    ) -> Json:
        """Adds a group of the caller's last album to the gallery. group: its number. consent: the person agreed.

        accept_conflict: also a face that looks like somebody enrolled under another name, or unlike the others.
        """
        session = self.ctx.session(request)
        session.check_may_change()
        if session.album is None:
            raise InvalidRequestError(texts.ALBUM_GONE)
        number = 0 if group is None else int(group)
        person = enroll_group(
            session.faces,
            session.album,
            number,
            name or "",
            consent=consent is True,
            keep_thumbnail=keep_thumbnail is True,
            accept_conflict=accept_conflict is True,
        )
        return {
            "id": person.id,
            "name": person.name,
            "added": len(group_of(session.album, number).faces),
            "embeddings": person.embeddings,
            "model": session.album.model,
        }
