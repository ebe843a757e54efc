"""Which models a session works with: to compare faces, to find them, to paint. The next session begins anew.

No layout in here: `model_panel` is the accordion, `model_api` the endpoints, and both go through `switch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.style.results import DEFAULT_BACKBONE
from facestyle.ui import guard, html, texts
from facestyle.ui.context import Context
from facestyle.ui.services import Kind, Model
from facestyle.ui.state import Session

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService
    from facestyle.hub.progress import ProgressListener

KINDS: tuple[Kind, ...] = ("embedder", "detector", "backbone")


@dataclass(frozen=True)
class Switched:
    """What a session works with from now on.

    Attributes:
        models: The models that were chosen.
        faces: The face service with them; None if only the backbone was chosen.
        strangers: How many enrolled people that service does not know.
    """

    models: Mapping[Kind, Model]
    faces: FaceService | None = None
    strangers: int = 0


def switch(ctx: Context, session: Session, wanted: Mapping[Kind, str], listener: ProgressListener) -> Switched:
    """Goes on with other models, downloaded if need be: with all of them, or after a failure with what it had.

    People enrolled with another embedder or another detector are kept and not found: `FaceService.preprocessing`
    names the detector, and embeddings that differ in it are never compared.

    Args:
        ctx: The page's.
        session: Whose choice.
        wanted: Catalogue IDs.
        listener: Told about a download; `session.cancel` ends it.

    Raises:
        UnknownModelError: No such model for that purpose.
        InvalidRequestError: It is not here, and strangers share the page.
        WeightsError: A named reason why it can't be had.
    """
    chosen = {kind: find(ctx.services.models(kind), ident) for kind, ident in wanted.items()}
    for model in chosen.values():
        check_here(ctx, model)
    with session.downloading() as cancel:
        held = [ctx.services.fetch_model(model.id, listener, cancel) for model in chosen.values()]
    switched = Switched(chosen)
    if not {"embedder", "detector"}.isdisjoint(chosen):
        gallery, before = session.gallery, session.choice
        faces = ctx.services.faces(
            gallery, wanted.get("embedder", before.embedder), wanted.get("detector", before.detector)
        )
        strangers = len(gallery.list()) - gallery.count(faces.model, faces.preprocessing)
        switched = Switched(chosen, faces, strangers)
        session.use(faces)
    del held  # until here it kept the networks from being loaded twice
    if "backbone" in chosen:
        session.paint_with(chosen["backbone"].id)
    return switched


def find(models: Sequence[Model], ident: str) -> Model:
    """The model of that ID, among those of one kind.

    Raises:
        UnknownModelError: None has it.
    """
    for model in models:
        if model.id == ident:
            return model
    known = ", ".join(model.id for model in models)
    noun = texts.MODEL_NOUNS[models[0].kind] if models else "model"
    raise UnknownModelError(f"There is no {noun} “{ident}”. Known: {known}.")


def check_here(ctx: Context, model: Model) -> None:
    """Refuses a download on a page that strangers share.

    Checked here as well as in the lists of choices: whoever calls an endpoint must not fill the disk either.

    Raises:
        InvalidRequestError: It would need one.
    """
    if ctx.public and model.place == "hub":
        raise InvalidRequestError(texts.MODEL_PUBLIC)


def backbone(ctx: Context, session: Session, ident: str | None = None) -> str:
    """The feature network to paint with: the one asked for, else the session's.

    Raises:
        UnknownModelError: No feature network has that ID.
        InvalidRequestError: It is not here, and strangers share the page.
    """
    if not ident:
        return session.choice.backbone or DEFAULT_BACKBONE
    model = find(ctx.services.models("backbone"), ident)
    check_here(ctx, model)
    return model.id


def current(models: Sequence[Model], session: Session | None) -> str:
    """ID of the model in use, among those of one kind: the first one, on board, unless the session chose."""
    chosen = None if session is None else getattr(session.choice, models[0].kind)
    return models[0].id if chosen is None else chosen


def in_use(switched: Switched, kind: Kind) -> str:
    """That a model is in use, what it does, and how many enrolled people must be enrolled again."""
    model, faces = switched.models[kind], switched.faces
    title = texts.MODEL_NOW.format(title=model.title)
    hint, extra = texts.MODEL_NOW_HINTS[kind], ""
    if faces is not None and kind == "embedder":
        metric = texts.METRICS.get(faces.metric, faces.metric)
        hint = hint.format(tau=html.number(faces.default_tau), metric=metric)
        extra = f"<p>{html.esc(tau_origin(model))}</p>" if model.tau_source else ""
    if not switched.strangers:
        return html.notice("good", title, hint, extra=extra)
    pattern = texts.MODEL_ENROLL_AGAIN_ONE if switched.strangers == 1 else texts.MODEL_ENROLL_AGAIN
    again = f"<p>{html.esc(pattern.format(count=switched.strangers))}</p>"
    return html.notice("warn", title, hint, extra=extra + again)


def tau_origin(model: Model) -> str:
    """Where an embedder's default threshold comes from, as a sentence."""
    return texts.MODEL_TAU_SOURCE.format(source=model.tau_source)


def tau_line(ctx: Context, ident: str, tau: float) -> str:
    """The embedder's default threshold and its origin, as HTML in small print; empty where that isn't known."""
    try:
        model = find(ctx.services.models("embedder"), ident)
    except UnknownModelError:
        return ""
    if not model.tau_source:
        return ""
    words = f"{texts.MODEL_TAU.format(title=model.title, tau=html.number(tau))} {tau_origin(model)}"
    return f'<p class="fs-fine">{html.esc(words)}</p>'


def stays(ctx: Context, session: Session, kind: Kind) -> str:
    """Which model a session goes on with, as HTML for below a refusal; empty where even that can't be told."""
    try:
        models = ctx.services.models(kind)
        title = find(models, current(models, session)).title
    except Exception as error:
        guard.record(error)
        return ""
    return f"<p>{html.esc(texts.MODEL_STAYS.format(title=title))}</p>"
