"""The hardest positive and the hardest negative of every anchor."""

from __future__ import annotations

import torch
from torch import Tensor

from facestyle.learning.miners.base import Triplets, same_and_different


def batch_hard(
    squared: Tensor, people: Tensor, *, margin: float = 0.0, generator: torch.Generator | None = None
) -> Triplets:
    """Each picture once as an anchor, with the farthest of its person and the nearest of everybody else.

    Hermans, Beyer and Leibe 2017, "In defense of the triplet loss for person re-identification", equation 5: "hard"
    within the batch, which is moderate over the whole data set, so that it does not collapse as easily as the hardest
    of all.

    Args:
        squared: (N, N).
        people: (N,).
        margin: Not used: hardness does not depend on it.
        generator: Not used.
    """
    same, different = same_and_different(people)
    anchor = (same.any(dim=1) & different.any(dim=1)).nonzero().squeeze(1)
    if not len(anchor):
        return Triplets(anchor, anchor, anchor)
    positive = squared.masked_fill(~same, -torch.inf)[anchor].argmax(dim=1)
    negative = squared.masked_fill(~different, torch.inf)[anchor].argmin(dim=1)
    return Triplets(anchor, positive, negative)
