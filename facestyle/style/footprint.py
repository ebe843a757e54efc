"""What a run takes, counted: the bytes that are alive at its peak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facestyle.models.vgg import SPECS, layer_channels
from facestyle.style.features import extended_size
from facestyle.style.optimizers.lbfgs import PAIR_BYTES, history_of
from facestyle.style.pixels import Size
from facestyle.style.results import DEFAULT_CONTENT_LAYER, Optimizer, Pooling, StyleRequest
from facestyle.style.sweep import RECOMPUTED, block_of
from facestyle.style.tiles import Tile, divide
from facestyle.style.tiling import Tiling

FIXED_BYTES = 90 * 2**20
"""The network in the precision of the run and its weights for the way back, and buffers of the library. Measured."""

_PICTURE = 3 * 4
"""Bytes of a picture's pixel in float32."""

_RATIO = 1.1
"""What the system has to give beside what is alive: memory that is free again comes in other pieces. Measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run's memory and time depend on besides its size.

    Attributes:
        architecture: Of the network, a key of `SPECS`.
        style_layers: Those with a weight.
        optimizer: See `StyleRequest`.
        style_areas: Of each painting, in areas of the result.
        masks: Of paintings, the region, and what is emphasised.
        transparent: Whether the content has an alpha channel.
        value_bytes: Of one activation: 4, or 2 in half precision.
        content_layer: See `StyleRequest`, as all that follow.
        pooling: See `StyleRequest`.
        smooth: Whether there is a weight on smoothness.
        steps: Of the run: L-BFGS remembers no more of them; None for as many as it can remember.
    """

    architecture: str
    style_layers: tuple[str, ...]
    optimizer: Optimizer
    style_areas: tuple[float, ...] = (1.0,)
    masks: int = 0
    transparent: bool = False
    value_bytes: int = 4
    content_layer: str = DEFAULT_CONTENT_LAYER
    pooling: Pooling = "average"
    smooth: bool = False
    steps: int | None = None

    @classmethod
    def of(cls, request: StyleRequest, architecture: str, value_bytes: int) -> Load:
        """Of a checked request."""
        layers = tuple(layer for layer, weight in request.layer_weights.items() if weight > 0)
        given = (request.region, request.emphasis, *(style.mask for style in request.styles))
        masks = sum(mask is not None for mask in given)
        areas = tuple(style.scale**2 for style in request.styles)
        transparent = request.content.shape[2] == 4
        return cls(
            architecture,
            layers,
            request.optimizer,
            areas,
            masks,
            transparent,
            value_bytes,
            request.content_layer,
            request.pooling,
            smooth=request.smoothness > 0,
            steps=request.steps,
        )

    @property
    def convolutions(self) -> list[str]:
        """The network's, as far as it is computed."""
        names = SPECS[self.architecture].layers
        wanted = [f"conv{layer.removeprefix('relu')}" for layer in (self.content_layer, *self.style_layers)]
        return list(names[: max(names.index(name) for name in wanted) + 1])

    def tiles(self, size: Size, side: int | None) -> tuple[Tile, ...]:
        """How a picture of that size is divided."""
        names = self.convolutions
        blocks = range(block_of(names[-1]) + 1)
        return divide(extended_size(size), side, [sum(block_of(name) == block for name in names) for block in blocks])


def run_bytes(load: Load, size: Size, tiling: Tiling) -> int:
    """At the peak of a run, beside the program itself."""
    height, width = extended_size(size)
    tiles = load.tiles(size, tiling.side)
    largest = max(tiles, key=lambda tile: len(tile.rows[0].window) * len(tile.columns[0].window))
    peak, kept = pass_bytes(load, largest)
    if len(tiles) > 1:
        peak += min(tiling.keep_bytes, kept * (len(tiles) - 1))
    alive = _kept_bytes(load, height * width, compact=tiling.compact)
    # The gradient beside the pass, or what the optimiser computes its step with.
    pictures = max({"lbfgs": 6, "adam": 2, "sgd": 3}[load.optimizer], 6 if load.smooth else 0)
    moving = pictures * _PICTURE * height * width
    return FIXED_BYTES + int(_RATIO * (alive + max(peak + _PICTURE * height * width, moving)))


def _kept_bytes(load: Load, pixels: int, *, compact: bool) -> int:
    """From one step to the next."""
    pictures = 1 + sum(load.style_areas)  # C, S
    pictures += 3  # G, the best G so far, the gradient there
    byte_pictures = 4 if load.transparent else 3
    remembered = history_of(pixels) if load.steps is None else min(history_of(pixels), load.steps)
    pairs = remembered * PAIR_BYTES if load.optimizer == "lbfgs" else 0
    moments = 2 * _PICTURE if load.optimizer == "adam" else 0
    content = (
        layer_channels(load.content_layer) * (2 if compact else load.value_bytes) / 4 ** block_of(load.content_layer)
    )
    if load.value_bytes < 4 and not compact:
        content *= 3  # and the target in float32 that the first and last losses are computed with
    masks = load.masks * 4 * 4 / 3
    return int(pixels * (pictures * _PICTURE + byte_pictures + pairs + moments + content + masks))


def pass_bytes(load: Load, tile: Tile) -> tuple[int, int]:
    """Of one tile on its way there and back: the most that is alive, and what is kept in between.

    Walks through the network as `Sweep` does.
    """
    names, value = load.convolutions, load.value_bytes
    wanted = {load.content_layer, *load.style_layers}
    areas = [len(row.window) * len(column.window) for row, column in zip(tile.rows, tile.columns, strict=True)]

    def values(name: str) -> int:
        return areas[block_of(name)] * layer_channels(name)

    kept = [areas[0] * _PICTURE]
    peak, signal = 0, areas[0] * 3 * value
    for before, name in zip([None, *names], names, strict=False):
        if before is not None and block_of(before) != block_of(name):
            pooled = areas[block_of(name)] * layer_channels(before) * value
            if load.pooling == "max":  # where the maxima were, eight bytes each
                kept[-1] += pooled // value * 8
            peak, signal = max(peak, sum(kept) + signal + pooled), pooled
        made = values(name) * value
        peak = max(peak, sum(kept) + signal + made)
        asked = f"relu{name.removeprefix('conv')}" in wanted
        kept.append(0 if name == RECOMPUTED else made if asked else values(name))
        # What is asked for is the signal itself; a byte for each activation is kept beside it.
        peak = max(peak, sum(kept) + (0 if asked and name != RECOMPUTED else made))
        signal = 0 if asked and name != RECOMPUTED else made
    everything = sum(kept)
    return max(peak, _back_bytes(names, areas, kept, value, whole=tile.rows[0].own == tile.rows[0].window)), everything


def _back_bytes(names: Sequence[str], areas: Sequence[int], kept: list[int], value: int, *, whole: bool) -> int:
    peak = 0
    for number in reversed(range(len(names))):
        name = names[number]
        block, channels = block_of(name), layer_channels(name)
        gradient = areas[block] * channels * value
        alive = sum(kept[: number + 2])
        again = areas[0] * channels * (value + 1) if name == RECOMPUTED else 0
        incoming = layer_channels(names[number - 1]) if number else 3
        through = areas[block] * incoming * value
        peak = max(peak, alive + gradient + again, alive + gradient + through)
        if number and block_of(names[number - 1]) != block:
            spread = areas[block - 1] * incoming * value
            peak = max(peak, sum(kept[: number + 1]) + through + spread * (1 if whole else 2))
    return peak
