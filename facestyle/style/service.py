"""Neural style transfer as a generator of pictures: whoever listens decides what to show and when to stop."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import cast

import torch
from torch import Tensor

from facestyle import device as devices
from facestyle.errors import LossNotFiniteError
from facestyle.models.vgg import Vgg
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style import pixels as px
from facestyle.style.checks import MIN_SIZE, check_request
from facestyle.style.features import fast_dtype
from facestyle.style.memory import MemoryForecast, forecast_memory
from facestyle.style.objective import Evaluation, Objective
from facestyle.style.optimize import Iterate, check_finite, optimize
from facestyle.style.optimizers import make_optimizer
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.style.stages import Stage, plan


def stylize(
    request: StyleRequest,
    *,
    device: torch.device | str | None = None,
    settings: Settings | None = None,
    frame_every: float = 1.0,
) -> Generator[StyleFrame]:
    """Paint the content in the style (Gatys et al. 2016).

    The run goes from coarse to fine (see `plan`), and each of its `request.steps` is one evaluation of J and its
    gradient. Frames are always of the full size, and their losses those of the full-size picture in its range [0, 1].
    The first and last frame's are computed in float32 from the 256 levels that are saved, the others' in the run's
    precision, which on some CPUs is half precision (see `fast_dtype`): then within a few percent.

    Args:
        request: What to paint.
        device: Where to run; default: what the settings say.
        settings: Where to find the weights, and how much memory to use.
        frame_every: Work between two frames, in full-size steps. 1 gives a frame for each step at full size and one
            for every 4 or 16 of the cheaper coarse steps. The first and the last picture are always handed out.

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
    forecast(request, device=where, settings=settings).check(MIN_SIZE)
    return _run(request, where, settings, frame_every)


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
    return forecast_memory(px.result_size((height, width), request.size), request.optimizer, where, settings)


def _run(request: StyleRequest, device: torch.device, settings: Settings, frame_every: float) -> Generator[StyleFrame]:
    began = time.perf_counter()
    content, alpha = px.prepare_content(request.content, request.size)
    size = (content.shape[0], content.shape[1])
    scene = _Scene(
        request,
        network=cast("Vgg", load_model(request.backbone, device, settings)),
        content=px.to_tensor(content, device),
        style=px.to_tensor(px.prepare_style(request.style, size), device),
    )
    stages = plan(size, (scene.style.shape[-2], scene.style.shape[-1]), request.steps)
    whole = sum(stage.steps * stage.cost for stage in stages)
    started: float | None = None

    def frame(iterate: Iterate, losses: StyleLosses) -> StyleFrame:
        devices.synchronize(device)
        now = time.perf_counter()
        left = None
        if started is not None and iterate.cost > 0:
            left = (now - started) * (whole - iterate.cost) / iterate.cost
        return StyleFrame(
            image=px.to_picture(iterate.pixels, alpha),
            step=iterate.step,
            steps=request.steps,
            losses=losses,
            seconds=now - began,
            seconds_left=left,
        )

    run = optimize(
        scene.objective,
        scene.start(),
        stages,
        lambda: make_optimizer(request.optimizer),
        keep_detail=request.init != "noise",
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
    except LossNotFiniteError:
        if iterate.step > shown.step:
            yield frame(iterate, scene.losses(iterate))
        raise


class _Scene:
    """C, S and the network of one run, and the objectives made of them."""

    def __init__(self, request: StyleRequest, *, network: Vgg, content: Tensor, style: Tensor) -> None:
        self.request = request
        self.content, self.style = content, style
        dtype = fast_dtype(content.device)
        self._fast_network = network.converted(dtype)
        self._full = self._make(self._fast_network, content, style)
        self._exact = self._full if dtype is torch.float32 else self._make(network, content, style)

    def start(self) -> Tensor:
        """G before the first step."""
        size = (self.content.shape[-2], self.content.shape[-1])
        if self.request.init == "noise":
            return px.noise(size, self.request.seed, self.content.device)
        if self.request.init == "style":
            # Stretched to the content's shape: every part of the painting stays in the picture.
            return px.resize(self.style, size).clamp(0, 1)
        return self.content

    def objective(self, stage: Stage) -> Objective:
        """J at the size of a stage."""
        if stage.cost == 1:
            return self._full
        content = px.resize(self.content, stage.size).clamp(0, 1)
        style = px.resize(self.style, stage.style).clamp(0, 1)
        return self._make(self._fast_network, content, style)

    def losses(self, iterate: Iterate) -> StyleLosses:
        """Of the picture at full size; evaluated unless the run has done so."""
        return self._checked(iterate.evaluation or self._full.evaluate(iterate.pixels))

    def exact_losses(self, iterate: Iterate) -> StyleLosses:
        """Of the picture as it is saved, in float32."""
        return self._checked(self._exact.evaluate(px.rounded(iterate.pixels)))

    def _make(self, network: Vgg, content: Tensor, style: Tensor) -> Objective:
        request = self.request
        return Objective(
            network, content, style, alpha=request.alpha, beta=request.beta, layer_weights=request.layer_weights
        )

    @staticmethod
    def _checked(evaluation: Evaluation) -> StyleLosses:
        check_finite(evaluation)
        return evaluation.losses()
