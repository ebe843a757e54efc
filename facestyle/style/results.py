"""What a stylisation is asked for and what it hands out, as frozen facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Init = Literal["content", "style", "noise"]
Optimizer = Literal["lbfgs", "adam", "sgd"]
Colors = Literal["style", "luminance", "match"]
StyleLoss = Literal["gram", "wasserstein"]
Pooling = Literal["average", "max"]

STYLE_LAYERS: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""The layers of Gatys et al. 2016, section 2.2, whose weights lambda have a slider each."""

INITS: tuple[Init, ...] = ("content", "style", "noise")
OPTIMIZERS: tuple[Optimizer, ...] = ("lbfgs", "adam", "sgd")
COLORS: tuple[Colors, ...] = ("style", "luminance", "match")
STYLE_LOSSES: tuple[StyleLoss, ...] = ("gram", "wasserstein")
POOLINGS: tuple[Pooling, ...] = ("average", "max")

CONTENT_LAYERS: tuple[str, ...] = ("relu1_2", "relu2_2", "relu3_3", "relu4_2")
"""Where content can be compared, from "every hair" to "what is where": Gatys et al. 2016, figure 2."""

DEFAULT_CONTENT_LAYER = "relu3_3"
"""Gatys et al. 2016 take conv4_2 of VGG-19. Seen beside relu4_2 of VGG-16, this one keeps faces recognisable and
buildings upright from every start, and leaves the painting's strokes as free."""

DEFAULT_EMPHASIS = 3.0
"""How many times alpha counts where the content is emphasised. Faces kept so (see `facestyle.portraits`) are painted
and yet recognisable at 3; at 8 they look like a photo between strokes."""

DEFAULT_SIZE = 384
DEFAULT_STEPS = 80
"""A good picture in about half a minute on two CPU cores; the same in the app, on the command line and in the API."""

DEFAULT_BACKBONE = "vgg16"
"""The feature network on board."""


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """One painting S and how it is used.

    Attributes:
        picture: uint8 (height, width, 3 or 4).
        weight: Its share beside the other styles', above 0; only the ratios count.
        scale: Size of its strokes, 0.25 to 4: at 1 the painting is taken at the area of the result, at 2 at twice the
            length and width, so that each stroke is twice as long.
        mask: Where in the picture it goes, uint8 of any size (height, width), 255 for there and 0 for elsewhere; None
            for everywhere.
    """

    picture: npt.NDArray[np.uint8] = field(repr=False)
    weight: float = 1.0
    scale: float = 1.0
    mask: npt.NDArray[np.uint8] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class StyleRequest:
    """One run of the optimisation of Gatys et al. 2016.

    Attributes:
        content: Picture C, uint8 (height, width, 3 or 4); a fourth channel (alpha) is carried to the result.
        style: Picture S, uint8 (height, width, 3 or 4), or several styles.
        alpha: Weight of the content loss, 0 or more.
        beta: Weight of the style loss, 0 or more.
        layer_weights: lambda for each style layer, 0 or more; layers left out count 0.
        size: Longer side of the result, pixels, 64 or more.
        steps: Evaluations of J and its gradient.
        init: What G starts from.
        optimizer: Which method moves the pixels.
        seed: Seed of the noise; the same request and seed give the same picture on a CPU.
        backbone: Catalogue ID of the feature network.
        colors: Whose colours the result has: the style's; the content's, with the painting in its `luminance` only; or
            about the content's, as the style's are moved to `match` them first.
        style_loss: What is compared: the course's `gram` matrices, or means and covariances by the squared
            2-`wasserstein` distance.
        content_layer: Where content is compared, one of `CONTENT_LAYERS`.
        pooling: How the network's blocks are pooled. `average` (Gatys et al. 2016, section 2) gives larger strokes and
            no white specks on smooth parts; `max` is what the network was trained with.
        smoothness: Weight of the total variation, 0 or more: what is above 0 takes fine grain away.
        emphasis: Where the content counts more, uint8 of any size (height, width), 255 for there and 0 for as
            elsewhere, such as faces that shall stay recognisable; None for nowhere.
        emphasis_weight: How many times alpha the content counts there, 1 or more.
        region: Where to paint at all, uint8 of any size (height, width), 255 for there and 0 for where the content
            stays as it is; None for everywhere.
        start: A picture to go on from instead of `init`, uint8 (height, width, 3 or 4), such as an earlier run's last
            one. All steps are then at full size: the large shapes are there already.
    """

    content: npt.NDArray[np.uint8] = field(repr=False)
    style: npt.NDArray[np.uint8] | tuple[Style, ...] = field(repr=False)
    alpha: float = 1.0
    beta: float = 1.0
    layer_weights: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STYLE_LAYERS, 1.0))
    size: int = DEFAULT_SIZE
    steps: int = DEFAULT_STEPS
    init: Init = "content"
    optimizer: Optimizer = "lbfgs"
    seed: int = 0
    backbone: str = DEFAULT_BACKBONE
    colors: Colors = "style"
    style_loss: StyleLoss = "gram"
    content_layer: str = DEFAULT_CONTENT_LAYER
    pooling: Pooling = "average"
    smoothness: float = 0.0
    emphasis: npt.NDArray[np.uint8] | None = field(default=None, repr=False)
    emphasis_weight: float = DEFAULT_EMPHASIS
    region: npt.NDArray[np.uint8] | None = field(default=None, repr=False)
    start: npt.NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def styles(self) -> tuple[Style, ...]:
        """The styles, one or several."""
        return self.style if isinstance(self.style, tuple) else (Style(self.style),)


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
        seconds: Since the run began, without its pauses.
        seconds_left: Estimate of what remains, from the cost of the steps; None before the first. Steps are not equally
            long: the first ones are taken at a coarse size.
        deep: `image` before it was rounded to 256 levels, uint16, 0 to 65535; None unless asked for.
    """

    image: npt.NDArray[np.uint8] = field(repr=False)
    step: int
    steps: int
    losses: StyleLosses
    seconds: float
    seconds_left: float | None = None
    deep: npt.NDArray[np.uint16] | None = field(default=None, repr=False)
