"""People to learn from and people to measure on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from facestyle.learning.datasets.base import MIN_PEOPLE, PeopleSet

Rows = npt.NDArray[np.int64]

_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of a set. No person is on both sides: it is people never seen that a face network must tell apart.

    Attributes:
        train: (N,) rows to learn from.
        held_out: (M,) rows of everybody else.
        held_out_people: Who they are, rising.
    """

    train: Rows = field(repr=False)
    held_out: Rows = field(repr=False)
    held_out_people: tuple[int, ...]


def split_people(data: PeopleSet, *, seed: int, held_out: int | None = None) -> Split:
    """Deals the people at random.

    Args:
        data: At least 8 people.
        seed: Of the deal.
        held_out: How many not to learn from; default: a quarter, at least 4.

    Raises:
        LearningDataError: Too few people.
    """
    data.check()
    count = len(data.names)
    number = max(MIN_PEOPLE, round(_SHARE * count)) if held_out is None else held_out
    number = min(max(number, MIN_PEOPLE), count - MIN_PEOPLE)
    order = np.random.default_rng(seed).permutation(count)
    chosen = np.sort(order[:number])
    aside = np.isin(data.people, chosen)
    return Split(np.flatnonzero(~aside), np.flatnonzero(aside), tuple(map(int, chosen)))
