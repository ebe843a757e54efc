"""Synthetic people: embeddings whose log-likelihood ratio is known."""

from __future__ import annotations

import numpy as np
import pytest

from facestyle.faces.calibration.fit import LabelledPairs, fit_calibration


def make_pairs(
    seed: int = 0, people: int = 60, same: int = 120, different: int = 150, dimension: int = 8, noise: float = 0.45
) -> LabelledPairs:
    """Signed embeddings: a centre a person, noise a picture."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(people, dimension))
    first = generator.integers(people, size=same + different)
    second = (first + generator.integers(1, people, size=same + different)) % people
    label = np.arange(same + different) < same
    second = np.where(label, first, second)
    a, b = (centres[who] + noise * generator.normal(size=(len(who), dimension)) for who in (first, second))
    return LabelledPairs(a.astype(np.float32), b.astype(np.float32), label, first, second, "drawn people")


@pytest.fixture(scope="session")
def pairs() -> LabelledPairs:
    return make_pairs()


@pytest.fixture(scope="session")
def calibration(pairs):
    return fit_calibration(pairs, model="m", preprocessing="d-1/e-1", metric="squared_euclidean", head="distance")
