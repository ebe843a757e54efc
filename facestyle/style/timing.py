"""How long a run will take: its work in floating-point operations, and how fast this machine does them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

import torch

from facestyle import device as devices
from facestyle.models.vgg import Vgg, layer_channels
from facestyle.style.canvas import Canvas
from facestyle.style.footprint import Load, pass_bytes
from facestyle.style.objective import Objective, Painting
from facestyle.style.pixels import Size
from facestyle.style.results import DEFAULT_CONTENT_LAYER, STYLE_LAYERS
from facestyle.style.stages import Stage
from facestyle.style.sweep import block_of
from facestyle.style.tiling import WHOLE, Tiling

_SIDE = 192
"""Pixels of the picture that is timed: large enough that a layer is longer under way than its call."""

_TIMES = 2

FRESH_SECONDS = 300.0
"""How long what was timed is believed."""

_OVERHEAD = 1.07
"""How much longer an operation of a run takes than one of what is timed, all told: 1.02 to 1.09 measured at 192 to 512
pixels (`benchmarks/style_forecast.py`), 1.14 at 4096 in tiles."""


def run_flops(load: Load, size: Size, stages: tuple[Stage, ...], tiling: Tiling, *, frames: int) -> int:
    """Of a run: its steps, what it measures of its pictures first, and what it evaluates for frames only.

    Args:
        load: What is asked for.
        size: (height, width) of the result, pixels.
        stages: Of the run.
        tiling: How it divides its pictures.
        frames: Pictures handed out whose J at full size no step has computed.
    """
    total = frames * forward_flops(load, size, tiling.side)
    for stage in stages:
        once = forward_flops(load, stage.size, tiling.side)
        targets = once * (1 + sum(load.style_areas))
        total += int(targets + stage.steps * once * (2 + _computed_again(load, stage.size, tiling)))
    return total


def forward_flops(load: Load, size: Size, side: int | None) -> int:
    """Of one way through the network in tiles, with what is computed around each; the way back has as many."""
    names = load.convolutions
    channels = [3, *map(layer_channels, names)]
    total = 0
    for tile in load.tiles(size, side):
        for name, before, after in zip(names, channels, channels[1:], strict=False):
            block = block_of(name)
            positions = len(tile.rows[block].window) * len(tile.columns[block].window)
            asked = f"relu{name.removeprefix('conv')}" in load.style_layers
            total += positions * 2 * after * (9 * before + (after if asked else 0))
    return total


def _computed_again(load: Load, size: Size, tiling: Tiling) -> float:
    """The share of tiles that go through the network twice."""
    tiles = load.tiles(size, tiling.side)
    if len(tiles) == 1:
        return 0.0
    _, each = pass_bytes(load, max(tiles, key=lambda tile: len(tile.rows[0].window) * len(tile.columns[0].window)))
    return max(0.0, 1 - tiling.keep_bytes / (each * len(tiles)))


def seconds_per_flop(
    network: Vgg, architecture: str, device: torch.device, *, clock: Callable[[], float] = time.perf_counter
) -> float:
    """How fast this machine evaluates J, which takes about a second to find out.

    Timed once for each network, device and number of threads, and anew after `FRESH_SECONDS`: what else keeps the
    machine busy changes.

    Args:
        network: Of the run.
        architecture: Its, a key of `SPECS`.
        device: Where it runs.
        clock: In seconds; another than the default tells another time, such as that of the processor alone.
    """
    dtype = devices.fast_dtype(device)
    age = int(time.monotonic() // FRESH_SECONDS)
    return _timed(network, architecture, str(device), dtype, torch.get_num_threads(), clock, age) * _OVERHEAD


@lru_cache(maxsize=16)
def _timed(
    network: Vgg,
    architecture: str,
    device: str,
    dtype: torch.dtype,
    _threads: int,
    clock: Callable[[], float],
    _age: int,
) -> float:
    where = torch.device(device)
    picture = torch.rand((1, 3, _SIDE, _SIDE), generator=torch.Generator().manual_seed(0)).to(where)
    weights = dict.fromkeys(STYLE_LAYERS, 1.0)
    objective = Objective(
        network.converted(dtype), Canvas(picture), [Painting(picture)], alpha=1, beta=1, layer_weights=weights
    )
    objective.differentiate(picture)
    took: list[float] = []
    for _ in range(_TIMES):
        devices.synchronize(where)
        began = clock()
        objective.differentiate(picture)
        devices.synchronize(where)
        took.append(clock() - began)
    load = Load(architecture, (*STYLE_LAYERS, DEFAULT_CONTENT_LAYER), "lbfgs")
    return min(took) / (2 * forward_flops(load, (_SIDE, _SIDE), WHOLE.side))
