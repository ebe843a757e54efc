"""What a request may ask for, checked before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from facestyle import weights
from facestyle.errors import InvalidRequestError
from facestyle.models.vgg import SPECS, layer_names
from facestyle.numbers import is_number, shown
from facestyle.settings import Settings
from facestyle.style.results import (
    COLORS,
    CONTENT_LAYERS,
    INITS,
    OPTIMIZERS,
    POOLINGS,
    STYLE_LOSSES,
    StyleRequest,
)

MIN_SIZE = 64
MAX_SIZE = 4096
"""Pixels of the longer side. A larger picture would take hours and tens of gigabytes."""

MAX_STEPS = 10_000
MAX_STYLES = 8
MIN_SCALE, MAX_SCALE = 0.25, 4.0
MAX_EMPHASIS = 1000.0

_CHOICES: dict[str, Sequence[str]] = {
    "init": INITS,
    "optimizer": OPTIMIZERS,
    "colors": COLORS,
    "style_loss": STYLE_LOSSES,
    "content_layer": CONTENT_LAYERS,
    "pooling": POOLINGS,
}


def check_request(request: StyleRequest, settings: Settings) -> None:
    """Refuse what cannot be run.

    Raises:
        InvalidRequestError: A picture of another type or shape, or a parameter out of its range; the sentence says
            which, and what is possible.
        UnknownModelError: No such backbone.
    """
    _check_picture(request.content, "content", (3, 4))
    _check_styles(request)
    _check_weight(request.alpha, "alpha")
    _check_weight(request.beta, "beta")
    _check_layers(request, settings)
    if request.alpha == 0 and request.beta == 0:
        raise InvalidRequestError("alpha and beta are both 0, so there is nothing to optimise. Raise one of them.")
    if request.beta > 0 and not any(request.layer_weights.values()):
        raise InvalidRequestError("No style layer has a weight above 0. Raise one, or set beta to 0.")
    _check_whole(request.size, "size", MIN_SIZE, MAX_SIZE, "pixels")
    _check_whole(request.steps, "steps", 1, MAX_STEPS)
    _check_whole(request.seed, "seed", 0, 2**63 - 1)
    for name, choices in _CHOICES.items():
        value = getattr(request, name)
        if value not in choices:
            raise InvalidRequestError(f"{name} can be {', '.join(choices)}, not {shown(value)}.")
    _check_weight(request.smoothness, "smoothness")
    if not is_number(request.emphasis_weight) or not 1 <= request.emphasis_weight <= MAX_EMPHASIS:
        raise InvalidRequestError(
            f"emphasis_weight must be a number from 1 to {MAX_EMPHASIS:g}, not {shown(request.emphasis_weight)}."
        )
    _check_mask(request.emphasis, "The map of what to keep recognisable")
    _check_mask(request.region, "The region to paint")
    if request.start is not None:
        _check_picture(request.start, "start", (3, 4))


def _check_styles(request: StyleRequest) -> None:
    if not request.styles:
        raise InvalidRequestError("The style picture is missing. Give at least one style.")
    if len(request.styles) > MAX_STYLES:
        raise InvalidRequestError(f"{MAX_STYLES} styles at most can be mixed, not {len(request.styles)}.")
    for number, style in enumerate(request.styles, 1):
        name = "style" if len(request.styles) == 1 else f"style {number}"
        _check_picture(style.picture, name, (3, 4))
        _check_weight(style.weight, f"The weight of {name}")
        if style.weight == 0:
            raise InvalidRequestError(f"The weight of {name} is 0. Raise it, or leave the style out.")
        _check_scale(style.scale, name)
        _check_mask(style.mask, f"The mask of {name}")


def _check_scale(value: object, name: str) -> None:
    if not is_number(value) or not MIN_SCALE <= value <= MAX_SCALE:
        raise InvalidRequestError(
            f"The scale of {name} must be a number from {MIN_SCALE:g} to {MAX_SCALE:g}, not {shown(value)}."
        )


def _check_mask(mask: object, name: str) -> None:
    if mask is None:
        return
    if not isinstance(mask, np.ndarray) or mask.dtype != np.uint8 or mask.ndim != 2 or mask.size == 0:
        raise InvalidRequestError(f"{name} must be a uint8 array (height, width), 0 to 255.")
    if mask.max() < 128:
        raise InvalidRequestError(f"{name} is empty. Paint over the parts that it shall cover, or leave it out.")


def _check_picture(picture: object, name: str, channels: tuple[int, ...]) -> None:
    if not isinstance(picture, np.ndarray):
        raise InvalidRequestError(f"The {name} picture is missing. Give a uint8 array (height, width, 3).")
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in channels or picture.size == 0:
        raise InvalidRequestError(
            f"The {name} picture must be a uint8 array (height, width, 3), not {picture.dtype} of {picture.shape}."
        )


def _check_weight(value: object, name: str) -> None:
    if not is_number(value) or value < 0:
        raise InvalidRequestError(f"{name} must be a number of 0 or more, not {shown(value)}.")


def _check_layers(request: StyleRequest, settings: Settings) -> None:
    entry = weights.entry(request.backbone, settings)
    if entry.role != "style_features" or entry.architecture not in SPECS:
        raise InvalidRequestError(f"Model “{request.backbone}” is no feature network for style transfer. Use vgg16.")
    known = [name for name in layer_names(SPECS[entry.architecture]) if name.startswith("relu")]
    for layer, weight in request.layer_weights.items():
        if layer not in known:
            raise InvalidRequestError(f"There is no layer {shown(layer)}. {request.backbone} has {', '.join(known)}.")
        _check_weight(weight, f"The weight of {layer}")


def _check_whole(value: object, name: str, low: int, high: int, unit: str = "") -> None:
    if not isinstance(value, Integral) or not low <= int(value) <= high:
        words = f" {unit}" if unit else ""
        raise InvalidRequestError(f"{name} must be a whole number from {low} to {high}{words}, not {shown(value)}.")
