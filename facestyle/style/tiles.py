"""How a large picture is divided, so that its tiles' activations are those of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from facestyle.style.pixels import Size


@dataclass(frozen=True, slots=True)
class Span:
    """Positions `start` to `stop` - 1 of one axis."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def within(self, outer: Span) -> slice:
        """Where this span lies in what holds `outer` only."""
        return slice(self.start - outer.start, self.stop - outer.start)

    @property
    def slice(self) -> slice:
        """Where this span lies in what holds all positions."""
        return slice(self.start, self.stop)


@dataclass(frozen=True, slots=True)
class Reach:
    """One tile at one block of the network, along one axis.

    Attributes:
        own: The positions that count as this tile's. Those of all tiles cover each position once.
        window: The positions that are computed: the own ones, and around them as many as the own ones of this and all
            deeper blocks depend on.
    """

    own: Span
    window: Span


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: for each block of the network in use its rows and its columns."""

    rows: tuple[Reach, ...]
    columns: tuple[Reach, ...]

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that are needed."""
        return self.rows[0].window.slice, self.columns[0].window.slice

    def own(self, block: int) -> tuple[slice, slice]:
        """Rows and columns of a whole block's output that are this tile's; blocks count from 0."""
        return self.rows[block].own.slice, self.columns[block].own.slice

    def own_within(self, block: int) -> tuple[slice, slice]:
        """Rows and columns of this tile's output of a block that are its own."""
        row, column = self.rows[block], self.columns[block]
        return row.own.within(row.window), column.own.within(column.window)


def reaches(length: int, own: Span, convolutions: Sequence[int]) -> tuple[Reach, ...]:
    """What is computed of a tile along one axis, block by block.

    A 3 x 3 convolution needs one position more to each side than it gives, a pooling twice as many as it gives. Where
    the picture ends there is nothing more to need: there the network pads with zeros, in a tile as in the whole. Where
    only the tile ends it pads with zeros too, and each convolution carries this one position further inwards; the
    window is as wide as it takes for the own positions to be reached by none of it.

    Args:
        length: Of the whole axis, pixels.
        own: The tile's pixels. It starts and stops at multiples of what all poolings together divide by, or at the end
            of the axis.
        convolutions: How many are computed in each block in use; there is a pooling between two blocks.
    """
    lengths = [length >> block for block in range(len(convolutions))]
    mine = [
        Span(own.start >> block, whole if own.stop == length else own.stop >> block)
        for block, whole in enumerate(lengths)
    ]
    found: list[Reach] = []
    deeper: Span | None = None
    for block in reversed(range(len(convolutions))):
        start, stop = mine[block].start, mine[block].stop
        if deeper is not None:
            start, stop = min(start, 2 * deeper.start), max(stop, 2 * deeper.stop)
        margin = convolutions[block]
        deeper = Span(max(0, start - margin), min(lengths[block], stop + margin))
        found.insert(0, Reach(mine[block], deeper))
    return tuple(found)


def divide(size: Size, side: int | None, convolutions: Sequence[int]) -> tuple[Tile, ...]:
    """Divide a picture into tiles of about equal size.

    Args:
        size: (height, width) of the picture, pixels.
        side: Of a tile, at most, pixels; None for one tile that is the whole picture.
        convolutions: How many are computed in each block in use.

    Returns:
        Row by row. Their own pixels cover the picture without overlap.
    """
    step = 2 ** (len(convolutions) - 1)
    rows, columns = (
        [reaches(length, own, convolutions) for own in _cut(length, side or length, step)] for length in size
    )
    return tuple(Tile(row, column) for row in rows for column in columns)


def _cut(length: int, side: int, step: int) -> list[Span]:
    count = -(-length // max(side, step))
    each = -(-length // count)
    each = -(-each // step) * step
    starts = list(range(0, length, each))
    if len(starts) > 1 and length - starts[-1] < step:
        starts.pop()  # what an odd length leaves over would have no position in the deepest block
    return [Span(start, stop) for start, stop in pairwise([*starts, length])]
