"""One line beside the Paint button: how long a run would take, and how much memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from facestyle.images.containers import open_container
from facestyle.style.results import StyleRequest
from facestyle.ui import html, texts
from facestyle.ui.context import RAW, Context

if TYPE_CHECKING:
    from facestyle.style.forecast import RunForecast
    from facestyle.ui.style_controls import Controls

_LANE: dict[str, Any] = {"concurrency_id": "forecast", "concurrency_limit": 1, "trigger_mode": "always_last"}


class ForecastLine:
    """The line. It is worked out beside everything else: no run waits for it.

    Args:
        ctx: Where a GPU is lent for each run there is no telling how fast it will be, and the line stays empty.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.line = gr.HTML("", elem_id="style-forecast", visible=not ctx.settings.zero_gpu)

    def wire(self, content: gr.Image, controls: Controls) -> None:
        """Keep it true to the photo and the knobs that time and memory depend on."""
        if self._ctx.settings.zero_gpu:
            return
        knobs = (controls.size, controls.steps, controls.optimizer)
        triggers = [content.change, *(knob.change for knob in knobs)]
        gr.on(triggers, self.on_change, [content, *knobs], self.line, show_progress="hidden", **_LANE, **RAW)

    def on_change(self, content: object, size: object, steps: object, optimizer: object) -> str:
        """The line, as HTML; nothing without a photo, or where a run would say itself what is wrong."""
        try:
            file = self._ctx.upload(content)
            if file is None:
                return ""
            width, height = open_container(file.read_bytes(), self._ctx.settings)[0].size
            # Only its shape matters, and a view of one value has any.
            blank = np.broadcast_to(np.uint8(0), (height, width, 3))
            request = StyleRequest(
                content=blank,
                style=np.zeros((64, 64, 3), np.uint8),
                size=int(size),  # type: ignore[call-overload]
                steps=int(steps),  # type: ignore[call-overload]
                optimizer=optimizer,  # type: ignore[arg-type]
            )
            found = self._ctx.services.forecast(request)
        except Exception:  # a guess that failed is no reason to speak: the run itself says what is wrong
            return ""
        return f'<p class="fs-fine" role="status">{html.esc(sentence(found))}</p>'


def sentence(found: RunForecast) -> str:
    """A forecast for a person."""
    height, width = found.memory.size
    said = texts.STYLE_FORECAST.format(width=width, height=height, forecast=found.as_text())
    if found.fits:
        return said
    return f"{said} {texts.STYLE_FORECAST_TOO_LARGE.format(size=found.memory.fitting_size)}"
