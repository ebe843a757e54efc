"""What is kept of a run to make a film of it: few pictures, evenly spread, compressed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facestyle import images

MOST = 96
"""Pictures kept at most: eight seconds of film."""

SIDE = 640
"""Longer side of what is kept, pixels: at most about 10 MB a run."""


@dataclass
class Reel:
    """Takes each picture, then each second one, each fourth ... so that a run of any length has a film.

    Attributes:
        every: Which pictures are taken at present.
        seen: Pictures shown to `add`.
    """

    every: int = 1
    seen: int = 0
    _kept: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """What it holds in memory."""
        return sum(map(len, self._kept))

    def add(self, image: npt.NDArray[np.uint8]) -> None:
        """Looks at the next picture of the run, uint8 (height, width, 3 or 4), and keeps it if it is its turn."""
        if self.seen % self.every == 0:
            self._kept.append(_compressed(image))
            if len(self._kept) > MOST:
                self._kept = self._kept[::2]
                self.every *= 2
        self.seen += 1

    def copy(self) -> Reel:
        """To go on with, for a run that goes on from this one's end."""
        return Reel(self.every, self.seen, list(self._kept))

    def pictures(self, last: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.uint8]]:
        """What was kept, and the result, uint8 (height, width, 3), all of the size of the first."""
        final = _compressed(last)
        size: tuple[int, int] | None = None
        for data in (*self._kept, final):
            picture = images.decode(data)
            size = size or picture.shape[:2]
            if picture.shape[:2] == size:
                yield picture


def _compressed(image: npt.NDArray[np.uint8]) -> bytes:
    small = images.resize_longer_side(image, SIDE, enlarge=False)
    return images.encode(images.decode(small), "jpeg")
