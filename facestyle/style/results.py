"""What a stylisation is asked for and what it hands out, as frozen facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Init = Literal["content", "style", "noise"]
Optimizer = Literal["lbfgs", "adam", "sgd"]

STYLE_LAYERS: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""The layers of Gatys et al. 2016, section 2.2, whose weights lambda have a slider each."""

INITS: tuple[Init, ...] = ("content", "style", "noise")
OPTIMIZERS: tuple[Optimizer, ...] = ("lbfgs", "adam", "sgd")

DEFAULT_SIZE = 384
DEFAULT_STEPS = 80
"""A good picture in about half a minute on two CPU cores; the same in the app, on the command line and in the API."""


@dataclass(frozen=True, slots=True)
class StyleRequest:
    """One run of the optimisation of Gatys et al. 2016.

    Attributes:
        content: Picture C, uint8 (height, width, 3 or 4); a fourth channel (alpha) is carried to the result.
        style: Picture S, uint8 (height, width, 3).
        alpha: Weight of the content loss, 0 or more.
        beta: Weight of the style loss, 0 or more.
        layer_weights: lambda for each style layer, 0 or more; layers left out count 0.
        size: Longer side of the result, pixels, 64 or more.
        steps: Evaluations of J and its gradient.
        init: What G starts from.
        optimizer: Which method moves the pixels.
        seed: Seed of the noise; the same request and seed give the same picture on a CPU.
        backbone: Catalogue ID of the feature network.
    """

    content: npt.NDArray[np.uint8] = field(repr=False)
    style: npt.NDArray[np.uint8] = field(repr=False)
    alpha: float = 1.0
    beta: float = 1.0
    layer_weights: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STYLE_LAYERS, 1.0))
    size: int = DEFAULT_SIZE
    steps: int = DEFAULT_STEPS
    init: Init = "content"
    optimizer: Optimizer = "lbfgs"
    seed: int = 0
    backbone: str = "vgg16"


@dataclass(frozen=True, slots=True)
class StyleLosses:
    """The course's losses of the picture in the frame (clamped, as it would be saved), unnormalised.

    Attributes:
        content: J_content(C, G) = 1/2 ||a(C) - a(G)||^2.
        style: J_style(S, G) = sum over layers of lambda J_style^[l].
        total: alpha J_content + beta J_style in the normalised units that the optimiser minimises.
    """

    total: float
    content: float
    style: float


@dataclass(frozen=True, slots=True)
class StyleFrame:
    """One iterate G.

    Attributes:
        image: uint8 (height, width, 3 or 4), as it would be saved.
        step: Evaluations done, 0 for the initial picture.
        steps: Evaluations asked for.
        losses: Of `image`.
        seconds: Since the run began.
        seconds_left: Estimate of what remains, from the cost of the steps; None before the first. Steps are not equally
            long: the first ones are taken at a coarse size.
    """

    image: npt.NDArray[np.uint8] = field(repr=False)
    step: int
    steps: int
    losses: StyleLosses
    seconds: float
    seconds_left: float | None = None
