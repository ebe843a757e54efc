"""The accordion that paints a small album: progress with the time left, and a Stop that keeps what is done."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import closing
from typing import Any

import gradio as gr

from facestyle.ui import guard, html, many, plots, texts
from facestyle.ui.context import QUIET, RAW, Context
from facestyle.ui.fast_choice import FastChoice
from facestyle.ui.film_panel import FILM_LANE
from facestyle.ui.job_buttons import stopping, unlocked


class ManyPanel:
    """Lays out the accordion and wires it.

    Args:
        ctx: The context.
        asked: The components that say which style, in the order of `FastChoice`.
    """

    def __init__(self, ctx: Context, asked: list[Any]) -> None:
        self.ctx = ctx
        with gr.Accordion(texts.MANY, open=False, elem_id="many"):
            gr.HTML(f'<p class="fs-fine">{html.esc(many.limits_in_words(ctx))}</p>')
            self.files = gr.File(
                label=texts.MANY_FILES,
                file_count="multiple",
                file_types=["image", ".zip"],
                type="filepath",
                height=160,
                elem_id="many-files",
            )
            self.size = gr.Radio(many.sizes(ctx), value=640, label=texts.STYLE_SIZE, elem_id="many-size")
            forms = [(label, form) for form, label in texts.MANY_FORMATS.items()]
            self.form = gr.Radio(forms, value="png", label=texts.MANY_FORMAT, elem_id="many-format")
            with gr.Row():
                self.run = gr.Button(texts.MANY_RUN, variant="primary", elem_id="many-run")
                self.stop = gr.Button(texts.MANY_STOP, variant="stop", visible=False, elem_id="many-stop")
            self.status = gr.HTML("", elem_id="many-status")
            self.file = gr.DownloadButton(texts.MANY_DOWNLOAD, visible=False, elem_id="many-download")
        locking = self.run.click(self.on_lock, None, [self.status, self.file, self.run, self.stop], **QUIET)
        running = locking.then(
            self.on_many,
            [self.files, self.size, self.form, *asked],
            [self.status, self.file],
            show_progress="hidden",  # its own words say more
            **FILM_LANE,
            **RAW,
        )
        running.then(self.on_unlock, None, [self.status, self.run, self.stop], **QUIET)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before an album: Stop in the place of the button."""
        session = self.ctx.session(request)
        if session.painting_many.running:
            return (gr.skip(),) * 4
        session.painting_many.stop.clear()
        session.painting_many.waiting = True
        stop = gr.Button(texts.MANY_STOP, visible=True, interactive=True)
        waiting = plots.bar(0, texts.STYLE_WAITING, busy=True)
        return waiting, gr.DownloadButton(visible=False), gr.Button(visible=False), stop

    def on_many(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        files: object,
        size: float,
        form: str,
        style: object,
        chosen: str,
        second: str | None,
        second_picture: object,
        share: float,
        request: gr.Request,
    ) -> Generator[tuple[Any, Any]]:
        """Paints the photos in the style that is chosen on the tab."""
        session = self.ctx.session(request)
        if session.painting_many.running:
            yield gr.skip(), gr.skip()  # a generator that yields nothing would empty what is shown
            return
        with session.painting_many.going_on():
            try:
                choice = FastChoice(style, chosen, second, second_picture, float(share))
                with (
                    tempfile.TemporaryDirectory(prefix="facestyle-") as folder,
                    closing(
                        many.painted(
                            self.ctx, session, files=files, choice=choice, size=int(size), form=form, folder=folder
                        )
                    ) as views,
                ):
                    for view in views:
                        self.ctx.session(request)  # a call: else the clock would forget a session meanwhile
                        found = gr.skip() if view.file is None else gr.DownloadButton(value=view.file, visible=True)
                        yield view.status, found
            except Exception as error:
                yield guard.explain(error), gr.skip()

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After an album, or after a queue that was too full for one."""
        return unlocked(self.ctx.session(request).painting_many)

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the work to end; it does within a photo, and hands out what is done."""
        return stopping(self.ctx.session(request).painting_many)
