"""How much memory a run will take, and how much there is."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from facestyle.errors import NotEnoughMemoryError
from facestyle.settings import Settings
from facestyle.style.features import MIN_SIDE
from facestyle.style.optimizers.lbfgs import HISTORY
from facestyle.style.pixels import Size
from facestyle.style.results import Optimizer

FIXED_BYTES = 120 * 2**20
"""The copy of the network in the precision of the run, and buffers of the library. Measured."""

BYTES_PER_PIXEL = 2250
"""Activations kept for the gradient, and the largest temporary beside them, in float32. Measured on a CPU, see the
tests; half precision takes an eighth less."""

_PAIR_BYTES = 2 * 3 * 4
"""A pair of L-BFGS: two float32 pictures, for each pixel."""

FREE_SHARE = 0.8
"""Of the memory that is free, what one run may take where the settings do not say."""


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """What a run will need beside the running program.

    Attributes:
        size: (height, width) of the result, pixels.
        need: Bytes at the peak, about.
        limit: Bytes that the run may take; None where the system does not say what is free.
        fitting_size: The longest side that would stay below the limit at this aspect ratio, pixels; None without limit.
    """

    size: Size
    need: int
    limit: int | None
    fitting_size: int | None

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
            f"Painting {width} x {height} pixels takes about {_mib(self.need)} of memory; {_mib(self.limit)} may be "
            f"used. {advice}"
        )


def forecast_memory(size: Size, optimizer: Optimizer, device: torch.device, settings: Settings) -> MemoryForecast:
    """Forecast a run's peak, and compare it with what it may take.

    Args:
        size: (height, width) of the result, pixels.
        optimizer: L-BFGS keeps a history of pictures.
        device: Where the run takes place; its memory is what counts.
        settings: `memory_limit_mb` replaces the look at what is free.
    """
    if settings.memory_limit_mb is not None:
        limit: int | None = settings.memory_limit_mb * 2**20
    else:
        free = _free_bytes(device)
        limit = None if free is None else int(free * FREE_SHARE)
    return MemoryForecast(size, need_bytes(size, optimizer), limit, _fitting(size, optimizer, limit))


def need_bytes(size: Size, optimizer: Optimizer) -> int:
    """Peak memory of a run, bytes: fixed, and so much for each pixel."""
    pixels = max(size[0], MIN_SIDE) * max(size[1], MIN_SIDE)
    return FIXED_BYTES + pixels * (BYTES_PER_PIXEL + (HISTORY * _PAIR_BYTES if optimizer == "lbfgs" else 0))


def _fitting(size: Size, optimizer: Optimizer, limit: int | None) -> int | None:
    if limit is None:
        return None
    longest = max(size)
    scale = math.sqrt(max(0, limit - FIXED_BYTES) / max(1, need_bytes(size, optimizer) - FIXED_BYTES))
    side = int(longest * scale)
    # The shorter side rounds, and stops shrinking at MIN_SIDE.
    while side > 0 and need_bytes((_at(size[0], side, longest), _at(size[1], side, longest)), optimizer) > limit:
        side -= 1
    return side


def _at(side: int, longer_side: int, longest: int) -> int:
    return max(1, round(side * longer_side / longest))


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


def _mib(value: int) -> str:
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{round(value / 2**20)} MiB"
