"""Beside a run of the Style tab: the quick preview before it, the film after it, and the session's paintings."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import gradio as gr

from facestyle.errors import FacestyleError, InvalidRequestError, shown
from facestyle.style.recipe import recipe_of
from facestyle.ui import guard, history, html, painting, plots, texts
from facestyle.ui.context import FACES_LANE, QUIET, RAW, Context
from facestyle.ui.film_panel import FILM_LANE
from facestyle.ui.painting import View
from facestyle.ui.state import Session
from facestyle.ui.style_controls import Controls, recipe_values
from facestyle.ui.style_result import Result, updates

QUICK_SIZE = 384

STYLE_PULL = 4.0
"""How strongly a fast network's style counts beside the photo's, at equal alpha and beta: by eye, as a run's does."""


def photo_share(alpha: float, beta: float) -> float:
    """Share of the photo's own style vector in the quick preview, 0 to 1, for the weights of a run.

    Only a likeness: the fast network knows no J. It is 0 without a photo term, 1 without a style term.
    """
    whole = alpha + STYLE_PULL * beta
    return alpha / whole if whole > 0 else 0.0


def _runs(session: Session) -> bool:
    return session.busy > 0 or session.waiting


class StyleExtras:
    """Wires what is laid out in `Result`; its handlers never touch a run.

    Args:
        ctx: The context.
        result: The tab's right side.
        controls: The knobs, which a painting that is brought back sets.
    """

    def __init__(self, ctx: Context, result: Result, controls: Controls) -> None:
        self.ctx = ctx
        self.result = result
        self.controls = controls

    def wire_quick(self, content: gr.Image, style: gr.Image) -> None:
        """Shows the quick preview as soon as there are two pictures, and again when alpha or beta move."""
        alpha, beta = self.controls.alpha, self.controls.beta
        gr.on(
            [content.change, style.change, alpha.input, beta.input],
            self.on_quick,
            [content, style, alpha, beta],
            self.result.quick,
            trigger_mode="always_last",
            show_progress="hidden",
            **FACES_LANE,
            **RAW,
        )

    def wire_result(self) -> None:
        """The film and the paintings to go back to."""
        result = self.result
        result.film_run.click(
            self.on_make_film,
            result.film_format,
            [result.film_status, result.film_file],
            show_progress="hidden",
            api_visibility="private",
            **FILM_LANE,
        )
        result.history.click(self.on_back, None, [*result.shown, *self.controls.knobs], **QUIET)

    @property
    def cleared(self) -> list[Any]:
        """What `on_clear` empties."""
        return [self.result.quick, self.result.film, self.result.film_status, self.result.film_file]

    def on_clear(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a run: no quick preview, and no film of the last one."""
        if self.ctx.session(request).busy:
            return (gr.skip(),) * 4
        return "", gr.Accordion(visible=False), "", gr.DownloadButton(visible=False)

    def on_history(self, request: gr.Request) -> str:
        """The paintings of this session, as they are now."""
        return history.strip(self.ctx.session(request).history)

    def on_quick(
        self, content: object, style: object, alpha: float, beta: float, request: gr.Request
    ) -> Generator[Any]:
        """The fast network's picture, unless a run is going on. What it can't paint, Paint will explain."""
        session = self.ctx.session(request)
        if _runs(session):
            yield gr.skip()
            return
        if content is None or style is None:
            yield ""
            return
        try:
            photo, painted_with = self.ctx.decode(content), self.ctx.decode(style)
            began = time.monotonic()
            wanted = self.ctx.services.mix(painted_with, photo, photo_share(float(alpha), float(beta)))
            image = self.ctx.services.stylize_fast(photo, style=wanted, size=QUICK_SIZE)
            seconds = time.monotonic() - began
        except FacestyleError:
            yield ""
            return
        except Exception as error:
            guard.record(error)
            yield ""
            return
        if _runs(session):  # a run was started meanwhile
            yield gr.skip()
            return
        words = texts.STYLE_QUICK.format(time=html.duration(seconds))
        yield (
            f'<figure class="fs-quick"><img src="{html.data_uri(image)}" alt="{html.esc(texts.STYLE_QUICK_ALT)}">'
            f"<figcaption>{html.esc(words)}</figcaption></figure>"
        )

    def on_make_film(self, form: str, request: gr.Request) -> Generator[tuple[Any, Any]]:
        """Makes the film of the run whose painting is shown."""
        painted = self.ctx.session(request).painted
        try:
            if painted is None or painted.reel is None:
                raise InvalidRequestError(texts.STYLE_NOTHING_TO_CONTINUE_HINT)
            if form not in {"mp4", "gif"}:
                raise InvalidRequestError(f"A film can be mp4 or gif, not {shown(form)}.")
            yield plots.bar(0, texts.STYLE_FILM_BUSY, busy=True), gr.DownloadButton(visible=False)
            with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
                path = Path(folder) / f"facestyle.{form}"
                self.ctx.services.write_film(str(path), painted.reel.pictures(painted.result), len(painted.reel) + 1)
                yield "", gr.DownloadButton(value=str(path), visible=True)
        except Exception as error:
            yield guard.explain(error), gr.DownloadButton(visible=False)

    def on_back(self, event: gr.EventData, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Shows an earlier painting again, and sets the knobs as they were for it."""
        session = self.ctx.session(request)
        knobs: list[Any] = [gr.skip()] * len(self.controls.knobs)
        if _runs(session):
            yield (*updates(View()), *knobs)
            return
        painted = session.history.find(str(event.id))
        if painted is None:
            yield (*updates(View(status=html.notice("warn", texts.STYLE_HISTORY_GONE))), *knobs)
            return
        session.painted = painted
        status = html.notice("good", texts.STYLE_HISTORY_BACK)
        if painted.request is not None:
            knobs, _ = recipe_values(self.controls, recipe_of(painted.request, steps=painted.steps))
            status = html.notice("good", texts.STYLE_HISTORY_BACK, texts.STYLE_HISTORY_BACK_HINT)
        for view in painting.finished(painted, status=status, curve=""):
            yield (*updates(view), *knobs)
