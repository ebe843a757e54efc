"""The k places that most activate each channel, over pictures that come one at a time.

Source: Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks" (arXiv:1311.2901), figure 2. Memory
does not grow with the number of pictures: k places a channel are kept, whatever comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]

PATCHES = 9
"""k, as in the figure: three rows of three."""

NOWHERE = -1
"""Picture of a place that is not taken: the channel answered in fewer than k."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel answered.

    Attributes:
        picture: Its number, from 0.
        row: Of the layer.
        column: Of the layer.
        activation: Above 0.
    """

    picture: int
    row: int
    column: int
    activation: float


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The places of all channels of a layer, the strongest first.

    Attributes:
        activations: float32 (channels, k); 0 where there is none.
        pictures: int32 (channels, k); `NOWHERE` where there is none.
        rows: int32 (channels, k).
        columns: int32 (channels, k).
    """

    activations: Floats
    pictures: Integers
    rows: Integers
    columns: Integers

    @classmethod
    def empty(cls, channels: int, k: int) -> Ranking:
        """Before any picture."""
        nowhere = np.full((channels, k), NOWHERE, np.int32)
        return cls(np.zeros((channels, k), np.float32), nowhere, nowhere, nowhere)

    def __len__(self) -> int:
        return len(self.activations)

    def places(self, channel: int) -> tuple[Place, ...]:
        """Those of one channel, at most k."""
        return tuple(self._places(channel))

    def merged(self, other: Ranking) -> Ranking:
        """The best k of both; ties go to the earlier picture, then to the upper row, then to the left."""
        activations, pictures, rows, columns = (
            np.concatenate([ours, theirs], axis=1)
            for ours, theirs in (
                (self.activations, other.activations),
                (self.pictures, other.pictures),
                (self.rows, other.rows),
                (self.columns, other.columns),
            )
        )
        order = np.lexsort((columns, rows, pictures, -activations), axis=1)[:, : self.activations.shape[1]]
        activations, pictures, rows, columns = (
            np.take_along_axis(values, order, axis=1) for values in (activations, pictures, rows, columns)
        )
        return Ranking(activations, pictures, rows, columns)

    def _places(self, channel: int) -> Iterator[Place]:
        for activation, picture, row, column in zip(
            self.activations[channel], self.pictures[channel], self.rows[channel], self.columns[channel], strict=True
        ):
            if picture != NOWHERE:
                yield Place(int(picture), int(row), int(column), float(activation))


def strongest(activations: Floats, *, picture: int, most: int, apart: int, rows: range, columns: range) -> Ranking:
    """The strongest places of one picture, channel by channel.

    The strongest is taken, then the strongest of those at least `apart` rows or columns from all taken ones, and so on.

    Args:
        activations: float32 (channels, height, width); what is not above 0 is no answer.
        picture: The picture's number.
        most: Places a channel, at least 1.
        apart: Positions, at least 1; so many that patches of two places don't overlap.
        rows: Rows that count; those at the border see padding.
        columns: Columns that count.
    """
    channels = len(activations)
    seen = activations[:, rows.start : rows.stop, columns.start : columns.stop].copy()
    best = Ranking.empty(channels, most)
    height, width = seen.shape[1:]
    if not height or not width:
        return best
    values, pictures = best.activations.copy(), best.pictures.copy()
    found_rows, found_columns = best.rows.copy(), best.columns.copy()
    every = np.arange(channels)
    for turn in range(most):
        # argmax gives the first of equals: the uppermost, then the leftmost
        row, column = np.divmod(seen.reshape(channels, -1).argmax(axis=1), width)
        value = seen[every, row, column]
        for channel in np.flatnonzero(value > 0):
            top, left = row[channel], column[channel]
            values[channel, turn], pictures[channel, turn] = value[channel], picture
            found_rows[channel, turn], found_columns[channel, turn] = top + rows.start, left + columns.start
            near = (slice(max(0, top - apart + 1), top + apart), slice(max(0, left - apart + 1), left + apart))
            seen[channel][near] = 0
    return Ranking(values, pictures, found_rows, found_columns)
