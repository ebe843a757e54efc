"""The contrastive loss."""

from __future__ import annotations

from torch import Tensor

from facestyle.learning.distances import paired_squared_distances, root
from facestyle.learning.losses.triplet import Reduction, check_margin, reduced


def contrastive_losses(squared: Tensor, same: Tensor, margin: float) -> Tensor:
    """1/2 D^2 for a same pair, 1/2 max(m - D, 0)^2 for a different one, of distances that are known already.

    Args:
        squared: (N,) D^2.
        same: (N,) bool.
        margin: m, in L2, not squared.

    Returns:
        (N,), 0 or more.
    """
    apart = (margin - root(squared)).clamp_min(0) ** 2
    return 0.5 * same * squared + 0.5 * (~same) * apart


def contrastive_loss(
    a: Tensor, b: Tensor, same: Tensor, *, margin: float = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """Pulls same pairs together and pushes different ones at least a margin apart.

    Hadsell, Chopra and LeCun 2006, "Dimensionality reduction by learning an invariant mapping", equation 4, with
    D = ||f(a) - f(b)||. Unlike the triplet loss it wants a distance of 0 for every same pair.

    Args:
        a: float (N, D).
        b: (N, D).
        same: (N,) bool: whether both are of one person.
        margin: m, in L2; embeddings of length 1 are at most 2 apart.
        reduction: Over the batch.

    Returns:
        A scalar; (N,) for `none`.

    Raises:
        InvalidRequestError: The margin is negative or not finite, or the reduction is unknown.
    """
    check_margin(margin)
    return reduced(contrastive_losses(paired_squared_distances(a, b), same, margin), reduction)
