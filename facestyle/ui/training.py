"""Watching a small network learn: choices, a live view, and a stop."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import closing
from typing import Any, cast

import gradio as gr

from facestyle.images.albums import Limits
from facestyle.learning.results import MARGINS, Loss
from facestyle.ui import guard, html, plots, texts
from facestyle.ui.context import QUIET, RAW, Context
from facestyle.ui.job_buttons import stopping, unlocked
from facestyle.ui.training_run import OWN, Asked, trained

LEARN_LANE: dict[str, Any] = {"concurrency_id": "learn", "concurrency_limit": 1}
"""One training at a time; it may take a minute and must hold up no comparison."""

EMPTY = html.empty(texts.LEARN_EMPTY, texts.LEARN_EMPTY_HINT)
EPOCHS = 30


class TrainingPanel:
    """Lays out the choices and the view, and wires them."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=320):
                gr.HTML(f'<p class="fs-lead">{html.esc(texts.LEARN_LEAD)}</p>')
                self._lay_out_data()
                self._lay_out_method()
                with gr.Row():
                    self.run = gr.Button(texts.LEARN_RUN, variant="primary", elem_id="learn-run")
                    self.stop = gr.Button(texts.LEARN_STOP, variant="stop", visible=False, elem_id="learn-stop")
            with gr.Column(scale=7, min_width=320):
                self.status = gr.HTML(EMPTY, elem_id="learn-status")
                self.panel = gr.HTML("", elem_id="learn-panel")
                self.file = gr.DownloadButton(texts.LEARN_SAVE, visible=False, elem_id="learn-file")
        self._wire()

    def _lay_out_data(self) -> None:
        sources = dict(texts.LEARN_SOURCES)
        if self.ctx.public:
            del sources["olivetti"]  # a visitor's click downloads nothing
        self.source = gr.Radio(
            [(label, source) for source, label in sources.items()],
            value="digits",
            label=texts.LEARN_SOURCE,
            info=texts.LEARN_SOURCE_HINTS["digits"],
            elem_id="learn-source",
        )
        limits = Limits.of(self.ctx.settings)
        self.upload = gr.File(
            label=texts.LEARN_UPLOAD.format(megabytes=f"{limits.archive_bytes / 1e6:,.0f}"),
            file_types=[".zip"],
            type="filepath",
            height=140,
            visible=False,
            elem_id="learn-upload",
        )
        self.mode = gr.Radio(
            [(label, mode) for mode, label in texts.LEARN_MODES.items()],
            value="encoder",
            label=texts.LEARN_MODE,
            visible=False,
            elem_id="learn-mode",
        )

    def _lay_out_method(self) -> None:
        self.loss = gr.Radio(
            [(label, loss) for loss, label in texts.LEARN_LOSSES.items()],
            value="triplet",
            label=texts.LEARN_LOSS,
            info=texts.LEARN_LOSS_HINTS["triplet"],
            elem_id="learn-loss",
        )
        self.miner = gr.Radio(
            [(label, miner) for miner, label in texts.LEARN_MINERS.items()],
            value="semi-hard",
            label=texts.LEARN_MINER,
            info=texts.LEARN_MINER_HINTS["semi-hard"],
            elem_id="learn-miner",
        )
        self.margin = gr.Slider(0, 2, value=0.2, step=0.05, label=texts.MARGIN, elem_id="learn-margin")
        with gr.Row():
            self.epochs = gr.Slider(1, 100, value=EPOCHS, step=1, label=texts.LEARN_EPOCHS, elem_id="learn-epochs")
            self.seed = gr.Number(0, label=texts.LEARN_SEED, precision=0, minimum=0, elem_id="learn-seed")

    def _wire(self) -> None:
        self.source.change(self.on_source, self.source, [self.source, self.upload, self.mode], **QUIET)
        self.loss.change(self.on_loss, self.loss, [self.loss, self.miner, self.margin], **QUIET)
        self.miner.change(self.on_miner, self.miner, self.miner, **QUIET)
        self.run.click(None, js=html.scroll_to("learn-status"))
        locking = self.run.click(self.on_lock, None, [self.status, self.panel, self.file, self.run, self.stop], **QUIET)
        running = locking.then(
            self.on_train,
            [self.source, self.upload, self.mode, self.loss, self.miner, self.margin, self.epochs, self.seed],
            [self.status, self.panel, self.file],
            show_progress="hidden",
            **LEARN_LANE,
            **RAW,
        )
        running.then(self.on_unlock, None, [self.status, self.run, self.stop], **QUIET)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)

    def on_source(self, source: str) -> tuple[gr.Radio, gr.File, gr.Radio]:
        """Asks for a file where it is the person's own; says what the others are."""
        own = source == OWN
        info = texts.LEARN_SOURCE_HINTS.get(source, "")
        return gr.Radio(info=info), gr.File(visible=own), gr.Radio(visible=own)

    def on_loss(self, loss: str) -> tuple[gr.Radio, gr.Radio, gr.Slider]:
        """Triplets are mined for one loss only, and the heads have no margin."""
        margin = MARGINS.get(cast("Loss", loss), 0.2)
        return (
            gr.Radio(info=texts.LEARN_LOSS_HINTS.get(loss, "")),
            gr.Radio(visible=loss == "triplet"),
            gr.Slider(value=margin, visible=loss in ("triplet", "contrastive")),
        )

    def on_miner(self, miner: str) -> gr.Radio:
        """Says what it does."""
        return gr.Radio(info=texts.LEARN_MINER_HINTS.get(miner, ""))

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a training: Stop in the place of the button, and nothing left of the last one."""
        session = self.ctx.session(request)
        if session.training.running:
            return (gr.skip(),) * 5
        session.training.stop.clear()
        session.training.waiting = True
        stop = gr.Button(texts.LEARN_STOP, visible=True, interactive=True)
        waiting = plots.bar(0, texts.STYLE_WAITING, busy=True)
        return waiting, "", gr.DownloadButton(visible=False), gr.Button(visible=False), stop

    def on_train(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        source: str,
        upload: object,
        mode: str,
        loss: str,
        miner: str,
        margin: float,
        epochs: float,
        seed: float | None,
        request: gr.Request,
    ) -> Generator[tuple[Any, Any, Any]]:
        """Trains, and shows how it goes."""
        session = self.ctx.session(request)
        if session.training.running:
            yield (gr.skip(),) * 3  # a generator that yields nothing would empty what is shown
            return
        with session.training.going_on():
            try:
                asked = Asked(source, upload, mode, loss, miner, margin, epochs, seed)
                with (
                    tempfile.TemporaryDirectory(prefix="facestyle-") as folder,
                    closing(trained(self.ctx, session, asked, folder)) as views,
                ):
                    for view in views:
                        self.ctx.session(request)  # a call: else the clock would forget a session meanwhile
                        panel = gr.skip() if view.panel is None else view.panel
                        file = gr.skip() if view.file is None else gr.DownloadButton(value=view.file, visible=True)
                        yield view.status, panel, file
            except Exception as error:
                yield guard.explain(error), gr.skip(), gr.skip()

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After a training, or after a queue that was too full for one."""
        return unlocked(self.ctx.session(request).training)

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the training to end; it does within a step, and what was learnt is kept."""
        return stopping(self.ctx.session(request).training)
