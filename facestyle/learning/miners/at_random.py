"""Random triplets."""

from __future__ import annotations

import torch
from torch import Tensor

from facestyle.learning.miners.base import Triplets, anchor_positives, same_and_different


def random_triplets(
    squared: Tensor, people: Tensor, *, margin: float = 0.0, generator: torch.Generator | None = None
) -> Triplets:
    """Every anchor with every positive, each with one negative drawn at random.

    What the course warns of: chosen like this, d(A, P) + alpha <= d(A, N) is soon satisfied nearly always, and the
    network learns nothing more.

    Args:
        squared: Only its device counts; the distances are not looked at.
        people: (N,).
        margin: Not used.
        generator: Of the negatives.
    """
    anchor, positive = anchor_positives(people)
    if not len(anchor):
        return Triplets(anchor, positive, anchor)
    different = same_and_different(people)[1]
    negative = torch.multinomial(different[anchor].float(), 1, generator=generator).squeeze(1)
    return Triplets(anchor, positive, negative)
