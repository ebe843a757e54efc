"""FaceNet's semi-hard negatives."""

from __future__ import annotations

import torch
from torch import Tensor

from facestyle.learning.miners.base import Triplets, anchor_positives, same_and_different


def semi_hard(
    squared: Tensor, people: Tensor, *, margin: float = 0.2, generator: torch.Generator | None = None
) -> Triplets:
    """Every anchor with every positive, and the nearest negative that is farther than the positive, within the margin.

    d(A, P) < d(A, N) < d(A, P) + alpha: Schroff et al. 2015, equation 4 and the text below it. Such negatives lie on
    the right side already, but not far enough; the hardest of all would early on pull everything to one point
    (f(x) = 0). A pair for which the batch has none is left out.

    Args:
        squared: (N, N).
        people: (N,).
        margin: alpha.
        generator: Not used: nothing about it is random.
    """
    anchor, positive = anchor_positives(people)
    near = squared[anchor, positive][:, None]
    far = squared[anchor]  # (M, N): from each pair's anchor to everybody
    allowed = same_and_different(people)[1][anchor] & (far > near) & (far < near + margin)
    negative = far.masked_fill(~allowed, torch.inf).argmin(dim=1) if len(anchor) else anchor
    found = allowed.any(dim=1)
    return Triplets(anchor[found], positive[found], negative[found])
