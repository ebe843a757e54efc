"""Exact nearest-person search over one model's embeddings, held in memory and grown as people are enrolled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from facestyle.faces.gallery.accelerator import LEAST_ROWS, Accelerate, Mirror
from facestyle.faces.gallery.base import Embeddings
from facestyle.faces.similarity import exact_distances, squared_norms, tolerance

Nearest = list[tuple[int, float]]
"""Numbers of people and their distances, nearest first."""

_CHUNK_BYTES = 2**25
_LEAST_ROWS = 64
_SAFE_SQUARED_NORMS = (1e-24, 1e24)
"""Squared norms whose products neither overflow nor vanish in float32."""
_GONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A run of embeddings, allocated once; rows from `Index` on are free.

    Attributes:
        vectors: (C, D).
        people: (C,) whose embedding each is, `_GONE` once forgotten.
        half: (C,) half the squared norms, NaN once forgotten: NaN is never near anything.
        inverse: (C,) the reciprocals of the norms, likewise.
    """

    vectors: Embeddings
    people: npt.NDArray[np.int64]
    half: npt.NDArray[np.float32]
    inverse: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What an index held at one moment, for searching while others add to it.

    Rows that are forgotten meanwhile show: whoever searches compares `removals` afterwards, and searches again.
    """

    chunks: tuple[tuple[Chunk, int], ...]
    removals: int
    wide: bool
    largest: float
    mirror: Mirror | None = None


class Index:
    """The embeddings of one space, in chunks, so that growing copies nothing.

    Besides the embeddings it keeps 16 bytes a row. Changing it is for one thread at a time; searching is not limited.

    Args:
        dimension: D.
        version: The state of the store that an empty index stands for.
        accelerate: Makes a copy on a GPU once there are enough embeddings for one; None for the CPU alone.

    Attributes:
        version: The state of the store that it stands for.
        last: The ID of the last embedding in it.
        removals: How many times somebody was forgotten.
    """

    def __init__(self, dimension: int, version: int, accelerate: Accelerate | None = None) -> None:
        self.dimension = dimension
        self.version = version
        self.last = 0
        self.removals = 0
        self._chunks: list[tuple[Chunk, int]] = []
        self._gone = 0
        self._wide = False
        self._largest = 0.0
        self._accelerate = accelerate
        self._mirror: Mirror | None = None

    def __len__(self) -> int:
        return sum(rows for _, rows in self._chunks) - self._gone

    @property
    def sparse(self) -> bool:
        """Whether so many rows are forgotten that building the index anew is worth it."""
        return self._gone > max(1024, len(self))

    def append(self, people: npt.NDArray[np.int64], vectors: Embeddings) -> None:
        """Adds embeddings (N, D) of the people (N,); checked by the caller."""
        norms = squared_norms(vectors)
        if len(norms):
            low, high = _SAFE_SQUARED_NORMS
            self._wide |= bool(norms.min() < low or norms.max() > high)
            self._largest = max(self._largest, float(norms.max()))
        with np.errstate(over="ignore", divide="ignore"):  # such norms are searched in float64, see `wide`
            half = (norms / 2).astype(np.float32)
            inverse = (1 / np.sqrt(norms)).astype(np.float32)
        start = 0
        while start < len(vectors):
            chunk, rows = self._room()
            count = min(len(vectors) - start, len(chunk.people) - rows)
            source, target = slice(start, start + count), slice(rows, rows + count)
            chunk.vectors[target] = vectors[source]
            chunk.people[target] = people[source]
            chunk.half[target] = half[source]
            chunk.inverse[target] = inverse[source]
            self._chunks[-1] = (chunk, rows + count)
            start += count

    def remove(self, people: Collection[int]) -> None:
        """Overwrites the embeddings of those people with zeros."""
        wanted = np.fromiter(people, dtype=np.int64, count=len(people))
        for number, (chunk, rows) in enumerate(self._chunks):
            hits = np.flatnonzero(np.isin(chunk.people[:rows], wanted))
            chunk.people[hits] = _GONE
            chunk.half[hits] = np.nan
            chunk.inverse[hits] = np.nan
            chunk.vectors[hits] = 0
            if self._mirror is not None and len(hits):
                self._mirror.forget(number, hits)
            self._gone += len(hits)
        self.removals += 1

    def snapshot(self) -> Snapshot:
        """What it holds now; a copy on a GPU is brought up to that."""
        if self._accelerate is not None and self._mirror is None and len(self) >= LEAST_ROWS:
            self._mirror = self._accelerate()
            self._accelerate = None
        if self._mirror is not None and not self._mirror.take_in(self._chunks):
            self._mirror = None
        return Snapshot(tuple(self._chunks), self.removals, self._wide, self._largest, self._mirror)

    def _room(self) -> tuple[Chunk, int]:
        if self._chunks and self._chunks[-1][1] < len(self._chunks[-1][0].people):
            return self._chunks[-1]
        held = sum(rows for _, rows in self._chunks)
        rows = max(1, min(_CHUNK_BYTES // (4 * self.dimension), max(_LEAST_ROWS, held)))
        floats = np.empty(rows, dtype=np.float32), np.empty(rows, dtype=np.float32)
        vectors = np.empty((rows, self.dimension), dtype=np.float32)
        self._chunks.append((Chunk(vectors, np.empty(rows, dtype=np.int64), *floats), 0))
        return self._chunks[-1]


def search(held: Snapshot, probes: Embeddings, metric: str, top_k: int, *, mean: bool = False) -> list[Nearest]:
    """The nearest people to each of the (M, D) probes, and all that are as near as the last of them.

    The float32 matrix product finds everybody who can be among the nearest, given its error bound; their distances are
    then computed by definition, so neither its rounding nor the order of rows decides who comes first.

    Args:
        held: The embeddings.
        probes: (M, D).
        metric: One of `similarity.METRICS`.
        top_k: How many people at least, where there are as many.
        mean: A person's distance is the mean over the embeddings rather than the smallest.
    """
    norms = squared_norms(probes)
    low, high = _SAFE_SQUARED_NORMS
    wide = held.wide or bool(np.any((norms < low) | (norms > high)))
    left: npt.NDArray[Any] = probes.astype(np.float64) if wide else probes
    slack = np.full(len(probes), tolerance(probes.shape[1]))
    if metric == "cosine":
        left = left / np.sqrt(norms)[:, None].astype(left.dtype)
        slack *= 2  # twice the error bound; for squared distances the score is half the distance
    else:
        slack *= norms + held.largest
    kept = [(_Means if mean else _Best)(top_k, float(share)) for share in slack]
    if held.mirror is not None and kept and not wide and not mean:
        _offer_best(held, held.mirror, left, metric, kept)
        return [one.finish(held, probe[None], metric) for one, probe in zip(kept, probes, strict=True)]
    for number, (chunk, rows) in enumerate(held.chunks):
        block = _wide_scores(chunk, rows, left, metric) if wide else _scores(chunk, rows, left, metric)
        for scores, one in zip(block, kept, strict=True):
            one.offer(scores, chunk.people[:rows], number)
    return [one.finish(held, probe[None], metric) for one, probe in zip(kept, probes, strict=True)]


def _offer_best(held: Snapshot, mirror: Mirror, probes: Embeddings, metric: str, kept: Sequence[_Best]) -> None:
    """The candidates of a search that a GPU finds: the best rows of each chunk, in so far as they are all that count.

    What ranks below the best rows of a chunk counts only if the last of those is still above the floor that all chunks
    together make, as when a person has very many embeddings. Then the chunk is looked through here.
    """
    count = max(64, 8 * kept[0].top_k)
    last: list[npt.NDArray[np.float32] | None] = []
    for number, (chunk, rows) in enumerate(held.chunks):
        scores, places = mirror.best(number, rows, probes, metric, count)
        for one, some, at in zip(kept, scores, places, strict=True):
            live = some > -np.inf
            one.offer(some[live], chunk.people[at[live]], number, at[live])
        last.append(scores[:, -1] if scores.shape[1] < rows else None)
    for index, one in enumerate(kept):
        floor = one.floor()
        for number, ((chunk, rows), lowest) in enumerate(zip(held.chunks, last, strict=True)):
            if lowest is not None and -np.inf < lowest[index] >= floor:
                (some,) = _scores(chunk, rows, probes[index : index + 1], metric)
                one.offer(some, chunk.people[:rows], number)


def _scores(chunk: Chunk, rows: int, probes: Embeddings, metric: str) -> npt.NDArray[np.float32]:
    """(M, rows): p.v - ||v||^2 / 2, which falls as the distance grows; for cosine p.v / ||v|| with unit vectors p."""
    scores: npt.NDArray[np.float32] = probes @ chunk.vectors[:rows].T
    if metric == "cosine":
        scores *= chunk.inverse[:rows]
    else:
        scores -= chunk.half[:rows]
    return scores


def _wide_scores(chunk: Chunk, rows: int, probes: npt.NDArray[np.float64], metric: str) -> npt.NDArray[np.float64]:
    """`_scores` in float64, for embeddings whose products would overflow or vanish in float32."""
    vectors = chunk.vectors[:rows].astype(np.float64)
    norms = squared_norms(vectors)
    norms[chunk.people[:rows] == _GONE] = np.nan
    scores: npt.NDArray[np.float64] = probes @ vectors.T
    if metric == "cosine":
        scores /= np.sqrt(norms)
    else:
        scores -= norms / 2
    return scores


class _Best:
    """One probe's candidates while the chunks pass by: the rows that can still belong to one of the nearest people.

    Args:
        top_k: How many people are wanted.
        slack: How far below the k-th best score a true k-th nearest person's may be.
    """

    def __init__(self, top_k: int, slack: float) -> None:
        self.top_k = top_k
        self._slack = slack
        self._floor = -np.inf
        self._fresh = 0
        self._held: list[tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []

    def offer(
        self,
        scores: npt.NDArray[np.floating[Any]],
        people: npt.NDArray[np.int64],
        chunk: int,
        rows: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Scores of a chunk's rows, whose they are, and which rows these are, if not all. A row may come again."""
        hits = np.flatnonzero(scores >= self._floor)  # false for NaN
        if not len(hits):
            return
        places = np.stack([np.full(len(hits), chunk), hits if rows is None else rows[hits]], axis=1)
        self._held.append((scores[hits], people[hits], places))
        self._fresh += len(hits)
        if self._fresh > max(1024, 4 * self.top_k) or self._floor == -np.inf:
            self._raise_floor()

    def floor(self) -> float:
        """The least score of a row that can still be among the nearest."""
        if self._held:
            self._raise_floor()
        return self._floor

    def _raise_floor(self) -> None:
        scores, people, places = self._rows()
        order = np.argsort(-scores, kind="stable")
        _, firsts = np.unique(people[order], return_index=True)  # where each person's best row stands
        self._fresh = 0
        if len(firsts) >= self.top_k:
            kth = np.partition(firsts, self.top_k - 1)[self.top_k - 1]
            self._floor = float(scores[order[kth]]) - self._slack
            kept = scores >= self._floor
            scores, people, places = scores[kept], people[kept], places[kept]
        self._held = [(scores, people, places)]

    def _rows(self) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        scores, people, places = zip(*self._held, strict=True)
        return np.concatenate(scores), np.concatenate(people), np.concatenate(places)

    def finish(self, held: Snapshot, probe: Embeddings, metric: str) -> Nearest:
        """The people by exact distance."""
        if not self._held:
            return []
        self._raise_floor()
        _, people, places = self._rows()
        exact = exact_distances(probe, _gather(held, places), *_pairs(len(places)), metric)
        numbers, person = np.unique(people, return_inverse=True)
        distances = np.full(len(numbers), np.inf, dtype=np.float32)
        np.minimum.at(distances, person, exact)
        return _nearest(numbers, distances, self.top_k)


