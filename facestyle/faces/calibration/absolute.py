"""The head on absolute differences: one weight per component of the embedding."""

from __future__ import annotations

import numpy as np

from facestyle.faces.calibration.base import Embeddings, Floats
from facestyle.faces.calibration.vectors import comparable


class AbsoluteHead:
    """y = sigmoid(sum_i w_i |f_i(a) - f_i(b)| + b).

    Andrew Ng, "Convolutional Neural Networks", week 4, "Face verification and binary classification".
    """

    name = "absolute"

    def features(self, a: Embeddings, b: Embeddings, metric: str) -> Floats:
        """(N, D): |a - b|. See `Head.features`."""
        return np.asarray(np.abs(comparable(a, metric) - comparable(b, metric)))
