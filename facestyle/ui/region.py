"""Where to paint: a mask that a person draws over the photo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio.utils import LRUCache

from facestyle import images
from facestyle.errors import ImageError
from facestyle.ui import texts
from facestyle.ui.context import Context

SIDE = 640
"""Longer side of the photo under the brush, pixels: enough to draw on, and quick to send to and fro."""

PAINTED = 32
"""From this opacity on a pixel counts as painted; less is the soft edge of a stroke."""

BRUSH = ("#6a5bea", 0.7)

KEPT: Final = 64
"""Drawings that were sent and not yet asked for; a visitor who sends more loses somebody an unused one."""

MOST_BYTES: Final = 1_000_000
"""Of one drawing: strokes on a photo of that side are a PNG of some ten thousand."""


class Drawing:
    """The photo with a brush over it, and what is drawn there.

    Attributes:
        editor: The component.
    """

    def __init__(self) -> None:
        self.editor = gr.ImageEditor(
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
        self._sent: LRUCache[str, bytes] = LRUCache(KEPT)

        def accept_blobs(data: Any) -> None:  # noqa: ANN401 - Gradio's
            # Gradio's own keeps whatever anybody sends, for ever, and decodes it without a limit.
            if data.data.get("type") == "layer" and data.files and len(data.files[0][1]) <= MOST_BYTES:
                self._sent[str(data.data.get("id"))] = data.files[0][1]

        accept_blobs._is_server_fn = True  # type: ignore[attr-defined]  # what Gradio's decorator sets
        self.editor.accept_blobs = accept_blobs

    def mask(self, ctx: Context, value: object) -> npt.NDArray[np.uint8] | None:
        """What was drawn, uint8 (height, width), 255 where painted; None where nothing was.

        Args:
            ctx: For the decoder's caps.
            value: What the editor hands over, unprocessed: the ID of what the browser sent, or uploads as `layers`.

        Raises:
            ImageError: What was sent is no picture.
        """
        if not isinstance(value, Mapping):
            return None
        sent = self._sent.pop(str(value.get("id")), None) or next(iter(ctx.album(value.get("layers"))), None)
        drawn = None if sent is None else images.decode_rgba(sent, settings=ctx.settings)
        if drawn is None or drawn.shape[2] == 3:  # nothing, or everything
            return None
        mask = np.where(drawn[..., 3] >= PAINTED, 255, 0).astype(np.uint8)
        return mask if mask.any() else None


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