class _Means(_Best):
    """One probe's people by the mean over their embeddings: all rows count, so all scores are kept."""

    def offer(
        self,
        scores: npt.NDArray[np.floating[Any]],
        people: npt.NDArray[np.int64],
        chunk: int,
        rows: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Scores of a chunk's rows, and whose they are."""
        live = np.flatnonzero(people != _GONE)
        self._held.append((scores[live], people[live], np.stack([np.full(len(live), chunk), live], axis=1)))

    def finish(self, held: Snapshot, probe: Embeddings, metric: str) -> Nearest:
        """The people by the exact mean distance."""
        if not self._held or not sum(len(people) for _, people, _ in self._held):
            return []
        scores, people, places = self._rows()
        numbers, person, counts = np.unique(people, return_inverse=True, return_counts=True)
        means = np.bincount(person, weights=scores) / counts
        top_k = min(self.top_k, len(numbers))
        near = means >= np.partition(means, -top_k)[-top_k] - self._slack
        rows = np.flatnonzero(near[person])
        exact = exact_distances(probe, _gather(held, places[rows]), *_pairs(len(rows)), metric)
        sums = np.bincount(person[rows], weights=exact, minlength=len(numbers))
        return _nearest(numbers[near], (sums[near] / counts[near]).astype(np.float32), top_k)


def _gather(held: Snapshot, places: npt.NDArray[np.int64]) -> Embeddings:
    """The embeddings at (chunk, row)."""
    found = np.empty((len(places), held.chunks[0][0].vectors.shape[1]), dtype=np.float32)
    for number in np.unique(places[:, 0]):
        here = places[:, 0] == number
        found[here] = held.chunks[number][0].vectors[places[here, 1]]
    return found


def _pairs(count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    return np.zeros(count, dtype=np.intp), np.arange(count, dtype=np.intp)


def _nearest(numbers: npt.NDArray[np.int64], distances: npt.NDArray[np.float32], top_k: int) -> Nearest:
    top_k = min(top_k, len(numbers))
    limit = np.partition(distances, top_k - 1)[top_k - 1]
    chosen = np.flatnonzero(distances <= limit)
    chosen = chosen[np.argsort(distances[chosen], kind="stable")]
    return [(int(numbers[i]), float(distances[i])) for i in chosen]
