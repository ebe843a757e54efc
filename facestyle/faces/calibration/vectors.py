"""Embeddings as the heads compare them, component by component."""

from __future__ import annotations

import numpy as np

from facestyle.faces.calibration.base import Embeddings, Floats
from facestyle.faces.similarity import check_metric, squared_norms


def comparable(vectors: Embeddings, metric: str) -> Floats:
    """(N, D) in float64; scaled to unit length for `cosine`, which does not see lengths either.

    Raises:
        InvalidRequestError: Unknown metric.
    """
    check_metric(metric)
    result = vectors.astype(np.float64)
    if metric == "cosine":
        result /= np.sqrt(squared_norms(vectors))[:, None]
    return result
