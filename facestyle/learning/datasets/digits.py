"""Handwritten digits as a stand-in for people: a data set that is always there."""

from __future__ import annotations

import numpy as np

from facestyle.learning.datasets.base import PeopleSet

PER_DIGIT = 60


def digits(per_digit: int = PER_DIGIT) -> PeopleSet:
    """The first pictures of each digit of scikit-learn's set, 8 x 8 pixels, which comes with that package.

    Ten "people" of whom there are many pictures: what differs between two sevens is little beside what differs between
    a seven and a four, as it is with faces. It is a part of the UCI set "Optical recognition of handwritten digits"
    (Alpaydin and Kaynak 1998).

    Args:
        per_digit: Pictures of each.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    labels = np.asarray(bunch.target, np.int64)
    rows = np.concatenate([np.flatnonzero(labels == digit)[:per_digit] for digit in range(10)])
    pictures = np.round(np.asarray(bunch.images)[rows] * (255 / 16)).astype(np.uint8)
    return PeopleSet("digits", tuple(map(str, range(10))), labels[rows], pictures, mirror=False)
