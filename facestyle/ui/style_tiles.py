"""The buttons of the two tabs that paint: learned styles with what they do to a photo, and presets."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle.errors import FacestyleError
from facestyle.style.presets import PRESETS
from facestyle.ui import html, texts
from facestyle.ui.context import Context
from facestyle.ui.hub_styles import hub_styles

if TYPE_CHECKING:
    from facestyle.style.fast import FastStyle

log = logging.getLogger(__name__)

ON_BOARD = "multistyle26"
"""Catalogue ID of the network whose styles can be mixed."""

PRESSED = """
element.addEventListener('click', (event) => {
  const target = event.target.closest('.fs-tile');
  if (!target) return;
  element.querySelectorAll('.fs-tile').forEach((tile) => tile.setAttribute('aria-pressed', String(tile === target)));
});
element.addEventListener('keydown', (event) => {
  const steps = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
  const tiles = [...element.querySelectorAll('.fs-tile')];
  const at = tiles.indexOf(document.activeElement);
  if (at < 0 || !(event.key in steps)) return;
  event.preventDefault();
  tiles[(at + steps[event.key] + tiles.length) % tiles.length].focus();
});
"""
"""For `gr.HTML(js_on_load=...)`, after `CLICKS`: shows which tile was clicked last, and arrows go from tile to tile."""

TILES = Path(__file__).resolve().parent / "examples" / "styles"


@cache
def tile_picture(style_id: str) -> str:
    """A data: URI of the sample photo in that style, or nothing where no tile ships."""
    path = TILES / f"{style_id}.jpg"
    if not path.is_file():
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def learned_styles(ctx: Context) -> Sequence[FastStyle]:
    """The styles on board; none where their network is not usable, so that the rest of the page still opens."""
    try:
        elsewhere = hub_styles(ctx)
        return [style for style in ctx.services.fast_styles() if style.id not in elsewhere]
    except FacestyleError as error:
        log.warning("No learned styles: %s", error.code)
        return ()


def tiles(styles: Sequence[FastStyle]) -> str:
    """A gallery of buttons, one for each learned style, each showing what it does to the same photo."""
    if not styles:
        return ""
    title = html.esc(texts.FAST_TILES.format(count=len(styles)))
    shown = "".join(map(_tile, styles))
    return f'<p class="fs-caption">{title}</p><div class="fs-tiles" role="group" aria-label="{title}">{shown}</div>'


def _tile(style: FastStyle) -> str:
    source = tile_picture(style.id)
    picture = f'<img src="{source}" alt="" loading="lazy">' if source else '<span class="fs-no-picture"></span>'
    return (
        f'<button type="button" class="fs-tile" aria-pressed="false" data-action="style" '
        f'data-id="{html.esc(style.id)}">{picture}<span>{html.esc(style.name)}</span></button>'
    )


def release(elem_id: str) -> str:
    """JavaScript that lets go of the pressed tile."""
    return (
        f"() => document.querySelectorAll('#{elem_id} .fs-tile[aria-pressed=true]')"
        ".forEach((tile) => tile.setAttribute('aria-pressed', 'false'))"
    )


def presets() -> str:
    """A row of buttons, one for each preset."""
    buttons = "".join(
        f'<button type="button" class="fs-button" data-action="preset" data-id="{html.esc(preset.id)}" '
        f'title="{html.esc(texts.STYLE_PRESET_HINTS[preset.id])}">{html.esc(texts.STYLE_PRESET_NAMES[preset.id])}</button>'
        for preset in PRESETS
    )
    title = html.esc(texts.STYLE_PRESETS)
    return f'<p class="fs-caption">{title}</p><div class="fs-presets" role="group" aria-label="{title}">{buttons}</div>'
