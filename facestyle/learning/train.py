"""Training, one step at a time: whoever iterates decides what to show and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from facestyle.errors import LearningDataError, LearningNotFiniteError
from facestyle.learning.datasets.base import PeopleSet
from facestyle.learning.datasets.sampler import PeopleSampler
from facestyle.learning.datasets.split import split_people
from facestyle.learning.distortion import distorted
from facestyle.learning.measure import Ints, figures, hardest, plane
from facestyle.learning.objective import Objective
from facestyle.learning.results import Epoch, Frame, Map, Mode, TrainingStep, TrainRequest
from facestyle.learning.siamese import DIMENSION, ProjectionHead, SiameseEncoder, as_input

_HEAD_RATE = 10
"""The head's learning rate in terms of the network's: its few weights have farther to go."""

_LAST_RATE = 0.05

_MEASURED, _MAPPED, _MAPPED_PEOPLE, _SHOWN = 30, 12, 8, 3
"""Pictures of a person that are measured on, and that are on a map; people on a map; hardest triplets shown."""


class Training:
    """One training, deterministic in its request: the same data, seed and machine give the same numbers.

    Args:
        data: At least 8 people; with `features` for `head`.
        request: How to train.
        mode: `encoder`: a convolutional network from scratch; `head`: a projection of the frozen features.
        held_out: How many people to measure on; default: a quarter, at least 4.

    Attributes:
        network: f. After a step that failed, the weights before it.
        objective: With the logistic head, where the loss has one.
        last: The last epoch's frame.

    Raises:
        InvalidRequestError: The request is out of range.
        LearningDataError: Too few people, or no features for `head`.
    """

    def __init__(
        self, data: PeopleSet, request: TrainRequest, *, mode: Mode = "encoder", held_out: int | None = None
    ) -> None:
        self.data, self.request, self.mode = data, request.checked(), mode
        self.split = split_people(data, seed=request.seed, held_out=held_out)
        self._generator = torch.Generator().manual_seed(request.seed)
        self.network: nn.Module
        if mode == "head":
            if data.features is None:
                raise LearningDataError("A projection is trained on a face network's embeddings, and there are none.")
            self._inputs = torch.as_tensor(data.features)
            self.network = ProjectionHead(self._inputs.shape[1], self._generator)
        else:
            self._inputs = as_input(data.pictures)
            self.network = SiameseEncoder(self._generator)
        self.size = min(DIMENSION, self._inputs.shape[1]) if mode == "head" else DIMENSION
        self.objective = Objective(request, self.size, self._generator)
        people = torch.as_tensor(data.people[self.split.train])
        self._sampler = PeopleSampler(people, p=request.people, k=request.pictures, generator=self._generator)
        self.last: Epoch | None = None

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self.request.epochs * self._sampler.batches

    def run(self) -> Generator[Frame]:
        """Trains. Closing the generator stops it within a step; the network stays as it is then.

        Yields:
            `Epoch` 0, then a `TrainingStep` after each step and an `Epoch` after each epoch.

        Raises:
            LearningNotFiniteError: The loss or a gradient is NaN or infinite.
        """
        groups: list[dict[str, Any]] = [{"params": list(self.network.parameters()), "start": self.request.rate}]
        if self.objective.head is not None:
            groups.append({"params": list(self.objective.head.parameters()), "start": self.request.rate * _HEAD_RATE})
        optimizer = torch.optim.Adam(groups, lr=self.request.rate)
        began = time.monotonic()
        measuring = time.monotonic()
        self.last = self._measure(0, 0, None, None, 0.0)
        measuring = time.monotonic() - measuring
        yield self.last
        step = 0
        epochs, stepping = self.request.epochs, 0.0
        for epoch in range(1, epochs + 1):
            losses: list[float] = []
            active: list[float] = []
            for rows in self._sampler.epoch():
                at = time.monotonic()
                _anneal(optimizer, step / self.steps)
                loss, mined, share = self._step(self.split.train[rows.numpy()], optimizer)
                step += 1
                stepping += time.monotonic() - at
                losses.append(loss)
                active.append(share)
                left = (self.steps - step) * stepping / step + (epochs - epoch + 1) * measuring
                yield TrainingStep(step, self.steps, epoch, epochs, loss, share, mined, time.monotonic() - began, left)
            at = time.monotonic()
            mean, sharing = float(np.mean(losses)), float(np.mean(active))
            self.last = self._measure(epoch, step, mean, sharing, time.monotonic() - began)
            measuring = time.monotonic() - at
            yield self.last

    def embed(self, rows: Ints) -> Tensor:
        """Embeddings (N, size) of rows of the data, without distortion and without gradients."""
        self.network.eval()
        with torch.no_grad():
            return torch.cat([self.network(part) for part in torch.split(self._inputs[torch.as_tensor(rows)], 256)])

    def _step(self, rows: Ints, optimizer: torch.optim.Optimizer) -> tuple[float, int, float]:
        """One step on a batch; its loss, how much was mined, and the share of active triplets."""
        self.network.train()
        batch = self._inputs[torch.as_tensor(rows)]
        if self.mode == "encoder":
            batch = distorted(batch, mirror=self.data.mirror, generator=self._generator)
        evaluated = self.objective(self.network(batch), torch.as_tensor(self.data.people[rows]))
        optimizer.zero_grad()
        if evaluated.mined:
            evaluated.loss.backward()
            parameters = [*self.network.parameters(), *self.objective.parameters()]
            if not _finite([evaluated.loss, *(each.grad for each in parameters if each.grad is not None)]):
                raise LearningNotFiniteError(
                    "The loss or its gradient is no finite number any more, so the training ended; the network is as "
                    "it was a step before. Try a smaller learning rate or another margin."
                )
            optimizer.step()
        return evaluated.loss.item(), evaluated.mined, evaluated.active

    def _measure(self, epoch: int, step: int, loss: float | None, active: float | None, seconds: float) -> Epoch:
        people = self.data.people
        held_out, trained = (_first(rows, people, _MEASURED) for rows in (self.split.held_out, self.split.train))
        outside, inside = self.embed(held_out), self.embed(trained)
        names, pictures = self.data.names, self.data.pictures
        margin = self.request.alpha if self.request.loss == "triplet" else 0.2
        score, seed = self.objective.scores, self.request.seed
        return Epoch(
            epoch,
            self.request.epochs,
            step,
            loss,
            active,
            figures(outside, people[held_out], score, seed=seed),
            figures(inside, people[trained], score, seed=seed),
            self._map(inside, trained, None if self.last is None else self.last.trained_map),
            self._map(outside, held_out, None if self.last is None else self.last.held_out_map),
            hardest(inside, people[trained], pictures[trained], names, margin=margin, count=_SHOWN),
            seconds,
        )

    def _map(self, embeddings: Tensor, rows: Ints, before: Map | None) -> Map:
        """Of the first few people: more are not told apart by the eye."""
        people = self.data.people
        who = np.unique(people[rows])[:_MAPPED_PEOPLE]
        chosen = np.isin(rows, _first(rows[np.isin(people[rows], who)], people, _MAPPED))
        points = plane(embeddings[torch.as_tensor(chosen)].numpy(), None if before is None else before.points)
        labels = np.searchsorted(who, people[rows][chosen])
        return Map(points, labels, tuple(self.data.names[person] for person in who))


def _first(rows: Ints, people: Ints, count: int) -> Ints:
    """The first rows of each person, at most `count` of each, in order."""
    kept = [rows[people[rows] == person][:count] for person in np.unique(people[rows])]
    return np.sort(np.concatenate(kept))


def _anneal(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Lowers the learning rates along a cosine, to a twentieth at the end (Loshchilov and Hutter 2017)."""
    factor = _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * share))
    for group in optimizer.param_groups:
        group["lr"] = group["start"] * factor


def _finite(tensors: list[Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)
