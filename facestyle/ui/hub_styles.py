"""Learned styles that have a network of their own on the Hub: their row of buttons, and the download behind them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.errors import DownloadCancelledError, FacestyleError, UnknownModelError, WeightsMissingError, shown
from facestyle.ui import guard, html, models, plots, texts
from facestyle.ui.context import QUIET, RAW, Context
from facestyle.ui.model_panel import MODELS_LANE, bar
from facestyle.ui.model_table import megabytes
from facestyle.ui.services import Model
from facestyle.ui.state import Session
from facestyle.ui.watched import watched

if TYPE_CHECKING:
    from facestyle.hub.progress import ProgressListener
    from facestyle.style.fast import FastStyle


@dataclass(frozen=True)
class HubStyle:
    """A learned style and the network that paints it, downloaded or not."""

    style: FastStyle
    model: Model

    @property
    def here(self) -> bool:
        """Whether it can paint at once."""
        return self.model.place != "hub"


def hub_styles(ctx: Context) -> Mapping[str, HubStyle]:
    """By their IDs, the styles whose network is not on board.

    Raises:
        CatalogueError: The catalogue is not usable.
    """
    networks = {model.id: model for model in ctx.services.models("fast_style") if model.place != "on_board"}
    styles = ctx.services.fast_styles() if networks else ()
    return {style.id: HubStyle(style, networks[style.model]) for style in styles if style.model in networks}


def check_here(ctx: Context, style_id: str) -> None:
    """Refuses to paint in a style whose network would have to be downloaded first: all faces would wait for it.

    Raises:
        InvalidRequestError: It is not here, and strangers share the page.
        WeightsMissingError: It is not here yet.
    """
    found = hub_styles(ctx).get(style_id)
    if found is not None and not found.here:
        models.check_here(ctx, found.model)
        raise WeightsMissingError(texts.STYLE_HUB_MISSING.format(style=found.style.name, id=style_id))


def fetch(ctx: Context, session: Session, style_id: str, listener: ProgressListener) -> HubStyle:
    """Downloads a style's network unless it is here, and loads it.

    Args:
        ctx: The page's.
        session: Whose download; `session.cancel` ends it.
        style_id: One of `hub_styles`.
        listener: Told how far it is.

    Raises:
        UnknownModelError: No such style.
        InvalidRequestError: It is not here, and strangers share the page.
        WeightsError: A named reason why it can't be had.
    """
    known = hub_styles(ctx)
    if style_id not in known:
        raise UnknownModelError(f"There is no style {shown(style_id)} on the Hub. Known: {', '.join(known)}.")
    models.check_here(ctx, known[style_id].model)
    with session.downloading() as cancel:
        ctx.services.fetch_model(known[style_id].model.id, listener, cancel)
    return hub_styles(ctx)[style_id]


def row(styles: Sequence[HubStyle]) -> str:
    """A row of buttons, one for each style; those that are not here say what they weigh."""
    if not styles:
        return ""
    buttons = []
    for each in styles:
        size = "" if each.here else f" <small>({html.esc(megabytes(each.model))})</small>"
        buttons.append(
            f'<button type="button" class="fs-button" data-action="style" data-id="{html.esc(each.style.id)}">'
            f"{html.esc(each.style.name)}{size}</button>"
        )
    title = html.esc(texts.STYLE_HUB if any(not each.here for each in styles) else texts.STYLE_HUB_HERE)
    return (
        f'<p class="fs-caption">{title}</p>'
        f'<div class="fs-presets" role="group" aria-label="{title}">{"".join(buttons)}</div>'
    )


class HubStyles:
    """Lays out the row and wires it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.row = gr.HTML(self._row(), js_on_load=html.CLICKS, elem_id="style-hub")
        self.cancel = gr.Button(texts.MODEL_CANCEL, visible=False, size="sm", elem_id="style-cancel")

    def wire(self, content: gr.Image, chosen: gr.State, status: gr.HTML, paint: Mapping[str, Any]) -> None:
        """Wires a click: fetch the network if need be, then paint.

        Args:
            content: The photo.
            chosen: Gets the ID of the style, or None where there is nothing to paint with.
            status: Where the progress of the download is shown.
            paint: The event that paints in the chosen style.
        """
        self.row.click(None, js=html.scroll_to(str(status.elem_id)))
        fetched: dict[str, Any] = {
            "fn": self.on_fetch,
            "inputs": [content, chosen],
            "outputs": [status, self.cancel, self.row, chosen],
            "show_progress": "minimal",
            "show_progress_on": status,
            **RAW,
            **MODELS_LANE,
        }
        self.row.click(self.on_pick, None, chosen, **QUIET).then(**fetched).then(**paint)
        self.cancel.click(self.on_cancel, None, self.cancel, queue=False, **QUIET)

    def on_load(self) -> str:
        """Which of them are here by now: the page was laid out when the program began."""
        return self._row()

    def on_pick(self, event: gr.EventData) -> str:
        """Which style was clicked."""
        return str(event.id)

    def on_fetch(self, content: object, style_id: str, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Makes sure that the network is here, with a bar during its download."""
        session = self.ctx.session(request)
        if session.busy:
            yield gr.skip(), gr.skip(), gr.skip(), None
            return
        failed = ""
        try:
            self.ctx.decode_rgba(content)  # nobody waits for a download to hear that there is no photo
            found = hub_styles(self.ctx).get(style_id)
            if found is not None and not found.here and not self.ctx.public:
                cancel = gr.Button(texts.MODEL_CANCEL, visible=True, interactive=True)
                yield plots.bar(0, texts.MODEL_ASKING, busy=True), cancel, gr.skip(), gr.skip()

            def work(listener: ProgressListener) -> HubStyle:
                return fetch(self.ctx, session, style_id, listener)

            for progress in watched(work, session.cancel):
                self.ctx.session(request)  # a call: else the clock would forget a session during a long download
                yield bar(progress), gr.skip(), gr.skip(), gr.skip()
        except DownloadCancelledError as error:
            failed = html.notice("plain", texts.MODEL_CANCELLED, error.message)
        except Exception as error:
            failed = guard.explain(error)
        yield failed or gr.skip(), gr.Button(visible=False), self._row(), None if failed else style_id

    def on_cancel(self, request: gr.Request) -> gr.Button:
        """Asks the download to end; it does with the next bytes that come."""
        self.ctx.session(request).cancel()
        return gr.Button(texts.MODEL_CANCELLING, interactive=False)

    def _row(self) -> str:
        try:
            return row([each for each in hub_styles(self.ctx).values() if each.here or not self.ctx.public])
        except FacestyleError as error:
            guard.record(error)
            return ""
