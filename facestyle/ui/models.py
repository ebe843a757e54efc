"""The face model: which embedder Verify, Identify and Enroll work with. One choice per session, none for the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import gradio as gr

from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.ui import guard, html, identify, texts, verify
from facestyle.ui.context import Context
from facestyle.ui.services import FaceModel
from facestyle.ui.state import Session

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService
    from facestyle.hub.progress import Progress

MODELS_LANE: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": 1}
"""One download at a time, which holds up no comparison."""

MEGABYTE = 1e6


class Bar(Protocol):
    """`gr.Progress`, as far as it is used here."""

    def __call__(self, share: float | None, /, *, desc: str) -> object:
        """Shows a share of 0 to 1, or None where it is unknown."""
        ...


def choose(ctx: Context, session: Session, model_id: str, bar: Bar) -> tuple[str, bool]:
    """Goes on with another embedder, downloaded if need be.

    Returns:
        HTML of what happened, and whether the model is in use now. If not, the session goes on with the one it had.
    """
    try:
        model = find(ctx.services.face_models(), model_id)
        if ctx.public and model.place == "hub":
            # Checked here as well as in the list of choices: whoever calls the endpoint must not fill the disk either.
            raise InvalidRequestError(texts.MODEL_PUBLIC)
        ctx.services.fetch_model(model.id, lambda progress: show(bar, progress))
        faces = ctx.services.faces(session.gallery, model.id)
        strangers = len(session.gallery.list()) - session.gallery.count(faces.model, faces.preprocessing)
    except Exception as error:
        return guard.explain(error, extra=stays(ctx, session)), False
    session.use(faces)
    return in_use(model, faces, strangers), True


def find(models: Sequence[FaceModel], model_id: str) -> FaceModel:
    """The model of that ID.

    Raises:
        UnknownModelError: No embedder has it.
    """
    for model in models:
        if model.id == model_id:
            return model
    known = ", ".join(model.id for model in models)
    raise UnknownModelError(f"There is no face model “{model_id}”. Known models: {known}.")


def show(bar: Bar, progress: Progress) -> None:
    """One step of a download on the bar: how far, how fast, how long still."""
    done = progress.done_bytes / MEGABYTE
    words = [texts.MODEL_DOWNLOADED.format(done=done)]
    fraction = None
    if progress.total_bytes:
        words = [texts.MODEL_DOWNLOADED_OF.format(done=done, total=progress.total_bytes / MEGABYTE)]
        fraction = min(1.0, progress.done_bytes / progress.total_bytes)
    if progress.bytes_per_s is not None:
        words.append(texts.MODEL_SPEED.format(speed=progress.bytes_per_s / MEGABYTE))
    if progress.eta_s is not None:
        words.append(texts.MODEL_LEFT.format(time=html.duration(progress.eta_s)))
    bar(fraction, desc=f"{texts.MODEL_DOWNLOADING.format(title=progress.title)}: {', '.join(words)}")


def in_use(model: FaceModel, faces: FaceService, strangers: int) -> str:
    """That a model is in use, with its threshold, and how many enrolled people it doesn't know."""
    metric = texts.METRICS.get(faces.metric, faces.metric)
    hint = texts.MODEL_NOW_HINT.format(tau=html.number(faces.default_tau), metric=metric)
    if not strangers:
        return html.notice("good", texts.MODEL_NOW.format(title=model.title), hint)
    pattern = texts.MODEL_ENROLL_AGAIN_ONE if strangers == 1 else texts.MODEL_ENROLL_AGAIN
    again = f"<p>{html.esc(pattern.format(count=strangers))}</p>"
    return html.notice("warn", texts.MODEL_NOW.format(title=model.title), hint, extra=again)


def stays(ctx: Context, session: Session) -> str:
    """Which model a session goes on with, as HTML for below a refusal; empty where even that can't be told."""
    try:
        models = ctx.services.face_models()
        title = find(models, current(models, session)).title
    except Exception as error:
        guard.record(error)
        return ""
    return f"<p>{html.esc(texts.MODEL_STAYS.format(title=title))}</p>"


def current(models: Sequence[FaceModel], session: Session | None) -> str:
    """ID of the model in use: the first one, on board, unless the session chose."""
    return models[0].id if session is None or session.model is None else session.model


