"""The head on the distance itself: two parameters, as in Platt 1999."""

from __future__ import annotations

import numpy as np

from facestyle.faces.calibration.base import Embeddings, Floats
from facestyle.faces.similarity import exact_distances


class DistanceHead:
    """y = sigmoid(w d(f(a), f(b)) + b).

    Platt ("Probabilistic outputs for support vector machines", 1999) fits the same curve to the margin of a classifier.
    His smoothed targets are left out: the penalty on w keeps separable data finite as well.
    """

    name = "distance"

    def features(self, a: Embeddings, b: Embeddings, metric: str) -> Floats:
        """(N, 1): the distance in the model's metric. See `Head.features`."""
        index = np.arange(len(a), dtype=np.intp)
        return exact_distances(a, b, index, index, metric).astype(np.float64)[:, None]
