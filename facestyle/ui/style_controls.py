"""The Style tab's knobs: laid out, read, locked, and set by presets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from facestyle.style.presets import PRESETS, Preset
from facestyle.style.recipe import Recipe
from facestyle.style.results import (
    COLORS,
    CONTENT_LAYERS,
    DEFAULT_CONTENT_LAYER,
    DEFAULT_SIZE,
    DEFAULT_STEPS,
    INITS,
    OPTIMIZERS,
    POOLINGS,
    STYLE_LAYERS,
    STYLE_LOSSES,
)
from facestyle.ui import html, region, style_tiles, texts
from facestyle.ui.style_between import Between
from facestyle.ui.verify import picture_input

Knob = gr.Slider | gr.Radio | gr.Number | gr.Checkbox


class Controls:
    """All that a run is asked for besides its two pictures.

    Attributes:
        weights: The sliders of alpha, beta and the lambdas.
        knobs: All knobs with a number or a choice.

    Args:
        live: Whether a run that is going on follows the weights, so that they need no lock.
        largest: Longest side of a result, pixels.
    """

    def __init__(self, *, live: bool, largest: int = 1024) -> None:
        self._live, self._largest = live, largest
        with gr.Row():
            self.alpha = slider(0, 10, 1, 0.1, texts.STYLE_ALPHA, "style-alpha")
            self.beta = slider(0, 10, 1, 0.1, texts.STYLE_BETA, "style-beta")
        self.presets = gr.HTML(style_tiles.presets(), js_on_load=html.CLICKS, elem_id="style-presets")

    def lay_out_groups(self) -> None:
        """The closed groups, below the buttons."""
        with gr.Accordion(texts.STYLE_LOOK, open=False, elem_id="style-look"):
            colors = [(texts.STYLE_COLORS_OF[name], name) for name in COLORS]
            losses = [(texts.STYLE_LOSS_NAMES[name], name) for name in STYLE_LOSSES]
            self.colors = gr.Radio(colors, value="style", label=texts.STYLE_COLORS, elem_id="style-colors")
            self.style_loss = gr.Radio(
                losses, value="gram", label=texts.STYLE_LOSS, info=texts.STYLE_LOSS_INFO, elem_id="style-loss"
            )
            self.scale = slider(0.5, 2, 1, 0.05, texts.STYLE_SCALE, "style-scale")
            self.keep_faces = gr.Checkbox(
                False, label=texts.STYLE_KEEP_FACES, info=texts.STYLE_KEEP_FACES_INFO, elem_id="style-keep-faces"
            )
            self.second = picture_input(texts.STYLE_SECOND, "style-second")
            self.mix = gr.Slider(
                0,
                1,
                value=0.5,
                step=0.05,
                label=texts.STYLE_MIX,
                info=texts.STYLE_MIX_INFO,
                visible=False,
                elem_id="style-mix",
            )
        with gr.Accordion(texts.STYLE_REGION, open=False, elem_id="style-where"):
            gr.HTML(f'<p class="fs-fine">{html.esc(texts.STYLE_REGION_HINT)}</p>')
            self.drawing = region.Drawing()
        with gr.Accordion(texts.STYLE_ADVANCED, open=False, elem_id="style-advanced"):
            with gr.Row():
                self.size = slider(128, self._largest, DEFAULT_SIZE, 32, texts.STYLE_SIZE, "style-size")
                self.steps = slider(10, 500, DEFAULT_STEPS, 10, texts.STYLE_STEPS, "style-steps")
            inits = [(texts.STYLE_INITS[init], init) for init in INITS]
            optimizers = [(texts.STYLE_OPTIMIZERS[optimizer], optimizer) for optimizer in OPTIMIZERS]
            self.init = gr.Radio(inits, value="content", label=texts.STYLE_INIT)
            self.optimizer = gr.Radio(optimizers, value="lbfgs", label=texts.STYLE_OPTIMIZER)
            poolings = [(texts.STYLE_POOLINGS[pooling], pooling) for pooling in POOLINGS]
            self.content_layer = gr.Radio(
                list(CONTENT_LAYERS),
                value=DEFAULT_CONTENT_LAYER,
                label=texts.STYLE_CONTENT_LAYER,
                info=texts.STYLE_CONTENT_LAYER_INFO,
                elem_id="style-content-layer",
            )
            self.pooling = gr.Radio(poolings, value="average", label=texts.STYLE_POOLING, elem_id="style-pooling")
            self.smoothness = slider(0, 2, 0, 0.05, texts.STYLE_SMOOTHNESS, "style-smoothness")
            self.seed = gr.Number(0, label=texts.STYLE_SEED, precision=0, minimum=0, maximum=2**31 - 1)
            hint = f'<p class="fs-fine">{html.esc(texts.STYLE_LAYERS_HINT)}</p>'
            gr.HTML(html.section(html.esc(texts.STYLE_LAYERS), hint))
            self.layers = [slider(0, 3, 1, 0.05, f"λ  {layer}") for layer in STYLE_LAYERS]
            self.between = Between()
            self.load = gr.UploadButton(
                texts.STYLE_SETTINGS_LOAD, file_types=[".png"], size="sm", elem_id="style-settings"
            )
        self.weights: list[gr.Slider] = [self.alpha, self.beta, *self.layers]
        self.knobs: list[Knob] = [
            *self.weights, self.size, self.steps, self.init, self.optimizer, self.seed,
            self.colors, self.style_loss, self.scale, self.mix,
            self.content_layer, self.pooling, self.smoothness, self.keep_faces,
        ]  # fmt: skip

    @property
    def lockable(self) -> list[Any]:
        """What is locked during a run, and the drawing besides (see `region.lock`)."""
        return [*(knob for knob in self.knobs if not (self._live and knob in self.weights)), self.second]

    def locked(self, on: bool) -> list[Any]:
        """For each of `lockable`, locked or free."""
        return [type(part)(interactive=not on) for part in self.lockable]

    def read(self, values: Mapping[Any, Any]) -> dict[str, Any]:
        """The arguments of `make_request` that the controls hold; the region is not among them."""
        names = (
            *("alpha", "beta", "size", "steps", "init", "optimizer", "seed", "colors", "style_loss", "scale", "mix"),
            *("content_layer", "pooling", "smoothness", "keep_faces"),
        )
        return {
            **{name: values[getattr(self, name)] for name in names},
            "style2": values[self.second],
            "layers": [values[layer] for layer in self.layers],
        }

    @property
    def preset_knobs(self) -> list[Knob]:
        """What a preset sets."""
        return [*self.weights, self.colors, self.style_loss, self.scale]


def recipe_values(controls: Controls, recipe: Recipe) -> tuple[list[Any], bool]:
    """The values of `Controls.knobs`, and whether any had to be moved to the end of its slider."""
    values: list[Any] = [
        recipe.alpha, recipe.beta, *(recipe.layer_weights.get(layer, 0.0) for layer in STYLE_LAYERS),
        recipe.size, recipe.steps, recipe.init, recipe.optimizer, recipe.seed,
        recipe.colors, recipe.style_loss, recipe.scales[0], _mixed(recipe),
        recipe.content_layer, recipe.pooling, recipe.smoothness, recipe.emphasis_weight > 1,
    ]  # fmt: skip
    clipped = False
    for place, knob in enumerate(controls.knobs):
        if not isinstance(knob, gr.Radio | gr.Checkbox):
            low, high = knob.minimum or 0, knob.maximum or values[place]
            inside = min(max(values[place], low), high)
            clipped |= inside != values[place]
            values[place] = inside
    return values, clipped


def _mixed(recipe: Recipe) -> float:
    """What the second painting counted; the middle where nothing was mixed."""
    total = sum(recipe.weights)
    return 1 - recipe.weights[0] / total if len(recipe.weights) > 1 and total else 0.5


def preset_values(preset: Preset) -> tuple[Any, ...]:
    """The values of `preset_knobs`."""
    return (preset.alpha, preset.beta, *preset.layers, preset.colors, preset.style_loss, preset.scale)


def preset_of(ident: str) -> Preset:
    """The preset of that ID.

    Raises:
        StopIteration: There is none.
    """
    return next(preset for preset in PRESETS if preset.id == ident)


def slider(  # noqa: PLR0917 - as a slider is read, from left to right
    low: float, high: float, value: float, step: float, label: str, elem_id: str | None = None
) -> gr.Slider:
    """A slider with a way back to its default."""
    return gr.Slider(low, high, value=value, step=step, label=label, buttons=["reset"], min_width=180, elem_id=elem_id)
