"""The layers that are shown: one for each of "layers 1 to 5", and how it lies over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import nn

from facestyle import weights
from facestyle.errors import InvalidRequestError
from facestyle.explain.receptive import Window, receptive_field
from facestyle.explain.results import Layer
from facestyle.models.vgg import SPECS, Vgg, layer_channels
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

_POOLING = Window(2, stride=2)
"""Vgg's, before each block but the first."""


def load_backbone(backbone: str, device: torch.device, settings: Settings) -> Vgg:
    """The feature network of a catalogue ID.

    Raises:
        InvalidRequestError: That model is no VGG.
        UnknownModelError: No such ID.
        WeightsError: Its weights are not usable.
    """
    if weights.entry(backbone, settings).architecture not in SPECS:
        raise InvalidRequestError(f"“{backbone}” has no layers to look at here. Choose {' or '.join(SPECS)}.")
    return cast("Vgg", load_model(backbone, device, settings))


def windows(network: Vgg, name: str) -> tuple[Window, ...]:
    """All windows from the picture up to a layer.

    Raises:
        InvalidRequestError: The network has no such layer.
    """
    if name not in network.layers:
        raise InvalidRequestError(f"There is no layer “{name}”. Choose one of {', '.join(network.layers)}.")
    deepest = "conv" + name.removeprefix("conv").removeprefix("relu")
    convolutions = [layer for layer in network.layers if layer.startswith("conv")]
    found: list[Window] = []
    for layer in convolutions[: convolutions.index(deepest) + 1]:
        if layer.endswith("_1") and layer != "conv1_1":
            found.append(_POOLING)
        module = cast("nn.Conv2d", network.get_submodule(layer))
        found.append(
            Window(module.kernel_size[0], module.stride[0], cast("int", module.padding[0]), module.dilation[0])
        )
    return tuple(found)


def layer_of(network: Vgg, name: str) -> Layer:
    """A layer by its name.

    Raises:
        InvalidRequestError: The network has no such layer.
    """
    field = receptive_field(windows(network, name))
    return Layer(int(name.removeprefix("conv").removeprefix("relu")[0]), name, layer_channels(name), field)


def representative_layers(network: Vgg) -> tuple[Layer, ...]:
    """The last rectifier of each block, as far as the network goes: what its five stages have arrived at."""
    last = {layer_of(network, name).number: name for name in network.layers if name.startswith("relu")}
    return tuple(layer_of(network, name) for name in last.values())


def layers_by_number(network: Vgg, numbers: Sequence[int]) -> tuple[Layer, ...]:
    """Some of the representative layers.

    Raises:
        InvalidRequestError: A number that is none of them.
    """
    known = {layer.number: layer for layer in representative_layers(network)}
    if wrong := [number for number in numbers if number not in known]:
        raise InvalidRequestError(f"There is no layer {wrong[0]}. Choose from {min(known)} to {max(known)}.")
    return tuple(known[number] for number in numbers)
