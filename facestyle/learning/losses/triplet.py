"""The triplet loss of FaceNet."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from facestyle.errors import InvalidRequestError
from facestyle.learning.distances import paired_squared_distances
from facestyle.numbers import is_number, shown

Reduction = Literal["mean", "active", "none"]
"""How a batch becomes one number: the mean over all triplets, over those with a loss above 0, or not at all."""


def triplet_losses(positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """L(A, P, N) = max(d(A, P) - d(A, N) + alpha, 0), of distances that are known already.

    Args:
        positive: (T,) d(A, P), squared L2.
        negative: (T,) d(A, N), likewise.
        margin: alpha, 0 or more, in squared L2.

    Returns:
        (T,), 0 or more.
    """
    return (positive - negative + margin).clamp_min(0)


def triplet_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 0.2, reduction: Reduction = "mean"
) -> Tensor:
    """max(||f(A) - f(P)||^2 - ||f(A) - f(N)||^2 + alpha, 0) over a batch of triplets.

    Schroff, Kalenichenko and Philbin 2015, "FaceNet: a unified embedding for face recognition and clustering",
    equation 3, which sums; the mean does not depend on the size of the batch. As training goes on most triplets are
    satisfied and their zeros thin the mean out: `active` divides by the number of those above 0, as Hermans, Beyer and
    Leibe 2017, "In defense of the triplet loss for person re-identification", section 3.2, recommend.

    Args:
        anchor: f(A), float (T, D).
        positive: f(P), (T, D), of the anchor's person.
        negative: f(N), (T, D), of somebody else.
        margin: alpha; FaceNet takes 0.2 for embeddings of length 1.
        reduction: See `Reduction`.

    Returns:
        A scalar; (T,) for `none`. 0, with a gradient of 0, where there is no triplet, or no active one.

    Raises:
        InvalidRequestError: The margin is negative or not finite, or the reduction is unknown.
    """
    check_margin(margin)
    losses = triplet_losses(
        paired_squared_distances(anchor, positive), paired_squared_distances(anchor, negative), margin
    )
    return reduced(losses, reduction)


def reduced(losses: Tensor, reduction: Reduction) -> Tensor:
    """One number from the losses of a batch.

    Args:
        losses: (T,), 0 or more.
        reduction: See `Reduction`.

    Raises:
        InvalidRequestError: The reduction is unknown.
    """
    if reduction == "none":
        return losses
    if reduction == "mean":
        count = losses.new_tensor(max(1, len(losses)))
    elif reduction == "active":
        count = (losses > 0).sum().clamp_min(1)
    else:
        raise InvalidRequestError(f"There is no reduction “{reduction}”. Choose mean, active or none.")
    return losses.sum() / count


def check_margin(margin: float) -> None:
    """Refuses a margin that no distance can keep.

    Raises:
        InvalidRequestError: It is negative or not finite.
    """
    if not is_number(margin) or margin < 0:
        raise InvalidRequestError(f"The margin is {shown(margin)}; it must be a number of 0 or more, such as 0.2.")
