"""Tab Style transfer: Gatys et al. 2016 with a live preview, and feed-forward networks for a quick look."""

from __future__ import annotations

import base64
import logging
from collections.abc import Generator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.errors import FacestyleError
from facestyle.style.results import DEFAULT_SIZE, DEFAULT_STEPS, INITS, OPTIMIZERS, STYLE_LAYERS, StyleRequest
from facestyle.ui import guard, html, painting, plots, samples, texts
from facestyle.ui.context import FACES_LANE, PAINT_LANE, QUIET, RAW, Context
from facestyle.ui.painting import View
from facestyle.ui.verify import picture_input

if TYPE_CHECKING:
    from facestyle.style.fast import FastStyle

log = logging.getLogger(__name__)

EMPTY = html.empty(texts.STYLE_EMPTY, texts.STYLE_EMPTY_HINT)
TILES = Path(__file__).resolve().parent / "examples" / "styles"


@cache
def tile_picture(style_id: str) -> str:
    """A data: URI of the sample photo in that style, or nothing where no tile ships."""
    path = TILES / f"{style_id}.jpg"
    if not path.is_file():
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def learned_styles(ctx: Context) -> Sequence[FastStyle]:
    """The styles to offer; none where their network is not usable, so that the rest of the page still opens."""
    try:
        return ctx.services.fast_styles()
    except FacestyleError as error:
        log.warning("No learned styles: %s", error.code)
        return ()


def tiles(styles: Sequence[FastStyle]) -> str:
    """A row of buttons, one for each learned style, each showing what it does to the same photo."""
    if not styles:
        return ""
    buttons = []
    for style in styles:
        source = tile_picture(style.id)
        picture = f'<img src="{source}" alt="" loading="lazy">' if source else ""
        buttons.append(
            f'<button type="button" class="fs-tile" data-action="style" data-id="{html.esc(style.id)}">'
            f"{picture}{html.esc(style.name)}</button>"
        )
    title = texts.STYLE_TILES.format(count=len(buttons))
    return (
        f'<p class="fs-caption">{html.esc(title)}</p>'
        f'<div class="fs-tiles" role="group" aria-label="{html.esc(title)}">{"".join(buttons)}</div>'
    )


def make_request(
    ctx: Context,
    *,
    content: object,
    style: object,
    alpha: float,
    beta: float,
    size: float,
    steps: float,
    init: str,
    optimizer: str,
    seed: float,
    layers: Sequence[float],
) -> StyleRequest:
    """A request from what the controls hold.

    Raises:
        ImageError: A picture is missing or can't be read.
    """
    return StyleRequest(
        content=ctx.decode_rgba(content),
        style=ctx.decode(style),
        alpha=float(alpha),
        beta=float(beta),
        layer_weights={layer: float(weight) for layer, weight in zip(STYLE_LAYERS, layers, strict=True)},
        size=int(size),
        steps=int(steps),
        init=init,  # type: ignore[arg-type]  # the service refuses what it doesn't know
        optimizer=optimizer,  # type: ignore[arg-type]
        seed=int(seed),
    )


def updates(view: View) -> tuple[Any, ...]:
    """What Gradio is told: status, preview, curve, before and after, download."""
    finished = view.pair is not None
    picture: Any = gr.skip()
    if finished:
        picture = gr.Image(visible=False)
    elif view.picture is not None:
        picture = gr.Image(value=view.picture, visible=True)
    return (
        gr.skip() if view.status is None else view.status,
        picture,
        gr.skip() if view.curve is None else view.curve,
        gr.ImageSlider(value=view.pair, visible=True) if finished else gr.skip(),
        gr.DownloadButton(value=view.file, visible=True) if view.file is not None else gr.skip(),
    )


