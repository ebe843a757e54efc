"""The endpoints for programs about models: `/models` lists them, `/use_model` chooses for the caller's session.

`/fetch_style` downloads a learned style.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.errors import InvalidRequestError
from facestyle.ui import guard, hub_styles, models
from facestyle.ui.context import Context
from facestyle.ui.model_panel import MODELS_LANE
from facestyle.ui.services import Kind, Model

if TYPE_CHECKING:
    from facestyle.hub.progress import Progress

Json = dict[str, Any]


def model_json(model: Model, *, in_use: bool) -> Json:
    """`id, kind, title, bytes, licence, published, verified, place, in_use`; `tau_source` for embedders."""
    facts: Json = {
        "id": model.id,
        "kind": model.kind,
        "title": model.title,
        "bytes": model.size,
        "licence": model.licence,
        "published": dict(model.published),
        "verified": model.verified,
        "place": model.place,
        "in_use": in_use,
    }
    return facts | ({"tau_source": model.tau_source} if model.kind == "embedder" else {})


class ModelEndpoints:
    """Adds the endpoints; their components are never shown."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(visible=False):
            wanted = [gr.Textbox("", label=kind) for kind in models.KINDS]
            answer = gr.JSON(label="answer")
            style_id = gr.Textbox("", label="style_id")
        gr.on(triggers=[], fn=self.models, inputs=[], outputs=answer, api_name="models")
        gr.on(triggers=[], fn=self.use_model, inputs=wanted, outputs=answer, api_name="use_model", **MODELS_LANE)
        gr.on(triggers=[], fn=self.fetch_style, inputs=style_id, outputs=answer, api_name="fetch_style", **MODELS_LANE)

    def models(self, request: gr.Request) -> Json:
        """Every model that can be chosen, and which are in use for this caller. place: on_board, downloaded or hub."""
        try:
            session = self.ctx.session(request)
            found = [self.ctx.services.models(kind) for kind in models.KINDS]
            used = [models.current(listed, session) for listed in found]
            pairs = zip(found, used, strict=True)
            return {"models": [model_json(model, in_use=model.id == one) for listed, one in pairs for model in listed]}
        except Exception as error:
            return guard.as_json(error)

    def use_model(self, request: gr.Request, embedder: str = "", detector: str = "", backbone: str = "") -> Json:
        """Chooses for this caller: all that are named, or none of them. An empty name leaves what is in use."""
        try:
            session = self.ctx.session(request)
            named: dict[Kind, str] = {"embedder": embedder, "detector": detector, "backbone": backbone}
            wanted = {kind: ident for kind, ident in named.items() if ident}
            if not wanted:
                raise InvalidRequestError("Name an embedder, a detector or a backbone. /models lists them.")

            def touch(_: Progress) -> None:
                self.ctx.session(request)  # else the clock would forget a session during a long download

            switched = models.switch(self.ctx, session, wanted, touch)
            faces = switched.faces or session.faces
            embedders = self.ctx.services.models("embedder")
            return {
                "embedder": faces.model,
                "detector": faces.detector.model,
                "backbone": models.backbone(self.ctx, session),
                "tau": faces.default_tau,
                "tau_source": models.find(embedders, faces.model).tau_source,
                "metric": faces.metric,
                "enroll_again": switched.strangers,
            }
        except Exception as error:
            return guard.as_json(error)

    def fetch_style(self, request: gr.Request, style_id: str) -> Json:
        """Downloads the network of a learned style unless it is here, so that /style_fast can paint with it."""
        try:
            session = self.ctx.session(request)

            def touch(_: Progress) -> None:
                self.ctx.session(request)

            found = hub_styles.fetch(self.ctx, session, style_id, touch)
            return {"id": found.style.id, "name": found.style.name, "model": model_json(found.model, in_use=False)}
        except Exception as error:
            return guard.as_json(error)
