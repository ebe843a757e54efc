"""Triplets of a batch, and which of them a miner may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Triplets:
    """Rows of a batch that belong together, T times.

    Attributes:
        anchor: (T,) int64.
        positive: (T,), another picture of the anchor's person.
        negative: (T,), somebody else.
    """

    anchor: Tensor
    positive: Tensor
    negative: Tensor

    def __len__(self) -> int:
        return len(self.anchor)


class Miner(Protocol):
    """Chooses triplets of a batch."""

    def __call__(self, squared: Tensor, people: Tensor, *, margin: float, generator: torch.Generator) -> Triplets:
        """The triplets to learn from; none, if no person has two pictures or there is only one person.

        Args:
            squared: (N, N) squared distances of the batch; no gradient flows through the choice.
            people: (N,) int64, who each picture shows.
            margin: alpha.
            generator: Of whatever is random about it.
        """
        ...


def same_and_different(people: Tensor) -> tuple[Tensor, Tensor]:
    """Which pairs are an anchor with its positive, and which an anchor with a negative.

    Args:
        people: (N,).

    Returns:
        Two (N, N) bool: rows are anchors; a picture is no positive of itself.
    """
    equal = people[:, None] == people[None, :]
    return equal & ~torch.eye(len(people), dtype=torch.bool, device=people.device), ~equal


def anchor_positives(people: Tensor) -> tuple[Tensor, Tensor]:
    """Every anchor with every positive, where there is a negative for it: two (M,) int64."""
    same, different = same_and_different(people)
    anchor, positive = (same & different.any(dim=1, keepdim=True)).nonzero(as_tuple=True)
    return anchor, positive
