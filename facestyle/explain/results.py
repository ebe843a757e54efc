"""What was found in the pictures, as values: layers, patches, and how far a search is. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError
from facestyle.explain.ranking import Place, Ranking
from facestyle.explain.receptive import ReceptiveField

RGB = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a network.

    Attributes:
        number: 1 to 5, the block it ends.
        name: `relu3_3`.
        channels: How many it has.
        field: How its positions lie over the picture, the same along both axes.
    """

    number: int
    name: str
    channels: int
    field: ReceptiveField


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of a picture.

    Attributes:
        picture: Its number, from 0.
        top: Of the receptive field, pixels of `TopPatches.pictures`.
        left: Likewise.
        side: Its height and width.
        activation: Of the channel there, above 0.
        place: The position in the layer.
    """

    picture: int
    top: int
    left: int
    side: int
    activation: float
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class TopPatches:
    """What was found in the pictures looked at so far.

    Attributes:
        layers: In the order asked for.
        rankings: One for each layer.
        pictures: uint8 (height, width, 3), in the size at which they were looked at.
        per_picture: Patches that one picture may give to a channel.
    """

    layers: tuple[Layer, ...]
    rankings: tuple[Ranking, ...]
    pictures: tuple[RGB, ...]
    per_picture: int

    def layer(self, number: int) -> Layer:
        """One of the layers by its number.

        Raises:
            InvalidRequestError: It was not asked for.
        """
        return self.layers[self._at(number)]

    def patches(self, number: int, channel: int) -> tuple[Patch, ...]:
        """A channel's patches, the strongest first; none if it answered nowhere.

        Raises:
            InvalidRequestError: No such layer or channel.
        """
        layer, ranking = self.layers[self._at(number)], self.rankings[self._at(number)]
        if not 0 <= channel < layer.channels:
            raise InvalidRequestError(f"{layer.name} has channels 0 to {layer.channels - 1}, not {channel}.")
        return tuple(
            Patch(
                place.picture,
                layer.field.span(place.row)[0],
                layer.field.span(place.column)[0],
                layer.field.size,
                place.activation,
                place,
            )
            for place in ranking.places(channel)
        )

    def crop(self, patch: Patch) -> RGB:
        """The pixels of a patch, uint8 (side, side, 3)."""
        whole = self.pictures[patch.picture]
        return whole[patch.top : patch.top + patch.side, patch.left : patch.left + patch.side]

    def _at(self, number: int) -> int:
        for place, layer in enumerate(self.layers):
            if layer.number == number:
                return place
        raise InvalidRequestError(f"Layer {number} was not looked at.")


@dataclass(frozen=True, slots=True)
class PatchStep:
    """How far the search is.

    Attributes:
        done: Pictures looked at.
        total: Pictures in all.
        seconds: So far.
        seconds_left: None before the first picture.
        found: In those looked at.
    """

    done: int
    total: int
    seconds: float
    seconds_left: float | None
    found: TopPatches
