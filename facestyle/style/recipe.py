"""The settings of a run as text inside its PNG, and back.

Only numbers and choices: no names of files or people, no times, nothing of the computer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from PIL import PngImagePlugin

import facestyle
from facestyle.errors import SettingsDamagedError, SettingsMissingError, refused
from facestyle.numbers import is_number
from facestyle.style.results import (
    COLORS,
    CONTENT_LAYERS,
    DEFAULT_CONTENT_LAYER,
    INITS,
    OPTIMIZERS,
    POOLINGS,
    STYLE_LOSSES,
    Colors,
    Init,
    Optimizer,
    Pooling,
    StyleLoss,
    StyleRequest,
)

KEYWORD = "facestyle"
"""Of the PNG text chunk (PNG specification, third edition, section 11.3.3.2)."""

SCHEMA = 1
_LONGEST = 8192
"""Characters: a text of ours has some hundreds."""

_CHOICES: dict[str, Sequence[str]] = {
    "init": INITS, "optimizer": OPTIMIZERS, "colors": COLORS, "style_loss": STYLE_LOSSES,
    "content_layer": CONTENT_LAYERS, "pooling": POOLINGS,
}  # fmt: skip
_RANGES = {
    "alpha": (0, 1e6), "beta": (0, 1e6), "size": (64, 4096), "steps": (1, 10_000), "seed": (0, 2**63 - 1),
    "strength": (0, 1), "smoothness": (0, 1e6), "emphasis_weight": (1, 1000),
}  # fmt: skip
_SINCE: dict[str, Any] = {
    "content_layer": DEFAULT_CONTENT_LAYER,
    "pooling": "average",
    "smoothness": 0.0,
    "emphasis_weight": 1.0,
}
"""What older pictures say nothing of, and were painted with."""

_WHOLE = {"size", "steps", "seed"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run was asked for, without its pictures.

    Attributes:
        alpha: Like all that are not named here, as `StyleRequest` has it.
        steps: Steps that were done.
        weights: Of each style, in their order.
        scales: Size of the strokes of each style.
        strength: What the result counts beside the photo in the saved picture, 0 to 1.
        emphasis_weight: How many times alpha counted where the content was emphasised; 1 if nowhere.
        masked: Whether masks had a part in it; they are not kept.
        version: Of the program that painted.
    """

    alpha: float
    beta: float
    layer_weights: Mapping[str, float]
    size: int
    steps: int
    init: Init
    optimizer: Optimizer
    seed: int
    backbone: str
    colors: Colors
    style_loss: StyleLoss
    weights: tuple[float, ...] = (1.0,)
    scales: tuple[float, ...] = (1.0,)
    strength: float = 1.0
    masked: bool = False
    content_layer: str = DEFAULT_CONTENT_LAYER
    pooling: Pooling = "average"
    smoothness: float = 0.0
    emphasis_weight: float = 1.0
    version: str = field(default=facestyle.__version__)

    def as_text(self) -> str:
        """One line of JSON, ASCII."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, sort_keys=True)


def recipe_of(request: StyleRequest, *, steps: int, strength: float = 1.0) -> Recipe:
    """The recipe of a run after some steps."""
    return Recipe(
        alpha=request.alpha,
        beta=request.beta,
        layer_weights=dict(request.layer_weights),
        size=request.size,
        steps=steps,
        init=request.init,
        optimizer=request.optimizer,
        seed=request.seed,
        backbone=request.backbone,
        colors=request.colors,
        style_loss=request.style_loss,
        weights=tuple(style.weight for style in request.styles),
        scales=tuple(style.scale for style in request.styles),
        strength=strength,
        content_layer=request.content_layer,
        pooling=request.pooling,
        smoothness=request.smoothness,
        emphasis_weight=1.0 if request.emphasis is None else request.emphasis_weight,
        masked=request.region is not None or any(style.mask is not None for style in request.styles),
    )


def read_recipe(data: bytes) -> Recipe:
    """The recipe in a PNG file; its pixels are not decoded.

    Raises:
        SettingsMissingError: No PNG, or one without settings of this program.
        SettingsDamagedError: The settings do not parse, or hold what cannot be.
    """
    no_png = "This file is no PNG, and only PNG files carry settings. Choose a PNG that this program painted."
    with refused(SettingsMissingError(no_png)):
        text = PngImagePlugin.PngImageFile(io.BytesIO(data)).info.get(KEYWORD)
    if not isinstance(text, str):
        raise SettingsMissingError(
            "This picture carries no settings. Choose a PNG that this program painted and no other program saved again."
        )
    damaged = "The settings in this picture are damaged or of a newer program. Choose another picture."
    with refused(SettingsDamagedError(damaged)):
        return _parse(text)


def _parse(text: str) -> Recipe:
    if len(text) > _LONGEST:
        raise ValueError("too long")
    read = json.loads(text)
    if not isinstance(read, dict) or read.pop("schema") != SCHEMA:
        raise ValueError("another schema")
    found = _SINCE | read
    for name, choices in _CHOICES.items():
        if found[name] not in choices:
            raise ValueError(name)
    for name, (low, high) in _RANGES.items():
        found[name] = _number(found[name], low, high, whole=name in _WHOLE)
    layers = found["layer_weights"]
    if not isinstance(layers, dict):
        raise TypeError("layer_weights")
    found["layer_weights"] = {str(layer): _number(weight, 0, 1e6) for layer, weight in layers.items()}
    found["weights"] = tuple(_number(value, 1e-6, 1e6) for value in found["weights"])
    found["scales"] = tuple(_number(value, 0.25, 4) for value in found["scales"])
    if not 1 <= len(found["weights"]) == len(found["scales"]) <= 8:
        raise ValueError("styles")
    if not all(isinstance(found[name], str) for name in ("backbone", "version")):
        raise TypeError("text")
    if not isinstance(found["masked"], bool):
        raise TypeError("masked")
    return Recipe(**found)  # an unknown name is a TypeError


def _number(value: object, low: float, high: float, *, whole: bool = False) -> Any:  # noqa: ANN401 - int or float
    if not is_number(value):
        raise TypeError("no number")
    if not low <= value <= high or (whole and value != int(value)):
        raise ValueError("out of range")
    return int(value) if whole else float(value)
