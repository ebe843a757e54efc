"""Pictures grouped by person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facestyle.errors import LearningDataError
from facestyle.images.albums import Skipped

MIN_PEOPLE = 4
"""At least so many to learn from, and as many to measure on: two halves of two, so that a threshold can be chosen on
one half and tried on the other."""

SIDE = 32
"""Pixels of what the convolutional encoder sees."""


@dataclass(frozen=True, slots=True)
class PeopleSet:
    """Pictures of people, at least two of each.

    Attributes:
        title: For display.
        names: Of the people.
        people: (N,) int64, positions in `names`.
        pictures: (N, H, W) uint8, grey, for the encoder and for display.
        features: (N, D) float32, the pretrained network's embeddings; None where they were not asked for.
        features_of: Which network's, and what stands before it; empty without.
        mirror: Whether a mirrored picture still shows the same person: true of faces, false of digits.
        skipped: What was left out, and why.
    """

    title: str
    names: tuple[str, ...]
    people: npt.NDArray[np.int64] = field(repr=False)
    pictures: npt.NDArray[np.uint8] = field(repr=False)
    features: npt.NDArray[np.float32] | None = field(default=None, repr=False)
    features_of: str = ""
    mirror: bool = True
    skipped: tuple[Skipped, ...] = ()

    def check(self) -> None:
        """Refuses a set that is too small to learn from and to measure on.

        Raises:
            LearningDataError: Fewer than 8 people.
        """
        if len(self.names) < 2 * MIN_PEOPLE:
            raise LearningDataError(
                f"There {'is 1 person' if len(self.names) == 1 else f'are {len(self.names)} people'} with at least two "
                f"usable pictures; a training takes {2 * MIN_PEOPLE} or more: {MIN_PEOPLE} to learn from, and "
                f"{MIN_PEOPLE} whom the network never sees, to measure on. Put each person's pictures into a folder of "
                "the person's name."
            )
