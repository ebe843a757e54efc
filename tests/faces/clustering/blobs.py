"""Points around known centres, as faces lie around people."""

from __future__ import annotations

import numpy as np


def blobs(people=6, each=8, dimension=16, spread=0.1, seed=0):
    """(points, who): every person's faces one after the other."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(people, dimension))
    points = np.repeat(centres, each, axis=0) + spread * generator.normal(size=(people * each, dimension))
    return points.astype(np.float32), np.repeat(np.arange(people), each)


def same_partition(a, b):
    """Whether two labellings divide alike, whatever the numbers."""
    a, b = np.asarray(a), np.asarray(b)
    return np.array_equal(a[:, None] == a, b[:, None] == b)
