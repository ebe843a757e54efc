"""For each channel of a layer the nine patches, of many pictures, that activate it most.

Source: Zeiler & Fergus 2014 (arXiv:1311.2901), figure 2. A patch is the receptive field of one position, to the pixel.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from facestyle.errors import InvalidRequestError
from facestyle.explain.pictures import RGB, SIDE, fitted
from facestyle.explain.ranking import PATCHES, Ranking, strongest
from facestyle.explain.results import Layer, PatchStep, TopPatches
from facestyle.models.vgg import Vgg

_FEWEST_CANDIDATES = 3 * PATCHES


def patches_a_picture(pictures: int) -> int:
    """How many patches one picture may give to a channel.

    One, so that the nine show what nine pictures have in common; but of few pictures one patch each would be all of
    them, whatever they show. So each may give more, until there are three times as many candidates as places.
    """
    return min(PATCHES, max(1, math.ceil(_FEWEST_CANDIDATES / max(1, pictures))))


def find_patches(
    network: Vgg, layers: Sequence[Layer], pictures: Sequence[RGB], *, per_picture: int | None = None, side: int = SIDE
) -> Generator[PatchStep]:
    """Looks at pictures one by one and keeps, for each channel of each layer, the places that activate it most.

    Only positions count whose receptive field lies inside the picture, so that each patch is all that the position saw.
    Patches of one picture don't overlap. Float32 throughout; ties go to the earlier picture, then to the upper left.
    Closing the generator stops the work within a picture.

    Args:
        network: Where the layers are; on the device that it shall run on.
        layers: As from `representative_layers`.
        pictures: uint8 (height, width, 3), any sizes.
        per_picture: Patches that one picture may give to a channel; default: `patches_a_picture`.
        side: Shorter side at which they are looked at, pixels.

    Yields:
        A step before the first picture and after each.

    Raises:
        InvalidRequestError: No pictures, or something that is none.
        ImageTooSmallError: A strip.
    """
    if not pictures:
        raise InvalidRequestError("There is no picture to look at. Give at least one.")
    if per_picture is None:
        per_picture = patches_a_picture(len(pictures))
    if not 1 <= per_picture <= PATCHES:
        raise InvalidRequestError(f"A picture may give 1 to {PATCHES} patches to a channel, not {per_picture}.")
    largest = max(layer.field.size for layer in layers)
    if side < largest:
        raise InvalidRequestError(f"These layers see {largest} pixels, so a side can't be {side}. Choose more.")
    began = time.monotonic()
    device = next(network.parameters()).device
    rankings = tuple(Ranking.empty(layer.channels, PATCHES) for layer in layers)
    seen: list[RGB] = []

    def step() -> PatchStep:
        seconds = time.monotonic() - began
        left = seconds / len(seen) * (len(pictures) - len(seen)) if seen else None
        found = TopPatches(tuple(layers), rankings, tuple(seen), per_picture)
        return PatchStep(len(seen), len(pictures), seconds, left, found)

    yield step()
    for number, given in enumerate(pictures):
        picture = fitted(given, side)
        rankings = tuple(
            ranking.merged(_strongest(layer, activations, picture, number, per_picture))
            for layer, ranking, activations in zip(
                layers, rankings, _activations(network, layers, picture, device), strict=True
            )
        )
        seen.append(picture)
        yield step()


def _activations(
    network: Vgg, layers: Sequence[Layer], picture: RGB, device: torch.device
) -> list[npt.NDArray[np.float32]]:
    pixels = torch.from_numpy(np.array(picture)).to(device).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        found = network(pixels, [layer.name for layer in layers])
    return [found[layer.name][0].float().cpu().numpy() for layer in layers]


def _strongest(layer: Layer, activations: npt.NDArray[np.float32], picture: RGB, number: int, most: int) -> Ranking:
    rows, columns = (
        layer.field.inside(pixels, positions)
        for pixels, positions in zip(picture.shape[:2], activations.shape[1:], strict=True)
    )
    apart = math.ceil(layer.field.size / layer.field.jump)
    return strongest(activations, picture=number, most=most, apart=apart, rows=rows, columns=columns)
