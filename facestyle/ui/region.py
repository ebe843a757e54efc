"""Where to paint: a mask that a person draws over the photo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from facestyle import images
from facestyle.errors import ImageError
from facestyle.ui import texts
from facestyle.ui.context import Context

SIDE = 640
"""Longer side of the photo under the brush, pixels: enough to draw on, and quick to send to and fro."""

PAINTED = 32
"""From this opacity on a pixel counts as painted; less is the soft edge of a stroke."""

BRUSH = ("#6a5bea", 0.7)


def editor() -> gr.ImageEditor:
    """The photo with a brush over it."""
    return gr.ImageEditor(
        label=texts.STYLE_REGION_PHOTO,
        show_label=False,  # the hint says it, and on a phone it would lie under the tools
        sources=[],
        transforms=[],
        layers=False,
        buttons=[],
        brush=gr.Brush(default_size=40, colors=[BRUSH], default_color=BRUSH, color_mode="fixed"),
        eraser=gr.Eraser(default_size=40),
        canvas_size=(SIDE, SIDE * 3 // 4),
        format="png",
        placeholder=texts.STYLE_REGION_EMPTY,
        elem_id="style-region",
    )


def lock(on: bool) -> str:
    """JavaScript that takes the brush away, or gives it back.

    Not `interactive`: taken from it, the editor of Gradio 6.31 loses its drawing and breaks off all further events.
    """
    inert = str(on).lower()
    return f"() => {{ const place = document.getElementById('style-region'); if (place) place.inert = {inert}; }}"


def ground(ctx: Context, content: object) -> dict[str, Any] | None:
    """What the editor shows for an upload: the photo with nothing drawn on it; None where there is none to show."""
    try:
        photo = images.resize_longer_side(ctx.decode(content), SIDE, enlarge=False)
    except ImageError:
        return None  # the run will say so
    return {"background": photo, "layers": [], "composite": None}


def drawn(value: object) -> npt.NDArray[np.uint8] | None:
    """The mask that was drawn, uint8 (height, width), 255 where painted; None where nothing was.

    Args:
        value: What the editor hands over: its `layers` are uint8 (height, width, 4).
    """
    layers = value.get("layers") if isinstance(value, Mapping) else None
    alphas = [layer[..., 3] for layer in layers or () if isinstance(layer, np.ndarray) and layer.ndim == 3]
    if not alphas:
        return None
    mask = np.where(np.maximum.reduce(alphas) >= PAINTED, 255, 0).astype(np.uint8)
    return mask if mask.any() else None
