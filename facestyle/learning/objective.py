"""A loss over a batch of P people with K pictures each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from facestyle.learning.distances import squared_distances
from facestyle.learning.losses.contrastive import contrastive_losses
from facestyle.learning.losses.logistic import LogisticHead, logistic_loss
from facestyle.learning.losses.triplet import reduced, triplet_losses
from facestyle.learning.miners import all_triplets, find_miner
from facestyle.learning.results import Loss, TrainRequest


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A loss with what it was taken over.

    Attributes:
        loss: A scalar with a gradient.
        mined: Number of triplets or pairs.
        active: Share of all triplets of the batch whose triplet loss is above 0.
    """

    loss: Tensor
    mined: int
    active: float


def make_head(loss: Loss, size: int) -> LogisticHead | None:
    """The logistic head that a loss trains along with the network; None for the others."""
    if loss == "logistic":
        return LogisticHead(size, "absolute")
    return LogisticHead(size, "chi_square") if loss == "chi-square" else None


class Objective(nn.Module):
    """The loss of a request.

    Args:
        request: Which loss, miner and margin.
        size: Components of an embedding.
        generator: Of random triplets.
    """

    def __init__(self, request: TrainRequest, size: int, generator: torch.Generator) -> None:
        super().__init__()
        self.head = make_head(request.loss, size)
        self._request, self._generator = request, generator
        self._mine = find_miner(request.miner)

    def forward(self, embeddings: Tensor, people: Tensor) -> Evaluated:
        """Of embeddings (N, D) of a batch whose people are (N,)."""
        request = self._request
        squared = squared_distances(embeddings)
        known = squared.detach()
        active = active_share(known, people, request.alpha if request.loss == "triplet" else 0.2)
        if request.loss == "triplet":
            chosen = self._mine(known, people, margin=request.alpha, generator=self._generator)
            losses = triplet_losses(
                squared[chosen.anchor, chosen.positive], squared[chosen.anchor, chosen.negative], request.alpha
            )
            return Evaluated(reduced(losses, "active"), len(chosen), active)
        rows, columns = torch.triu_indices(len(people), len(people), offset=1)
        same = people[rows] == people[columns]
        if self.head is not None:
            return Evaluated(logistic_loss(self.head(embeddings[rows], embeddings[columns]), same), len(rows), active)
        losses = contrastive_losses(squared[rows, columns], same, request.alpha)
        # P times as many different pairs as same ones: both kinds weigh half, as in the logistic loss.
        return Evaluated(reduced(losses[same], "mean") + reduced(losses[~same], "mean"), len(rows), active)

    def scores(self, a: Tensor, b: Tensor) -> Tensor:
        """What decides about pairs of embeddings (N, D), small meaning the same: squared L2, or the head's -logit."""
        return ((a - b) ** 2).sum(dim=1) if self.head is None else -self.head(a, b)


def active_share(squared: Tensor, people: Tensor, margin: float) -> float:
    """Share of all valid triplets with d(A, P) - d(A, N) + alpha > 0; 0 where there is no triplet."""
    chosen = all_triplets(squared, people)
    if not len(chosen):
        return 0.0
    losses = triplet_losses(squared[chosen.anchor, chosen.positive], squared[chosen.anchor, chosen.negative], margin)
    return float((losses > 0).float().mean())
