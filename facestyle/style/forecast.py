"""What a run will take, time and memory, before it begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import torch

from facestyle import device as devices
from facestyle.models.vgg import Vgg
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style.memory import MemoryForecast, as_text
from facestyle.style.results import StyleRequest
from facestyle.style.service import forecast, load_of
from facestyle.style.stages import plan
from facestyle.style.timing import run_flops, seconds_per_flop

SIZES = (256, 384, 512, 768, 1024, 1536, 2048, 3072)
"""Longer sides, pixels, that are offered instead."""


@dataclass(frozen=True, slots=True)
class SizeChoice:
    """What a size would cost.

    Attributes:
        size: Longer side, pixels.
        seconds: That a run would take, about.
        need: Bytes at its peak, about.
    """

    size: int
    seconds: float
    need: int


@dataclass(frozen=True, slots=True)
class RunForecast:
    """What a run will take.

    Attributes:
        memory: What it needs, and what there is.
        seconds: From the call to the last picture, about.
        smaller: Smaller sizes that fit, large to small: what to choose from where the run does not fit or would take
            too long.
    """

    memory: MemoryForecast
    seconds: float
    smaller: tuple[SizeChoice, ...]

    @property
    def fits(self) -> bool:
        """Whether the run would be done, and not refused."""
        return self.memory.limit is None or self.memory.need <= self.memory.limit

    def as_text(self) -> str:
        """Time and memory in a few words: `about 25 s, 0.8 GiB`."""
        return f"about {duration(self.seconds)}, {as_text(self.memory.need)}"


def forecast_run(
    request: StyleRequest, *, device: torch.device | str | None = None, settings: Settings | None = None
) -> RunForecast:
    """How much memory and time a run would take, without running it.

    The first call in a process loads the network and times it on a small picture, about a second. The time of a run is
    then about right where nothing else keeps the machine busy.

    Raises:
        InvalidRequestError: A parameter is out of its range.
        UnknownModelError: No such backbone.
        WeightsError: The backbone's weights are not usable.
    """
    settings = settings or Settings()
    where = torch.device(device) if device is not None else devices.pick(settings)
    memory = forecast(request, device=where, settings=settings)
    network = cast("Vgg", load_model(request.backbone, where, settings))
    rate = seconds_per_flop(network, load_of(request, where, settings).architecture, where)
    smaller: list[SizeChoice] = []
    for side in reversed([side for side in SIZES if side < request.size]):
        changed = replace(request, size=side)
        needed = forecast(changed, device=where, settings=settings)
        if needed.limit is None or needed.need <= needed.limit:
            seconds = run_seconds(changed, needed, rate, device=where, settings=settings)
            smaller.append(SizeChoice(side, seconds, needed.need))
    seconds = run_seconds(request, memory, rate, device=where, settings=settings)
    return RunForecast(memory, seconds, tuple(smaller))


def duration(seconds: float) -> str:
    """In words, no more exact than a forecast is."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def run_seconds(
    request: StyleRequest, memory: MemoryForecast, rate: float, *, device: torch.device, settings: Settings
) -> float:
    """What a run will take, seconds.

    Args:
        request: That was checked.
        memory: Its forecast, with how its pictures are divided.
        rate: Seconds that a floating-point operation takes, see `seconds_per_flop`.
        device: Where it will run.
        settings: As for the run.
    """
    stages = plan(memory.size, request.steps, pyramid=request.start is None)
    # The first and the last picture, the last try of the optimiser, and a look now and then at the coarse stages.
    looks = 3 + round(sum(stage.steps * stage.cost for stage in stages[:-1]))
    load = load_of(request, device, settings)
    return rate * run_flops(load, memory.size, stages, memory.tiling, frames=looks)
