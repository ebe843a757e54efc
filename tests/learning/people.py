"""Small sets of pictures of people for the tests."""

import numpy as np
from PIL import Image

from facestyle.learning.datasets.base import PeopleSet


def patterns(people=8, pictures=4, side=32, seed=0, noise=30, features=False):
    """Each person is a pattern of bright squares, each picture that pattern with noise: quick to learn."""
    rng = np.random.default_rng(seed)
    faces = np.kron(rng.integers(0, 2, (people, 4, 4)) * 160 + 40, np.ones((side // 4, side // 4)))
    labels = np.repeat(np.arange(people), pictures)
    noisy = faces[labels] + rng.normal(0, noise, (len(labels), side, side))
    grey = np.clip(noisy, 0, 255).astype(np.uint8)
    vectors = None
    if features:
        centres = rng.normal(size=(people, 12))
        vectors = (centres[labels] + rng.normal(0, 0.4, (len(labels), 12))).astype(np.float32)
    names = tuple(f"p{number}" for number in range(people))
    return PeopleSet("patterns", names, labels, grey, vectors, "fake after fake" if features else "")


def write_folders(folder, people=8, pictures=3, side=32):
    """`folder/p0/0.png` and so on; returns the folder."""
    data = patterns(people, pictures, side)
    for row, (who, picture) in enumerate(zip(data.people, data.pictures, strict=True)):
        place = folder / f"p{who}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / f"{row}.png")
    return folder
