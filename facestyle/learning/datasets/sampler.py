"""Batches of P people with K pictures each."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor


class PeopleSampler:
    """Draws batches in which every anchor has positives and negatives: Hermans et al. 2017, section 2.

    Args:
        people: (N,) int64, at least two people.
        p: People in a batch; all of them where there are fewer.
        k: Pictures of each; of a person with fewer some come twice.
        generator: Of what is drawn.
    """

    def __init__(self, people: Tensor, *, p: int, k: int, generator: torch.Generator) -> None:
        self._rows = [torch.nonzero(people == person).squeeze(1) for person in torch.unique(people)]
        self._p, self._k = min(p, len(self._rows)), k
        self._generator = generator
        self.batches = max(1, math.ceil(len(people) / (self._p * k)))

    def epoch(self) -> Iterator[Tensor]:
        """`batches` times P K rows; people are drawn without return until all had their turn."""
        waiting: list[int] = []
        for _ in range(self.batches):
            drawn: list[int] = []
            while len(drawn) < self._p:
                if not waiting:
                    order = torch.randperm(len(self._rows), generator=self._generator).tolist()
                    waiting = [person for person in order if person not in drawn] + [p for p in order if p in drawn]
                drawn.append(waiting.pop(0))
            yield torch.cat([self._pictures(person) for person in drawn])

    def _pictures(self, person: int) -> Tensor:
        rows = self._rows[person]
        rounds = [rows[torch.randperm(len(rows), generator=self._generator)] for _ in range(-(-self._k // len(rows)))]
        return torch.cat(rounds)[: self._k]
