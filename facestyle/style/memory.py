"""How much memory a run will take, how much there is, and how the run is divided so that the one fits the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from facestyle.errors import NotEnoughMemoryError
from facestyle.settings import Settings
from facestyle.style.footprint import Load, pass_bytes, run_bytes
from facestyle.style.pixels import Size
from facestyle.style.tiling import WHOLE, Tiling

FREE_SHARE = 0.8
"""Of the memory that is free, what one run may take where the settings do not say."""

COMFORT_BYTES = int(5.5 * 2**30)
"""What one run takes of a CPU's memory at most where the settings do not say: more of it saves tiles their second way
through the network, a quarter of the time, but whoever paints has other programs open."""

TILE_SIDES = (1024, 768, 512, 384, 256)
"""Pixels. A small tile takes little memory, and computes more that is not its own."""

LARGEST = 8192
"""Pixels beyond which no fitting size is looked for."""


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """What a run will need beside the running program.

    Attributes:
        size: (height, width) of the result, pixels.
        need: Bytes at the peak, about.
        limit: Bytes that the run may take; None where the system does not say what is free.
        fitting_size: The longest side that would stay below the limit at this aspect ratio, pixels; None without limit.
        tiling: How the run divides its pictures.
    """

    size: Size
    need: int
    limit: int | None
    fitting_size: int | None
    tiling: Tiling = WHOLE

    def check(self, smallest: int) -> None:
        """Refuse a run that would not fit.

        Args:
            smallest: Size that a request must have at least, pixels.

        Raises:
            NotEnoughMemoryError: Naming a size that would fit, if one does.
        """
        if self.limit is None or self.need <= self.limit:
            return
        height, width = self.size
        fits = self.fitting_size or 0
        advice = f"Choose a size of {fits} or less." if fits >= smallest else "Close other programs and try again."
        raise NotEnoughMemoryError(
            f"Painting {width} x {height} pixels takes about {as_text(self.need)} of memory; {as_text(self.limit)} may "
            f"be used. {advice}"
        )


def forecast_memory(load: Load, size: Size, device: torch.device, settings: Settings) -> MemoryForecast:
    """Divide a run so that it fits, forecast its peak, and compare it with what it may take.

    Args:
        load: What is asked for.
        size: (height, width) of the result, pixels.
        device: Where the run takes place; its memory is what counts.
        settings: `memory_limit_mb` replaces the look at what is free, and `style_tile` the choice of tiles.
    """
    limit, wanted = _limits(device, settings)
    tiling, need = _divided(load, size, wanted, settings.style_tile)
    fits = None if limit is None else _fitting(load, size, limit, settings.style_tile)
    return MemoryForecast(size, need, limit, fits, tiling)


def _limits(device: torch.device, settings: Settings) -> tuple[int | None, int | None]:
    """What may be taken, and what is taken where it can be helped."""
    if settings.memory_limit_mb is not None:
        limit = settings.memory_limit_mb * 2**20
        return limit, limit
    free = _free_bytes(device)
    if free is None:
        return None, COMFORT_BYTES
    limit = int(free * FREE_SHARE)
    return limit, min(limit, COMFORT_BYTES) if device.type == "cpu" else limit


def _divided(load: Load, size: Size, wanted: int | None, forced: int | None) -> tuple[Tiling, int]:
    """The fastest way that takes no more than is wanted, or else the one that takes least; and what it takes."""
    found: list[tuple[int, Tiling]] = []
    for tiling in _ways(size, forced):
        need = run_bytes(load, size, tiling)
        if wanted is None or need <= wanted:
            spare = 0 if wanted is None or tiling.side is None else int((wanted - need) / 1.2)
            kept = _keeping(load, size, tiling, spare)
            return kept, run_bytes(load, size, kept)
        found.append((need, tiling))
    need, tiling = min(found, key=lambda way: way[0])
    return tiling, need


def _ways(size: Size, forced: int | None) -> Iterator[Tiling]:
    sides = TILE_SIDES if forced is None else (forced,)
    if not forced:
        yield WHOLE
    for compact in (False, True):
        yield from (Tiling(side, compact=compact) for side in sides if 0 < side < max(size))
    if forced and forced >= max(size):
        yield WHOLE


def _keeping(load: Load, size: Size, tiling: Tiling, spare: int) -> Tiling:
    """With what is spare used to keep tiles, if it is enough for one."""
    if tiling.side is None:
        return tiling
    tiles = load.tiles(size, tiling.side)
    _, each = pass_bytes(load, max(tiles, key=lambda tile: len(tile.rows[0].window) * len(tile.columns[0].window)))
    return replace(tiling, keep_bytes=min(spare, each * len(tiles)) if spare >= each else 0)


def _fitting(load: Load, size: Size, limit: int, forced: int | None) -> int:
    """By bisection: a longer side never takes much less."""
    longest = max(size)

    def fits(side: int) -> bool:
        at = (max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest)))
        return _divided(load, at, limit, forced)[1] <= limit

    low, high = 0, max(longest, LARGEST)
    if fits(high):
        return high
    while high - low > max(1, low // 100):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _free_bytes(device: torch.device) -> int | None:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    found = [value for value in (_available(), _control_group()) if value is not None]
    return min(found) if found else None


def _available() -> int | None:
    """Memory that the system could give: Linux says so; elsewhere half of what is built in is taken to be free."""
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                return int(rest.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _control_group() -> int | None:
    """What a container's limit leaves (cgroup version 2), None without one."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text("ascii").strip()
        used = int((folder / "memory.current").read_text("ascii"))
        # Pages of files count as used there, but are given back when memory is wanted.
        details = dict(line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines())
        return None if limit == "max" else max(0, int(limit) - used + int(details.get("inactive_file", 0)))
    except (OSError, ValueError):
        return None


def as_text(value: int) -> str:
    """Bytes in words."""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{round(value / 2**20)} MiB"
