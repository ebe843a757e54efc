"""Patches as one picture: a channel's nine in three rows, and many channels on a sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from facestyle.errors import InvalidRequestError
from facestyle.explain.ranking import PATCHES
from facestyle.explain.results import RGB, TopPatches

ROWS = 3
GAP = 2
"""Pixels between patches."""

MOST_ON_SHEET = 512
_COLUMNS, _MARGIN, _LABEL = 8, 10, 16
_GROUND, _INK, _NOTHING = (255, 255, 255), (18, 23, 43), (228, 231, 240)


def enlarged(patch: RGB, side: int) -> RGB:
    """A patch as a square of `side` pixels; few pixels stay pixels, many are smoothed."""
    small = patch.shape[0] * 3 <= side
    filtering = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(patch).resize((side, side), filtering))


def mosaic(found: TopPatches, number: int, channel: int, side: int = 48) -> RGB:
    """A channel's patches, the strongest at the upper left, three in a row; grey where there is none.

    Args:
        found: The patches.
        number: Of the layer.
        channel: Of the layer.
        side: Of one patch, pixels.
    """
    length = ROWS * side + (ROWS - 1) * GAP
    canvas = np.full((length, length, 3), _GROUND, np.uint8)
    patches = found.patches(number, channel)
    for place in range(PATCHES):
        top, left = (side + GAP) * (place // ROWS), (side + GAP) * (place % ROWS)
        tile = enlarged(found.crop(patches[place]), side) if place < len(patches) else _NOTHING
        canvas[top : top + side, left : left + side] = tile
    return canvas


def sheet(found: TopPatches, number: int, channels: Sequence[int], side: int = 48) -> RGB:
    """The mosaics of many channels, eight in a row, each with its number.

    Raises:
        InvalidRequestError: No channels, too many, or one that the layer doesn't have.
    """
    if not 0 < len(channels) <= MOST_ON_SHEET:
        raise InvalidRequestError(f"A sheet has 1 to {MOST_ON_SHEET} channels, not {len(channels)}.")
    tiles = [mosaic(found, number, channel, side) for channel in channels]
    length = tiles[0].shape[0]
    columns = min(_COLUMNS, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    wide, high = length + _MARGIN, length + _LABEL + _MARGIN
    canvas = Image.new("RGB", (columns * wide + _MARGIN, rows * high + _MARGIN), _GROUND)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(12)
    for place, (channel, tile) in enumerate(zip(channels, tiles, strict=True)):
        left, top = _MARGIN + wide * (place % columns), _MARGIN + high * (place // columns)
        pen.text((left, top), str(channel), _INK, font)
        canvas.paste(Image.fromarray(tile), (left, top + _LABEL))
    return np.asarray(canvas)