class StyleTab:
    """Lays out the tab and wires it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._lay_out_pictures()
                self._lay_out_controls()
            with gr.Column(scale=6, min_width=320):
                self._lay_out_result()
        self.chosen = gr.State("")
        self._wire()

    def _lay_out_pictures(self) -> None:
        with gr.Row():
            self.content = picture_input(texts.STYLE_CONTENT, "style-content")
            self.style = picture_input(texts.STYLE_STYLE, "style-style")
        self.strip = gr.HTML(samples.strip(samples.STYLE), js_on_load=html.CLICKS, elem_id="style-examples")
        with gr.Row():
            self.alpha = slider(0, 10, 1, 0.1, texts.STYLE_ALPHA)
            self.beta = slider(0, 10, 1, 0.1, texts.STYLE_BETA)
        with gr.Row():
            self.run = gr.Button(texts.STYLE_RUN, variant="primary", elem_id="style-run", scale=2, min_width=120)
            self.stop = gr.Button(texts.STYLE_STOP, variant="stop", visible=False, elem_id="style-stop", scale=2)
            self.fast = gr.Button(texts.STYLE_FAST, elem_id="style-fast", scale=1, min_width=150)
        self.tiles = gr.HTML(tiles(learned_styles(self.ctx)), js_on_load=html.CLICKS, elem_id="style-tiles")

    def _lay_out_controls(self) -> None:
        with gr.Accordion(texts.STYLE_ADVANCED, open=False, elem_id="style-advanced"):
            with gr.Row():
                self.size = slider(128, 1024, DEFAULT_SIZE, 32, texts.STYLE_SIZE, "style-size")
                self.steps = slider(10, 500, DEFAULT_STEPS, 10, texts.STYLE_STEPS, "style-steps")
            inits = [(texts.STYLE_INITS[init], init) for init in INITS]
            optimizers = [(texts.STYLE_OPTIMIZERS[optimizer], optimizer) for optimizer in OPTIMIZERS]
            self.init = gr.Radio(inits, value="content", label=texts.STYLE_INIT)
            self.optimizer = gr.Radio(optimizers, value="lbfgs", label=texts.STYLE_OPTIMIZER)
            self.seed = gr.Number(0, label=texts.STYLE_SEED, precision=0, minimum=0, maximum=2**31 - 1)
            hint = f'<p class="fs-fine">{html.esc(texts.STYLE_LAYERS_HINT)}</p>'
            gr.HTML(html.section(html.esc(texts.STYLE_LAYERS), hint))
            self.layers = [slider(0, 3, 1, 0.05, f"λ  {layer}") for layer in STYLE_LAYERS]

    def _lay_out_result(self) -> None:
        self.status = gr.HTML(EMPTY, elem_id="style-status")
        self.picture = gr.Image(
            label=texts.STYLE_RESULT,
            interactive=False,
            visible=False,
            format="png",
            buttons=["fullscreen"],
            elem_id="style-preview",
        )
        self.pair = gr.ImageSlider(
            label=texts.STYLE_COMPARE,
            interactive=False,
            visible=False,
            format="png",
            max_height=520,
            slider_position=18,  # mostly the painting, with enough of the photo to invite a drag
            buttons=["fullscreen"],
            elem_id="style-pair",
        )
        self.download = gr.DownloadButton(texts.STYLE_DOWNLOAD, visible=False, elem_id="style-download")
        self.curve = gr.HTML("", elem_id="style-curve")

    @property
    def knobs(self) -> list[gr.Slider | gr.Radio | gr.Number]:
        """What is locked during a run."""
        return [
            self.alpha, self.beta, self.size, self.steps, self.init, self.optimizer, self.seed, *self.layers
        ]  # fmt: skip

    def _wire(self) -> None:
        shown = [self.status, self.picture, self.curve, self.pair, self.download]
        buttons = [self.run, self.stop, self.fast]
        locking: dict[str, Any] = {
            "fn": self.on_lock,
            "outputs": [self.status, self.curve, self.pair, self.download, *self.knobs, *buttons],
            **QUIET,
        }
        running: dict[str, Any] = {
            "fn": self.on_paint,
            "inputs": {self.content, self.style, *self.knobs},
            "outputs": shown,
            "show_progress": "minimal",
            "show_progress_on": self.status,
            **PAINT_LANE,
            **RAW,
        }
        unlocking: dict[str, Any] = {"fn": self.on_unlock, "outputs": [self.status, *self.knobs, *buttons], **QUIET}
        quick: dict[str, Any] = {
            "fn": self.on_fast,
            "inputs": [self.content, self.style, self.chosen],
            "outputs": shown,
            "show_progress_on": self.status,
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.run.click, self.strip.click, self.fast.click, self.tiles.click):
            trigger(None, js=html.scroll_to("style-status"))
        self.run.click(**locking).then(**running).then(**unlocking)
        filled = [self.content, self.style, self.alpha, self.beta]
        example = self.strip.click(self.on_example, None, filled, **QUIET)
        example.then(**locking).then(**running).then(**unlocking)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)
        self.fast.click(lambda: "", None, self.chosen, **QUIET).then(**quick)
        self.tiles.click(self.on_tile, None, self.chosen, **QUIET).then(**quick)

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a run: locks the controls, so that nothing moved meanwhile can claim to have had a part in it."""
        session = self.ctx.session(request)
        if session.busy:
            return (gr.skip(),) * (4 + len(self.knobs) + 3)
        session.stop.clear()
        session.waiting = True
        locked = [type(knob)(interactive=False) for knob in self.knobs]
        waiting = plots.bar(0, texts.STYLE_WAITING, busy=True)
        stop = gr.Button(visible=True, interactive=True, value=texts.STYLE_STOP)
        buttons = (gr.Button(visible=False), stop, gr.Button(interactive=False))
        return (waiting, "", gr.ImageSlider(visible=False), gr.DownloadButton(visible=False), *locked, *buttons)

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After a run, or after a queue that was too full for one."""
        session = self.ctx.session(request)
        if session.busy:
            return (gr.skip(),) * (1 + len(self.knobs) + 3)
        never_ran, session.waiting = session.waiting, False
        note = html.notice("warn", texts.QUEUE_FULL) if never_ran else gr.skip()
        free = [type(knob)(interactive=True) for knob in self.knobs]
        return (note, *free, gr.Button(visible=True), gr.Button(visible=False), gr.Button(interactive=True))

    def on_paint(self, values: dict[Any, Any], request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Paints, and shows each step that a person can follow."""
        session = self.ctx.session(request)
        if session.busy:
            return
        session.waiting = False
        session.busy += 1
        try:
            asked = make_request(
                self.ctx,
                content=values[self.content],
                style=values[self.style],
                alpha=values[self.alpha],
                beta=values[self.beta],
                size=values[self.size],
                steps=values[self.steps],
                init=values[self.init],
                optimizer=values[self.optimizer],
                seed=values[self.seed],
                layers=[values[layer] for layer in self.layers],
            )
            deadline = painting.PUBLIC_DEADLINE_SECONDS if self.ctx.public else None
            for view in painting.paint(self.ctx.services, session, asked, deadline=deadline):
                yield updates(view)
        except Exception as error:
            yield updates(View(status=guard.explain(error)))
        finally:
            session.busy -= 1

    def on_fast(self, content: object, style: object, style_id: str, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Paints in one pass: the learned style that was clicked, or the given picture's."""
        if self.ctx.session(request).busy:
            return
        try:
            pixels = self.ctx.decode_rgba(content)
            wanted = style_id or self.ctx.decode(style)
            for view in painting.preview(self.ctx.services, content=pixels, style=wanted):
                yield updates(view)
        except Exception as error:
            yield updates(View(status=guard.explain(error)))

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the run to end with the picture it has; it does within one step."""
        self.ctx.session(request).stop.set()
        return gr.Button(value=texts.STYLE_STOPPING, interactive=False)

    def on_example(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Fills in an example."""
        if self.ctx.session(request).busy:
            return (gr.skip(),) * 4
        example = samples.STYLE[int(event.id)]
        content, style = example.pictures
        return samples.path(content), samples.path(style), example.alpha, 1.0

    def on_tile(self, event: gr.EventData) -> str:
        """Which learned style was clicked."""
        return str(event.id)


def slider(  # noqa: PLR0917 - as a slider is read, from left to right
    low: float, high: float, value: float, step: float, label: str, elem_id: str | None = None
) -> gr.Slider:
    """A slider with a way back to its default."""
    return gr.Slider(low, high, value=value, step=step, label=label, buttons=["reset"], min_width=180, elem_id=elem_id)