def table(models: Sequence[FaceModel], used: str, *, public: bool) -> str:
    """A line per model."""
    head = "".join(f'<th scope="col">{html.esc(column)}</th>' for column in texts.MODEL_COLUMNS)
    lines = "".join(_line(model, used=model.id == used, public=public) for model in models)
    # Six columns are wider than a phone: the table scrolls, not the page; tabindex lets the keyboard scroll it.
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{html.esc(texts.MODEL)}">'
        f'<table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _line(model: FaceModel, *, used: bool, public: bool) -> str:
    megabytes = model.size / MEGABYTE
    size = texts.MODEL_SIZE_SMALL if megabytes < 1 else texts.MODEL_SIZE.format(megabytes=megabytes)
    published = [texts.MODEL_PUBLISHED.format(benchmark=name, percent=value) for name, value in model.published.items()]
    cells = (
        "<br>".join(map(html.esc, published)) or "–",
        html.esc(texts.MODEL_VERIFIED[model.verified]),
        html.esc(place(model, public=public)),
        html.esc(model.licence),
    )
    mark = f" <small>{html.esc(texts.MODEL_IN_USE)}</small>" if used else ""
    return (
        f'<tr><th scope="row">{html.esc(model.title)}{mark}</th><td style="white-space:nowrap">{html.esc(size)}</td>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def place(model: FaceModel, *, public: bool) -> str:
    """Where a model is, in words."""
    if public and model.place == "hub":
        return texts.MODEL_PLACE_PUBLIC
    return texts.MODEL_PLACES[model.place]


def choices(models: Sequence[FaceModel], *, public: bool) -> list[tuple[str, str]]:
    """What can be chosen: all, or in public what is here."""
    return [
        (f"{model.title} ({place(model, public=public)})", model.id)
        for model in models
        if not public or model.place != "hub"
    ]


@dataclass(frozen=True)
class Followers:
    """What another model changes elsewhere on the page.

    Attributes:
        taus: The sliders of its threshold.
        verdict: Verify's answer, with its details below: another model's, so it goes.
        details: See above.
        identified: Identify's answer.
    """

    taus: tuple[gr.Slider, gr.Slider]
    verdict: gr.HTML
    details: gr.HTML
    identified: gr.HTML


class ModelPanel:
    """Lays out the closed accordion below the tabs and wires it."""

    def __init__(self, ctx: Context, followers: Followers) -> None:
        self.ctx = ctx
        models = ctx.services.face_models()
        used = current(models, None)
        info = texts.MODEL_CHOOSE_INFO_PUBLIC if ctx.public else texts.MODEL_CHOOSE_INFO
        with gr.Accordion(texts.MODEL, open=False, elem_id="model"):
            self.choice = gr.Dropdown(
                choices(models, public=ctx.public),
                value=used,
                label=texts.MODEL_CHOOSE,
                info=info,
                filterable=False,
                elem_id="model-choice",
            )
            self.run = gr.Button(texts.MODEL_RUN, elem_id="model-run")
            self.state = gr.HTML("", min_height=80, elem_id="model-state")
            self.table = gr.HTML(table(models, used, public=ctx.public), elem_id="model-table")
        after = [*followers.taus, followers.verdict, followers.details, followers.identified]
        # A button, as the list's own events won't do: `select` misses the keyboard, and `input` is reported once more
        # when an answer puts the list back, so that a download that failed would be tried again behind its own notice.
        self.run.click(
            self.on_choice,
            self.choice,
            [self.state, self.table, self.choice, *after],
            show_progress="full",
            show_progress_on=self.state,
            api_visibility="private",
            trigger_mode="once",
            **MODELS_LANE,
        )

    def on_choice(
        self,
        model_id: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - this is how Gradio hands it over
    ) -> tuple[Any, ...]:
        """Changes the model, and what follows it; after a failure only the list goes back to what is in use."""
        session = self.ctx.session(request)

        def bar(share: float | None, /, *, desc: str) -> None:
            self.ctx.session(request)  # a call: else the clock would forget a session during a long download
            progress(share, desc=desc)

        said, done = choose(self.ctx, session, model_id, bar)
        models = self.ctx.services.face_models()
        used = current(models, session)
        listed = gr.Dropdown(choices=choices(models, public=self.ctx.public), value=used)
        shown = (said, table(models, used, public=self.ctx.public), listed)
        if not done:
            return *shown, *[gr.skip()] * 5
        low, high = session.faces.tau_range
        tau = session.faces.default_tau
        # Reset goes back to the value that the page opened with, which is the threshold of the model on board.
        first = used == models[0].id
        follow: dict[str, Any] = {"minimum": low, "maximum": high, "value": tau, "buttons": ["reset"] if first else []}
        return (
            *shown,
            gr.Slider(**follow, visible=False),  # Verify shows it again with the next distance
            gr.Slider(**follow),
            verify.EMPTY,
            "",
            identify.EMPTY,
        )
