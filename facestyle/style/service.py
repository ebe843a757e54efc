"""Neural style transfer as a generator of pictures: whoever listens decides what to show and when to stop."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import cast

import torch

from facestyle import device as devices
from facestyle import weights as catalogue
from facestyle.errors import LossNotFiniteError
from facestyle.models.vgg import Vgg
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style import pixels as px
from facestyle.style.checks import MIN_SIZE, check_request
from facestyle.style.control import RunControl, RunWeights
from facestyle.style.footprint import Load
from facestyle.style.memory import MemoryForecast, forecast_memory
from facestyle.style.optimize import Iterate, optimize
from facestyle.style.optimizers import make_optimizer
from facestyle.style.pace import Pace
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.style.scene import Scene
from facestyle.style.stages import plan
from facestyle.style.tiling import Tiling


def stylize(
    request: StyleRequest,
    *,
    device: torch.device | str | None = None,
    settings: Settings | None = None,
    frame_every: float = 1.0,
    deep: bool = False,
    control: RunControl | None = None,
) -> Generator[StyleFrame]:
    """Paint the content in the style (Gatys et al. 2016).

    The run goes from coarse to fine (see `plan`), and each of its `request.steps` is one evaluation of J and its
    gradient. Frames are always of the full size, and their losses those of the full-size picture in its range [0, 1].
    The first and last frame's are computed in float32 from the 256 levels that are saved, the others' in the run's
    precision, which on some CPUs is half precision (see `facestyle.device.fast_dtype`): then within a few percent.

    Args:
        request: What to paint.
        device: Where to run; default: what the settings say.
        settings: Where to find the weights, and how much memory to use.
        frame_every: Work between two frames, in full-size steps. 1 gives a frame for each step at full size and one
            for every 4 or 16 of the cheaper coarse steps. The first and the last picture are always handed out.
        deep: Whether the frames also carry the picture in 16 bits a channel.
        control: Steers the run from another thread: pausing it, other weights, ending it with the picture it has. A
            run that pauses hands out its picture first, then waits while it is asked for the next one.

    Returns:
        A generator of frames, which does the work while it is asked for the next one. Closing it stops the work: no
        network is evaluated after that.

    Raises:
        InvalidRequestError: A parameter is out of its range.
        UnknownModelError: No such backbone.
        WeightsError: The backbone's weights are not usable.
        NotEnoughMemoryError: The run would not fit.
        LossNotFiniteError: From the generator, after the last good picture.
    """
    settings = settings or Settings()
    where = torch.device(device) if device is not None else devices.pick(settings)
    expected = forecast(request, device=where, settings=settings)
    expected.check(MIN_SIZE)
    control = control or RunControl()
    control.bind(lambda weights: check_request(_reweighed(request, weights), settings))
    return _tuned(_run(request, where, settings, frame_every, control, tiling=expected.tiling, deep=deep), where)


def _tuned(frames: Generator[StyleFrame], device: torch.device) -> Generator[StyleFrame]:
    with closing(frames), devices.steady_shapes(device):
        yield from frames


def _reweighed(request: StyleRequest, weights: RunWeights) -> StyleRequest:
    return replace(request, alpha=weights.alpha, beta=weights.beta, layer_weights=dict(weights.layer_weights))


def forecast(
    request: StyleRequest, *, device: torch.device | str | None = None, settings: Settings | None = None
) -> MemoryForecast:
    """How much memory a run would take, without running it.

    Raises:
        InvalidRequestError: A parameter is out of its range.
        UnknownModelError: No such backbone.
    """
    settings = settings or Settings()
    check_request(request, settings)
    where = torch.device(device) if device is not None else devices.pick(settings)
    height, width = request.content.shape[:2]
    size = px.result_size((height, width), request.size)
    return forecast_memory(load_of(request, where, settings), size, where, settings)


def load_of(request: StyleRequest, device: torch.device, settings: Settings) -> Load:
    """What a checked request's memory and time depend on besides its size."""
    architecture = catalogue.entry(request.backbone, settings).architecture
    return Load.of(request, architecture, torch.finfo(devices.fast_dtype(device)).bits // 8)


def _run(
    request: StyleRequest,
    device: torch.device,
    settings: Settings,
    frame_every: float,
    control: RunControl,
    *,
    tiling: Tiling,
    deep: bool,
) -> Generator[StyleFrame]:
    began = time.perf_counter()
    scene = Scene(
        request, network=cast("Vgg", load_model(request.backbone, device, settings)), device=device, tiling=tiling
    )
    stages = plan(scene.size, request.steps, pyramid=request.start is None)
    # A frame of a coarse stage takes a way through the network at full size, which no step has gone: half a step.
    coarse = sum(stage.steps * stage.cost for stage in stages[:-1])
    look = 0.5 / max(1.0, frame_every)
    pace = Pace(sum(stage.steps * stage.cost for stage in stages) + look * coarse)
    started: float | None = None
    waited = 0.0

    def frame(iterate: Iterate, losses: StyleLosses) -> StyleFrame:
        devices.synchronize(device)
        now = time.perf_counter()
        left = None
        if started is not None:
            left = pace.left(iterate.cost + look * min(iterate.cost, coarse), now - started - waited)
        return StyleFrame(
            image=scene.picture(iterate),
            step=iterate.step,
            steps=request.steps,
            losses=losses,
            seconds=now - began - waited,
            seconds_left=left,
            deep=scene.deep_picture(iterate) if deep else None,
        )

    def changed() -> bool:
        weights = control.take()
        if weights is not None:
            scene.reweigh(weights)
        return weights is not None

    run = optimize(
        scene.objective,
        scene.start(),
        stages,
        lambda: make_optimizer(request.optimizer),
        keep_detail=request.init != "noise",
        changed=changed,
    )
    shown = iterate = next(run)
    yield frame(iterate, scene.exact_losses(iterate))
    started = time.perf_counter()
    try:
        for iterate in run:
            last = iterate.step == request.steps
            if last or iterate.cost - shown.cost >= frame_every - 1e-9:
                losses = scene.exact_losses(iterate) if last else scene.losses(iterate)
                yield frame(iterate, losses)
                shown = iterate
            if control.paused and not last:
                if shown is not iterate:
                    yield frame(iterate, scene.losses(iterate))
                    shown = iterate
                paused_at = time.perf_counter()
                control.wait()
                waited += time.perf_counter() - paused_at
            if control.stopped and not last:
                if shown is not iterate:
                    yield frame(iterate, scene.losses(iterate))
                return
    except LossNotFiniteError:
        if iterate.step > shown.step:
            yield frame(iterate, scene.losses(iterate))
        raise
