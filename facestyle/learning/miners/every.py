"""All triplets of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from facestyle.learning.miners.base import Triplets, same_and_different


def all_triplets(
    squared: Tensor, people: Tensor, *, margin: float = 0.0, generator: torch.Generator | None = None
) -> Triplets:
    """Every valid triplet: P K (K - 1) (P - 1) K of them for P people with K pictures each.

    "Batch all" of Hermans et al. 2017, section 2. Most are easy soon, so their mean is best taken over the active ones.

    Args:
        squared: Not used; here so that every miner is called alike.
        people: (N,).
        margin: Not used.
        generator: Not used.
    """
    same, different = same_and_different(people)
    anchor, positive, negative = (same[:, :, None] & different[:, None, :]).nonzero(as_tuple=True)
    return Triplets(anchor, positive, negative)
