"""The head on chi-square similarity: one weight per component of the embedding."""

from __future__ import annotations

import numpy as np

from facestyle.faces.calibration.base import Embeddings, Floats
from facestyle.faces.calibration.vectors import comparable


class ChiSquareHead:
    """y = sigmoid(sum_i w_i (f_i(a) - f_i(b))^2 / (|f_i(a)| + |f_i(b)|) + b).

    Taigman et al. 2014 ("DeepFace", section 4.1) divide by f_i(a) + f_i(b), since their features come out of a ReLU and
    are never negative. Those of the embedders here have both signs, so that the plain sum can be zero or negative. Here
    each component is taken as two histograms, of its positive and of its negative part, with one weight for both:

        (a+ - b+)^2 / (a+ + b+) + (a- - b-)^2 / (a- + b-) = (a - b)^2 / (|a| + |b|)

    For equal signs one part is empty; for opposite signs both sides are |a| + |b|. Where no component is negative it is
    DeepFace's formula. Where both are zero there is no difference, and the feature is 0, its limit.
    """

    name = "chi_square"

    def features(self, a: Embeddings, b: Embeddings, metric: str) -> Floats:
        """(N, D). See `Head.features`."""
        left, right = comparable(a, metric), comparable(b, metric)
        size = np.abs(left) + np.abs(right)
        # |a - b| <= |a| + |b|, so the ratio is at most 1 and nothing overflows or divides by a vanishing square.
        share = np.divide(np.abs(left - right), size, out=np.zeros_like(size), where=size > 0)
        return np.asarray(share * np.abs(left - right))
