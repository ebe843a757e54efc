"""The Models accordion: a list for each purpose, the progress of a download with Cancel, and the table of facts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.errors import DownloadCancelledError
from facestyle.ui import guard, html, models, plots, texts
from facestyle.ui.context import QUIET, Context
from facestyle.ui.model_table import MEGABYTE, choices, table
from facestyle.ui.services import Kind, Model, Purpose
from facestyle.ui.state import Session
from facestyle.ui.watched import watched

if TYPE_CHECKING:
    from facestyle.hub.progress import Progress, ProgressListener

MODELS_LANE: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": 1}
"""One download at a time, which holds up no comparison."""

OTHERS: tuple[Purpose, ...] = ("fast_style", "liveness")
"""Further models of the table: Fast styles has a button for each style, Verify and Identify a box for liveness."""


def choose(ctx: Context, session: Session, kind: Kind, model_id: str, listener: ProgressListener) -> tuple[str, bool]:
    """Goes on with another model, downloaded if need be.

    Returns:
        HTML of what happened, and whether the model is in use now. If not, the session goes on with the one it had.
    """
    try:
        switched = models.switch(ctx, session, {kind: model_id}, listener)
    except DownloadCancelledError as error:
        extra = models.stays(ctx, session, kind)
        return html.notice("plain", texts.MODEL_CANCELLED, error.message, extra=extra), False
    except Exception as error:
        return guard.explain(error, extra=models.stays(ctx, session, kind)), False
    return models.in_use(switched, kind), True


def bar(progress: Progress) -> str:
    """One step of a download: how far, how fast, how long still."""
    done = progress.done_bytes / MEGABYTE
    words = [texts.MODEL_DOWNLOADED.format(done=done)]
    if progress.total_bytes:
        words = [texts.MODEL_DOWNLOADED_OF.format(done=done, total=progress.total_bytes / MEGABYTE)]
    if progress.bytes_per_s is not None:
        words.append(texts.MODEL_SPEED.format(speed=progress.bytes_per_s / MEGABYTE))
    if progress.eta_s is not None:
        words.append(texts.MODEL_LEFT.format(time=html.duration(progress.eta_s)))
    sentence = f"{texts.MODEL_DOWNLOADING.format(title=progress.title)}: {', '.join(words)}"
    share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 0
    return plots.bar(share, sentence, busy=not progress.total_bytes)


@dataclass(frozen=True)
class Followers:
    """What another model changes elsewhere on the page.

    Attributes:
        taus: The sliders of its threshold, Verify's first: that one hides until there is a distance again.
        answers: Answers of another model, so they go; each with what is shown in its place.
    """

    taus: tuple[gr.Slider, ...]
    answers: tuple[tuple[gr.HTML, str], ...]


class ModelPanel:
    """Lays out the closed accordion below the tabs and wires it."""

    def __init__(self, ctx: Context, followers: Followers) -> None:
        self.ctx = ctx
        self.choices: dict[Kind, gr.Dropdown] = {}
        self.buttons: dict[Kind, gr.Button] = {}
        with gr.Accordion(texts.MODEL, open=False, elem_id="model"):
            hint = texts.MODEL_CHOOSE_INFO_PUBLIC if ctx.public else texts.MODEL_CHOOSE_INFO
            gr.HTML(f'<p class="fs-fine">{html.esc(hint)}</p>')
            with gr.Row():
                for kind in models.KINDS:
                    self._lay_out(kind)
            self.state = gr.HTML("", elem_id="model-state")
            self.cancel = gr.Button(texts.MODEL_CANCEL, visible=False, size="sm", elem_id="model-cancel")
            self.table = gr.HTML(self._table(None), elem_id="model-table")
        self.followers = followers
        self._wire()

    def _lay_out(self, kind: Kind) -> None:
        found = self.ctx.services.models(kind)
        with gr.Column(min_width=280):
            self.choices[kind] = gr.Dropdown(
                choices(found, public=self.ctx.public),
                value=models.current(found, None),
                label=texts.MODEL_GROUPS[kind],
                info=texts.MODEL_PURPOSES[kind],
                filterable=False,
                elem_id=f"model-{kind}",
            )
            self.buttons[kind] = gr.Button(texts.MODEL_RUNS[kind], elem_id=f"model-{kind}-run")

    def _wire(self) -> None:
        after = [*self.followers.taus, *(answer for answer, _ in self.followers.answers)]
        # Buttons, as the lists' own events won't do: `select` misses the keyboard, and `input` is reported once more
        # when an answer puts the list back, so that a download that failed would be tried again behind its own notice.
        for kind in models.KINDS:
            self.buttons[kind].click(
                self.handler(kind),
                self.choices[kind],
                [self.state, self.cancel, self.table, self.choices[kind], *after],
                show_progress="minimal",
                show_progress_on=self.state,
                api_visibility="private",
                trigger_mode="once",
                **MODELS_LANE,
            )
        self.cancel.click(self.on_cancel, None, self.cancel, queue=False, **QUIET)

    @property
    def shown(self) -> list[gr.HTML | gr.Dropdown]:
        """What `on_load` brings up to date."""
        return [self.table, *self.choices.values()]

    def on_load(self, request: gr.Request) -> tuple[Any, ...]:
        """Where each model is now: the page was laid out when the program began."""
        found = [self.ctx.services.models(kind) for kind in models.KINDS]
        # No values: a quick person may have chosen already, and a page that loads has a session that hasn't.
        lists = [gr.Dropdown(choices(listed, public=self.ctx.public)) for listed in found]
        return (self._table(self.ctx.session(request)), *lists)

    def handler(self, kind: Kind) -> Callable[..., Generator[tuple[Any, ...]]]:
        """What the button of a purpose calls."""

        def on_choice(model_id: str, request: gr.Request) -> Generator[tuple[Any, ...]]:
            yield from self.on_choice(kind, model_id, request)

        return on_choice

    def on_choice(self, kind: Kind, model_id: str, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Changes the model, and what follows it; after a failure only the list goes back to what is in use."""
        session = self.ctx.session(request)
        follow = len(self.followers.taus) + len(self.followers.answers)
        rest = [gr.skip()] * (2 + follow)
        if self._will_download(kind, model_id):
            cancel = gr.Button(texts.MODEL_CANCEL, visible=True, interactive=True)
            yield (plots.bar(0, texts.MODEL_ASKING, busy=True), cancel, *rest)
        else:
            yield (plots.bar(0, texts.MODEL_LOADING, busy=True), gr.skip(), *rest)

        def work(listener: ProgressListener) -> tuple[str, bool]:
            return choose(self.ctx, session, kind, model_id, listener)

        steps = watched(work, session.cancel)
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                said, done = end.value
                break
            self.ctx.session(request)  # a call: else the clock would forget a session during a long download
            yield (bar(progress), gr.skip(), *rest)
        shown = (said, gr.Button(visible=False), self._table(session), self._list(kind, session))
        yield (*shown, *(self._followers(kind, session) if done else [gr.skip()] * follow))

    def on_cancel(self, request: gr.Request) -> gr.Button:
        """Asks the download to end; it does with the next bytes that come."""
        self.ctx.session(request).cancel()
        return gr.Button(texts.MODEL_CANCELLING, interactive=False)

    def _will_download(self, kind: Kind, model_id: str) -> bool:
        found = self.ctx.services.models(kind)
        return not self.ctx.public and any(model.id == model_id and model.place == "hub" for model in found)

    def _followers(self, kind: Kind, session: Session) -> list[Any]:
        taus, answers = self.followers.taus, self.followers.answers
        if kind == "backbone":
            return [gr.skip()] * (len(taus) + len(answers))
        others = len(taus) - 1
        empty = [shown for _, shown in answers]
        if kind == "detector":
            return [gr.Slider(visible=False), *[gr.skip()] * others, *empty]
        low, high = session.faces.tau_range
        # Reset goes back to the value that the page opened with, which is the threshold of the model on board.
        first = session.faces.model == self.ctx.services.models(kind)[0].id
        follow: dict[str, Any] = {
            "minimum": low,
            "maximum": high,
            "value": session.faces.default_tau,
            "buttons": ["reset"] if first else [],
        }
        return [gr.Slider(**follow, visible=False), *(gr.Slider(**follow) for _ in range(others)), *empty]

    def _list(self, kind: Kind, session: Session) -> gr.Dropdown:
        found = self.ctx.services.models(kind)
        return gr.Dropdown(choices(found, public=self.ctx.public), value=models.current(found, session))

    def _table(self, session: Session | None) -> str:
        groups: list[tuple[Purpose, Sequence[Model], str]] = []
        for kind in models.KINDS:
            listed = self.ctx.services.models(kind)
            groups.append((kind, listed, models.current(listed, session)))
        groups += [(purpose, self.ctx.services.models(purpose), "") for purpose in OTHERS]
        return table(groups, public=self.ctx.public)
