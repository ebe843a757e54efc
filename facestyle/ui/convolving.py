"""The lower half of the Layers tab: a convolution along one, two or three axes, with all its numbers."""

from __future__ import annotations

from typing import Any

import gradio as gr

from facestyle.errors import InvalidRequestError
from facestyle.explain.convolution.lessons import Sliding, course_examples
from facestyle.ui import convolving_view, guard, html, style_tiles, texts
from facestyle.ui.context import CONVOLUTION_LANE, QUIET, RAW, Context
from facestyle.ui.convolving_asked import CHOICES, FIRST, NETWORK, Asked, backbone, computed
from facestyle.ui.style_controls import slider
from facestyle.ui.verify import picture_input


class Convolving:
    """Lays out the section and wires it; the first example is there from the start."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        gr.HTML(
            f'<h2 class="fs-layer-title">{html.esc(texts.CONV)}</h2><p class="fs-fine">{html.esc(texts.CONV_HINT)}</p>'
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=280):
                self._lay_out_controls()
            with gr.Column(scale=8, min_width=320):
                self.result = gr.HTML(computed(ctx, None, Asked()), elem_id="conv-result")
                gr.HTML(convolving_view.course(course_examples()), elem_id="conv-course")
        self.number = gr.State(0)
        self._wire()

    def _lay_out_controls(self) -> None:
        axes = [(label, number) for number, label in texts.CONV_AXES_OF.items()]
        self.axes = gr.Radio(axes, value=2, label=texts.CONV_AXES, elem_id="conv-axes")
        self.signal = gr.Radio(
            [(label, name) for name, label in texts.CONV_SIGNALS.items()],
            value="heartbeat",
            label=texts.CONV_SIGNAL,
            visible=False,
            elem_id="conv-signal",
        )
        self.row = gr.Slider(0, 1, value=0.5, step=0.01, label=texts.CONV_ROW, visible=False, elem_id="conv-row")
        self.filter = gr.Dropdown(
            _choices(2), value=FIRST[2], label=texts.CONV_FILTER, filterable=False, elem_id="conv-filter"
        )
        self.swatches = gr.HTML(
            "", js_on_load=html.CLICKS + style_tiles.PRESSED, visible=False, elem_id="conv-swatches"
        )
        with gr.Row():
            self.stride = slider(1, 4, 1, 1, texts.CONV_STRIDE, "conv-stride")
            self.dilation = slider(1, 4, 1, 1, texts.CONV_DILATION, "conv-dilation")
        self.padding = gr.Radio(
            [(label, name) for name, label in texts.CONV_PADDINGS.items()],
            value="valid",
            label=texts.CONV_PADDING,
            elem_id="conv-padding",
        )
        self.photo = picture_input(texts.CONV_PHOTO, "conv-photo")
        self.clip = gr.File(
            label=texts.CONV_CLIP,
            file_types=["video", ".gif"],
            type="filepath",
            height=140,
            visible=False,
            elem_id="conv-clip",
        )
        self.clip_hint = gr.HTML(f'<p class="fs-fine">{html.esc(texts.CONV_CLIP_HINT)}</p>', visible=False)

    def _wire(self) -> None:
        asked = [
            self.axes,
            self.filter,
            self.stride,
            self.padding,
            self.dilation,
            self.signal,
            self.row,
            self.number,
            self.photo,
            self.clip,
        ]
        computing: dict[str, Any] = {
            "fn": self.on_convolve,
            "inputs": asked,
            "outputs": self.result,
            "show_progress": "hidden",
            "trigger_mode": "always_last",
            **CONVOLUTION_LANE,
            **RAW,
        }
        self.axes.input(
            self.on_axes,
            self.axes,
            [self.filter, self.signal, self.row, self.swatches, self.clip, self.clip_hint],
            **QUIET,
        ).then(**computing)
        self.signal.input(self.on_signal, self.signal, self.row, **QUIET).then(**computing)
        self.filter.input(self.on_filter, [self.filter, self.number], self.swatches, **QUIET).then(**computing)
        self.swatches.click(self.on_swatch, None, self.number, **QUIET).then(**computing)
        gr.on(
            [
                self.stride.input,
                self.dilation.input,
                self.padding.input,
                self.row.input,
                self.photo.change,
                self.clip.change,
            ],
            **computing,
        )

    def on_axes(self, axes: int) -> tuple[Any, ...]:
        """Offers what there is for so many axes."""
        line, clip = axes == 1, axes == 3
        return (
            gr.Dropdown(choices=_choices(axes), value=FIRST[axes]),
            gr.Radio(visible=line, value="heartbeat"),
            gr.Slider(visible=False),
            gr.HTML(visible=False),
            gr.File(visible=clip),
            gr.HTML(visible=clip),
        )

    def on_signal(self, signal: str) -> gr.Slider:
        """Asks which row, where it is one of the photo."""
        return gr.Slider(visible=signal == "row")

    def on_filter(self, chosen: str, number: int, request: gr.Request) -> gr.HTML:
        """Shows the network's filters where one of them is asked for."""
        if chosen != NETWORK:
            return gr.HTML(visible=False)
        session = self.ctx.session(request)
        try:
            layer = self.ctx.services.explainer().first_layer(backbone(session))
        except Exception as error:
            return gr.HTML(guard.explain(error), visible=True)
        return gr.HTML(convolving_view.network_filters(layer.filters, backbone(session), int(number)), visible=True)

    def on_swatch(self, event: gr.EventData) -> int:
        """Which filter of the network was clicked."""
        return int(event.id) if str(event.id).isdecimal() else 0

    def on_convolve(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        axes: int,
        chosen: str,
        stride: float,
        padding: str,
        dilation: float,
        signal: str,
        row: float,
        number: int,
        photo: object,
        clip: object,
        request: gr.Request,
    ) -> str:
        """Computes, and shows all of it."""
        session = self.ctx.session(request)
        sliding = Sliding(int(stride), padding == "same", int(dilation))
        asked = Asked(axes, chosen, sliding, signal, float(row), int(number), photo, clip)
        try:
            if axes not in CHOICES:
                raise InvalidRequestError("A convolution here runs along 1, 2 or 3 axes.")
            return computed(self.ctx, session, asked)
        except Exception as error:
            return guard.explain(error)


def _choices(axes: int) -> list[tuple[str, str]]:
    return [(texts.CONV_FILTERS[name], name) for name in CHOICES[axes]]
