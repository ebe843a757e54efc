"""The Olivetti faces, downloaded when they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from facestyle.errors import LearningDataError
from facestyle.learning.datasets.base import PeopleSet


def olivetti(cache: Path) -> PeopleSet:
    """40 people with 10 grey pictures of 64 x 64 pixels each, by scikit-learn, which keeps them for the next time.

    The faces are those of ORL (Samaria and Harter 1994), AT&T Laboratories Cambridge.

    Args:
        cache: The folder to keep them in; about 6 MB.

    Raises:
        LearningDataError: They are not here yet and can't be downloaded now.
    """
    from sklearn.datasets import fetch_olivetti_faces

    try:
        bunch = fetch_olivetti_faces(data_home=str(cache))
    except Exception as error:  # an URLError without network, an OSError for a wrong checksum or a full disk
        raise LearningDataError(
            "The Olivetti faces can't be downloaded: the network or their server is away. Use the digits, or pictures "
            "of your own."
        ) from error
    pictures = np.round(np.asarray(bunch.images) * 255).astype(np.uint8)
    people = np.asarray(bunch.target, np.int64)
    return PeopleSet("Olivetti faces", tuple(f"s{n + 1}" for n in range(int(people.max()) + 1)), people, pictures)
