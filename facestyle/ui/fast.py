"""Tab Fast styles: one pass of a network instead of an optimisation, on a photo, a clip or the camera."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import gradio as gr

from facestyle.ui import camera, film_panel, guard, html, many_panel, painting, samples, style_tiles, texts
from facestyle.ui.context import FACES_LANE, QUIET, RAW, Context
from facestyle.ui.fast_choice import FastChoice, chosen_style
from facestyle.ui.hub_styles import HubStyles
from facestyle.ui.painting import Painted
from facestyle.ui.style_result import comparison
from facestyle.ui.verify import picture_input

EMPTY = html.empty(texts.FAST_EMPTY, texts.FAST_EMPTY_HINT)


class FastTab:
    """Lays out the tab and wires it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        here = style_tiles.learned_styles(ctx)
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                with gr.Row():
                    self.content = picture_input(texts.STYLE_CONTENT, "fast-content")
                    self.style = picture_input(texts.FAST_STYLE, "fast-style")
                self.strip = gr.HTML(samples.strip(samples.FAST), js_on_load=html.CLICKS, elem_id="fast-examples")
                self.tiles = gr.HTML(
                    style_tiles.tiles(here), js_on_load=html.CLICKS + style_tiles.PRESSED, elem_id="fast-tiles"
                )
                self.hub_styles = HubStyles(ctx)
            with gr.Column(scale=6, min_width=320):
                self.status = gr.HTML(EMPTY, elem_id="fast-status")
                self.pair, self.download, self.strength = comparison("fast")
                with gr.Accordion(texts.FAST_MIX, open=False, elem_id="fast-mixing"):
                    gr.HTML(f'<p class="fs-fine">{html.esc(texts.FAST_MIX_HINT)}</p>')
                    mixable = [(one.name, one.id) for one in here if one.model == style_tiles.ON_BOARD]
                    self.second = gr.Dropdown(
                        [(texts.FAST_MIX_NONE, ""), *mixable],
                        value="",
                        label=texts.FAST_MIX_STYLE,
                        filterable=False,
                        elem_id="fast-second",
                    )
                    self.second_picture = picture_input(texts.FAST_MIX_PICTURE, "fast-second-picture")
                    self.share = gr.Slider(
                        0, 1, value=0.5, step=0.05, label=texts.STYLE_MIX, info=texts.STYLE_MIX_INFO, elem_id="fast-mix"
                    )
                self.chosen = gr.State("")
                self.asked = [self.style, self.chosen, self.second, self.second_picture, self.share]
                self.film = film_panel.FilmPanel(ctx, self.asked)
                self.many = many_panel.ManyPanel(ctx, self.asked)
                self.camera = camera.CameraPanel(ctx, self.asked)
        self._wire()

    def _wire(self) -> None:
        painting_it: dict[str, Any] = {
            "fn": self.on_paint,
            "inputs": [self.content, *self.asked],
            "outputs": [self.status, self.pair, self.download, self.strength],
            "show_progress_on": self.status,
            "trigger_mode": "always_last",
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.tiles.click, self.strip.click):
            trigger(None, js=html.scroll_to("fast-status"))
        self.strip.click(self.on_example, None, self.content, **QUIET)
        self.tiles.click(self.on_tile, None, self.chosen, **QUIET).then(**painting_it)
        self.hub_styles.row.click(None, js=style_tiles.release("fast-tiles"))
        self.hub_styles.wire(self.content, self.chosen, self.status, painting_it)
        # What was given last is what is painted: a painting takes the place of the tile.
        given = self.style.upload(lambda: "", None, self.chosen, js=style_tiles.release("fast-tiles"), **QUIET)
        given.then(**painting_it)
        gr.on([self.content.change, self.second.input, self.second_picture.change, self.share.input], **painting_it)
        self.strength.input(
            self.on_strength, self.strength, [self.pair, self.download], trigger_mode="always_last", **QUIET
        )

    def on_example(self, event: gr.EventData) -> str:
        """Fills in a photo."""
        return samples.path(samples.FAST[int(event.id)].pictures[0])

    def on_tile(self, event: gr.EventData) -> str:
        """Which learned style was clicked."""
        return str(event.id)

    def on_paint(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        content: object,
        style: object,
        chosen: str | None,
        second: str | None,
        second_picture: object,
        share: float,
        request: gr.Request,
    ) -> Generator[tuple[Any, ...]]:
        """Paints, as soon as there is a photo and a style; `chosen` is None after a download that failed."""
        session = self.ctx.session(request)
        if content is None or chosen is None or not (chosen or style):
            yield (gr.skip(),) * 4
            return
        try:
            choice = FastChoice(style, chosen, second, second_picture, float(share))
            pixels = self.ctx.decode_rgba(content)
            wanted, named = chosen_style(self.ctx, choice)
            began = time.monotonic()
            image = self.ctx.services.stylize_fast(pixels, style=wanted, size=painting.FAST_SIZE)
            seconds = time.monotonic() - began
            session.quick = Painted(painting.fitted(pixels, image), image)
            status = html.notice("good", texts.FAST_DONE.format(time=html.duration(seconds), style=named))
            yield from self._shown(session.quick, status, gr.Slider(value=100, visible=True))
        except Exception as error:
            yield guard.explain(error), gr.skip(), gr.skip(), gr.skip()

    def on_strength(self, percent: float, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Blends the painting with its photo."""
        session = self.ctx.session(request)
        strength = float(percent) / 100
        if session.quick is None or session.quick.strength == strength:
            yield gr.skip(), gr.skip()
            return
        session.quick = replace(session.quick, strength=strength)
        for shown in self._shown(session.quick, "", None):
            yield shown[1:3]

    @staticmethod
    def _shown(painted: Painted, status: str, strength: gr.Slider | None) -> Generator[tuple[Any, ...]]:
        picture = painted.blended()
        with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
            file = painting.written(picture, folder)
            pair = gr.ImageSlider(value=(painted.photo, picture), visible=True)
            yield status, pair, gr.DownloadButton(value=file, visible=True), strength
