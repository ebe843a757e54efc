"""What a request may ask for, checked before any work is done."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

from facestyle import weights
from facestyle.errors import InvalidRequestError
from facestyle.models.vgg import SPECS, layer_names
from facestyle.settings import Settings
from facestyle.style.results import INITS, OPTIMIZERS, StyleRequest

MIN_SIZE = 64
MAX_SIZE = 4096
"""Pixels of the longer side. A larger picture would take hours and tens of gigabytes."""

MAX_STEPS = 10_000


def check_request(request: StyleRequest, settings: Settings) -> None:
    """Refuse what cannot be run.

    Raises:
        InvalidRequestError: A picture of another type or shape, or a parameter out of its range; the sentence says
            which, and what is possible.
        UnknownModelError: No such backbone.
    """
    _check_picture(request.content, "content", (3, 4))
    _check_picture(request.style, "style", (3, 4))
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
    if request.init not in INITS:
        raise InvalidRequestError(f"init can be {', '.join(INITS)}, not {request.init!r}.")
    if request.optimizer not in OPTIMIZERS:
        raise InvalidRequestError(f"optimizer can be {', '.join(OPTIMIZERS)}, not {request.optimizer!r}.")


def _check_picture(picture: object, name: str, channels: tuple[int, ...]) -> None:
    if not isinstance(picture, np.ndarray):
        raise InvalidRequestError(f"The {name} picture is missing. Give a uint8 array (height, width, 3).")
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in channels or picture.size == 0:
        raise InvalidRequestError(
            f"The {name} picture must be a uint8 array (height, width, 3), not {picture.dtype} of {picture.shape}."
        )


def _check_weight(value: object, name: str) -> None:
    if not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise InvalidRequestError(f"{name} must be a number of 0 or more, not {value!r}.")


def _check_layers(request: StyleRequest, settings: Settings) -> None:
    entry = weights.entry(request.backbone, settings)
    if entry.role != "style_features" or entry.architecture not in SPECS:
        raise InvalidRequestError(f"Model “{request.backbone}” is no feature network for style transfer. Use vgg16.")
    known = [name for name in layer_names(SPECS[entry.architecture]) if name.startswith("relu")]
    for layer, weight in request.layer_weights.items():
        if layer not in known:
            raise InvalidRequestError(f"There is no layer {layer!r}. {request.backbone} has {', '.join(known)}.")
        _check_weight(weight, f"The weight of {layer}")


def _check_whole(value: object, name: str, low: int, high: int, unit: str = "") -> None:
    if not isinstance(value, Integral) or not low <= int(value) <= high:
        words = f" {unit}" if unit else ""
        raise InvalidRequestError(f"{name} must be a whole number from {low} to {high}{words}, not {value!r}.")
