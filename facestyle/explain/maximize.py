"""A picture made for one channel: what excites it most, found by climbing its activation from noise.

Source: Erhan et al. 2009, "Visualizing higher-layer features of a deep network"; regularised by chance
transformations and climbed in Fourier space as in Olah, Mordvintsev & Schubert 2017 (doi:10.23915/distill.00007), whose
recipe is kept: Adam with a rate of 0.05, and before each step a shift, a scale and a turn by chance.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from facestyle.errors import InvalidRequestError
from facestyle.explain.fourier import Spectrum
from facestyle.explain.results import Layer
from facestyle.models.vgg import Vgg

RATE = 0.05
SIDE = 160
STEPS = 80

_SHIFT, _SCALES, _TURN = 8.0, (0.9, 1.1), 10.0
"""Pixels either way; factors; degrees either way."""


@dataclass(frozen=True, slots=True, eq=False)
class DreamFrame:
    """A step of the climb.

    Attributes:
        image: uint8 (side, side, 3).
        step: Done so far.
        steps: In all.
        activation: The channel's mean over the picture, before its rectifier.
        seconds: So far.
        seconds_left: None before the first step.
    """

    image: npt.NDArray[np.uint8]
    step: int
    steps: int
    activation: float
    seconds: float
    seconds_left: float | None


def maximise(
    network: Vgg, layer: Layer, channel: int, *, side: int = SIDE, steps: int = STEPS, seed: int = 0, every: int = 1
) -> Generator[DreamFrame]:
    """Climbs the mean activation of a channel.

    The activation is taken before the rectifier, behind which a channel that is silent at the start has no gradient.

    Args:
        network: On the device that it shall run on.
        layer: A rectifier of it.
        channel: Of the layer.
        side: Of the picture, pixels.
        steps: Of Adam.
        seed: Of the start and of all chances.
        every: A frame after so many steps; always one before the first and after the last.

    Raises:
        InvalidRequestError: A number is out of its range.
    """
    if not 0 <= channel < layer.channels:
        raise InvalidRequestError(f"{layer.name} has channels 0 to {layer.channels - 1}, not {channel}.")
    if not 32 <= side <= 512 or not 1 <= steps <= 2048 or every < 1:
        raise InvalidRequestError("A side has 32 to 512 pixels, and a climb 1 to 2048 steps.")
    device = next(network.parameters()).device
    name = f"conv{layer.name.removeprefix('relu')}"
    spectrum = Spectrum(side, seed=seed, device=device)
    optimiser = torch.optim.Adam([spectrum.coefficients], lr=RATE)
    chance = np.random.default_rng(seed)
    began = time.monotonic()

    def excited(picture: Tensor) -> Tensor:
        found: dict[str, Tensor] = network(picture, [name])
        return found[name][0, channel].mean()

    def frame(step: int) -> DreamFrame:
        with torch.no_grad():
            picture = spectrum.picture()
            activation = float(excited(picture))
        image = (picture[0].permute(1, 2, 0) * 255).round().to(torch.uint8).cpu().numpy()
        seconds = time.monotonic() - began
        return DreamFrame(image, step, steps, activation, seconds, seconds / step * (steps - step) if step else None)

    yield frame(0)
    for step in range(1, steps + 1):
        loss = -excited(_by_chance(spectrum.picture(), chance))
        (spectrum.coefficients.grad,) = torch.autograd.grad(loss, spectrum.coefficients)
        optimiser.step()
        if step % every == 0 or step == steps:
            yield frame(step)


def _by_chance(picture: Tensor, chance: np.random.Generator) -> Tensor:
    """A picture a little shifted, scaled and turned; beyond its ends it is mirrored."""
    side = picture.shape[-1]
    factor = chance.uniform(*_SCALES)
    angle = math.radians(chance.uniform(-_TURN, _TURN))
    x, y = chance.uniform(-_SHIFT, _SHIFT, 2) * 2 / side
    cosine, sine = math.cos(angle) / factor, math.sin(angle) / factor
    turn = torch.tensor([[[cosine, -sine, x], [sine, cosine, y]]], dtype=picture.dtype, device=picture.device)
    grid = F.affine_grid(turn, list(picture.shape), align_corners=False)
    return F.grid_sample(picture, grid, padding_mode="reflection", align_corners=False)
