"""Tab Layers: for each channel of a network the nine patches that excite it most; and what a convolution does."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import Any

import gradio as gr

from facestyle import images
from facestyle.errors import InvalidRequestError
from facestyle.explain.pictures import Pictures, fitted, read_pictures
from facestyle.explain.service import NUMBERS
from facestyle.ui import convolving, guard, html, layers_drawing, layers_view, plots, samples, style_tiles, texts
from facestyle.ui.context import LAYERS_LANE, QUIET, RAW, Context
from facestyle.ui.convolving_asked import backbone
from facestyle.ui.job_buttons import stopping, unlocked
from facestyle.ui.layers_state import Looking, Seen
from facestyle.ui.state import Session

EMPTY = html.empty(texts.LAYERS_EMPTY, texts.LAYERS_EMPTY_HINT)

MOST_PICTURES, MOST_PUBLIC = 100, 24
"""They are kept in memory while the tab is open, some 400 kB each."""

PUBLIC_DEADLINE_SECONDS = 90.0
"""Where strangers share the app no further picture is begun after so long."""

SHOW_SECONDS = 1.5
"""What was found so far is shown at most this often."""


def sample_pictures() -> Pictures:
    """Those of the page."""
    names = texts.LAYERS_SAMPLE_NAMES
    return Pictures(tuple(fitted(images.decode(samples.path(name))) for name in names), tuple(names.values()))


class LayersTab:
    """Lays out the tab and wires it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.most = MOST_PUBLIC if ctx.public else MOST_PICTURES
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=280):
                self._lay_out_form()
            with gr.Column(scale=8, min_width=320):
                self.status = gr.HTML(EMPTY, elem_id="layers-status")
                self.grid = gr.HTML("", js_on_load=html.CLICKS + style_tiles.PRESSED, elem_id="layers-grid")
                self.large = gr.HTML("", elem_id="layers-channel")
                self.gradients = gr.HTML("", elem_id="layers-gradients")
                self.drawing = layers_drawing.Drawing(ctx)
        self.convolving = convolving.Convolving(ctx)
        self._wire()

    def _lay_out_form(self) -> None:
        self.layer = gr.Radio(
            [(texts.LAYERS_NAME.format(number=number), number) for number in NUMBERS],
            value=NUMBERS[0],
            label=texts.LAYERS_LAYER,
            elem_id="layers-layer",
        )
        self.run = gr.Button(texts.LAYERS_RUN, variant="primary", elem_id="layers-run")
        self.stop = gr.Button(texts.LAYERS_STOP, variant="stop", visible=False, elem_id="layers-stop")
        self.files = gr.File(
            label=texts.LAYERS_FILES,
            file_count="multiple",
            file_types=["image", ".zip"],
            type="filepath",
            height=150,
            elem_id="layers-files",
        )
        self.samples = gr.Checkbox(label=texts.LAYERS_SAMPLES, value=True, elem_id="layers-samples")
        info = texts.LAYERS_LIMITS.format(pictures=self.most)
        gr.HTML(f'<p class="fs-fine">{html.esc(info)}</p>')

    def _wire(self) -> None:
        shown = [self.status, self.grid, self.large, self.gradients]
        self.run.click(None, js=html.scroll_to("layers-status"))
        self.run.click(self.on_lock, None, [*shown, self.run, self.stop], **QUIET).then(
            self.on_run,
            [self.files, self.samples, self.layer],
            shown,
            show_progress="hidden",
            **LAYERS_LANE,
            **RAW,
        ).then(self.on_unlock, None, [self.status, self.run, self.stop], **QUIET)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)
        self.layer.change(self.on_layer, self.layer, [self.grid, self.large, self.gradients], **QUIET)
        # What was drawn of a channel before goes first, and the new one's is drawn once its patches are in view.
        for event in (self.grid.click, self.layer.change, self.run.click):
            event(self.drawing.on_another, None, self.drawing.parts, **QUIET)
        clicked = self.grid.click(self.on_click, None, [self.grid, self.large, self.gradients], **QUIET)
        clicked.then(None, js=html.scroll_to("layers-channel")).then(
            self.on_gradients,
            None,
            self.gradients,
            show_progress="hidden",
            api_visibility="private",
            trigger_mode="always_last",
            **LAYERS_LANE,
        ).then(self.drawing.on_offer, None, self.drawing.parts, **QUIET)

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a run: Stop instead of Run, and nothing left of the last one."""
        looking = self.ctx.session(request).looking
        if looking.running:
            return (gr.skip(),) * 6
        looking.waiting = True
        waiting = plots.bar(0, texts.LAYERS_WAITING, busy=True)
        stop = gr.Button(visible=True, interactive=True, value=texts.LAYERS_STOP)
        return waiting, "", "", "", gr.Button(visible=False), stop

    def on_run(self, files: object, with_samples: bool, number: int, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Looks at the pictures, and shows what was found so far."""
        session = self.ctx.session(request)
        looking = session.looking
        if looking.running:
            return
        looking.seen, looking.channel, looking.first, looking.number = None, None, 0, _number(number)
        looking.stop.clear()
        session.busy += 1
        with looking.going_on():
            try:
                pictures = self._pictures(files, with_samples=with_samples is True)
                yield from self._shown(session, pictures)
            except Exception as error:
                yield guard.explain(error), gr.skip(), gr.skip(), gr.skip()
            finally:
                session.busy -= 1

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After a run, or after a queue that was too full for one."""
        return unlocked(self.ctx.session(request).looking)

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the run to end; it does within a picture, with what it has."""
        return stopping(self.ctx.session(request).looking, texts.LAYERS_STOPPING)

    def on_layer(self, number: int, request: gr.Request) -> tuple[Any, ...]:
        """Shows another layer of what was found."""
        looking = self.ctx.session(request).looking
        looking.number, looking.first, looking.channel = _number(number), 0, None
        if looking.seen is None:
            return gr.skip(), "", ""
        return layers_view.grid(looking.seen, looking.number, 0), "", ""

    def on_click(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """A tile: its channel large. A button under the tiles: other channels."""
        looking = self.ctx.session(request).looking
        try:
            seen, index = _clicked(looking, str(event.id))
        except InvalidRequestError as error:
            return gr.skip(), html.refusal(error), ""
        if event.action == layers_view.PAGE:
            looking.first, looking.channel = index, None
            return layers_view.grid(seen, looking.number, index), "", ""
        looking.channel = index
        return gr.skip(), layers_view.channel(seen, looking.number, index), ""

    def on_gradients(self, request: gr.Request) -> str:
        """What in the patches excites the channel that is shown large."""
        looking = self.ctx.session(request).looking
        seen, channel = looking.seen, looking.channel
        if seen is None or channel is None:
            return ""
        try:
            drawn = self.ctx.services.explainer().gradients(seen.patches, looking.number, channel, backbone=seen.model)
        except Exception as error:
            return guard.explain(error)
        return layers_view.gradients(drawn)

    def _pictures(self, files: object, *, with_samples: bool) -> Pictures:
        paths = self.ctx.album(files)
        if not paths and not with_samples:
            raise InvalidRequestError(texts.LAYERS_NO_PICTURE)
        own = read_pictures(paths, self.ctx.settings, most=self.most) if paths else Pictures((), ())
        ours = sample_pictures() if with_samples else Pictures((), ())
        return Pictures(own.images + ours.images, own.names + ours.names, own.skipped)

    def _shown(self, session: Session, pictures: Pictures) -> Generator[tuple[Any, ...]]:
        looking = session.looking
        model = backbone(session)
        why = texts.LAYERS_DONE_ONE if len(pictures.images) == 1 else texts.LAYERS_DONE
        shown_at = 0.0
        step = None
        with closing(self.ctx.services.explainer().patches(pictures.images, backbone=model)) as steps:
            for step in steps:
                looking.seen = Seen(step.found, pictures.names, model) if step.done else None
                grid: Any = gr.skip()
                if looking.seen is not None and time.monotonic() - shown_at >= SHOW_SECONDS:
                    shown_at = time.monotonic()
                    grid = layers_view.grid(looking.seen, looking.number, looking.first)
                yield layers_view.bar(step), grid, gr.skip(), gr.skip()
                if looking.stop.is_set():
                    why = texts.LAYERS_STOPPED
                    break
                if self.ctx.public and step.seconds > PUBLIC_DEADLINE_SECONDS:
                    why = texts.LAYERS_DEADLINE
                    break
        if step is None or looking.seen is None:
            yield html.notice("plain", texts.LAYERS_NOTHING), "", "", ""
            return
        if step.done == step.total and why is not texts.LAYERS_DONE_ONE:
            why = texts.LAYERS_DONE
        grid = layers_view.grid(looking.seen, looking.number, looking.first)
        yield layers_view.ended(step, pictures.skipped, why), grid, gr.skip(), gr.skip()


def _number(layer: object) -> int:
    """A layer that there is; the first for anything else."""
    return next((number for number in NUMBERS if number == layer), NUMBERS[0])


def _clicked(looking: Looking, ident: str) -> tuple[Seen, int]:
    """What is shown, and the channel that was clicked or the first of a page.

    Raises:
        InvalidRequestError: There is none of that number, or nothing was looked at.
    """
    seen = looking.seen
    if seen is None or not ident.isdecimal() or int(ident) >= seen.patches.layer(looking.number).channels:
        raise InvalidRequestError(texts.LAYERS_GONE)
    return seen, int(ident)
