"""Exact nearest-person search over one model's embeddings, held in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Self

import numpy as np
import numpy.typing as npt

from facestyle.faces.gallery.base import Embeddings, Matches
from facestyle.faces.gallery.vectors import from_bytes
from facestyle.faces.results import Match
from facestyle.faces.similarity import distance_matrix, exact_distances, squared_norms, tolerance

_BLOCK = 2**22
"""Distances held at once while searching: 32 MiB of float64."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """An immutable snapshot, safe to search from several threads.

    Attributes:
        people: (ID, name) of each of K people, in the order in which equal distances are reported.
        starts: (K,) the first row of each person's embeddings.
        vectors: (N, D) embeddings, each person's together.
        squared_norms: (N,) of `vectors`.
    """

    people: tuple[tuple[str, str], ...]
    starts: npt.NDArray[np.intp]
    vectors: Embeddings
    squared_norms: npt.NDArray[np.float64]

    @classmethod
    def build(cls, rows: Iterable[tuple[str, str, bytes]]) -> Self:
        """From (ID, name, embedding bytes), sorted by casefolded name, then ID.

        Raises:
            ValueError: The bytes are no valid embeddings, see `vectors.from_bytes`.
        """
        people: list[tuple[str, str]] = []
        starts: list[int] = []
        blobs: list[bytes] = []
        for person, group in groupby(rows, key=itemgetter(0, 1)):
            people.append(person)
            starts.append(len(blobs))
            blobs.extend(row[2] for row in group)
        vectors = from_bytes(blobs)
        return cls(tuple(people), np.array(starts, dtype=np.intp), vectors, squared_norms(vectors))

    def search(self, probes: Embeddings, metric: str, top_k: int) -> Matches:
        """The `top_k` nearest people to each of the (M, D) probes, nearest first; see `Gallery.search`.

        The matrix product finds everybody who can be among the nearest, given its error bound; their distances are then
        computed by definition, so neither its rounding nor the order of rows decides who comes first.
        """
        if not self.people:
            return [()] * len(probes)
        found: Matches = []
        step = max(1, _BLOCK // len(self.vectors))
        for start in range(0, len(probes), step):
            block = probes[start : start + step]
            rough = distance_matrix(block, self.vectors, metric, b_squared_norms=self.squared_norms)
            nearest = np.minimum.reduceat(rough, self.starts, axis=1)
            slack = self._slack(block, metric)
            found.extend(self._rank(block[[i]], nearest[i], slack[i], metric, top_k) for i in range(len(block)))
        return found

    def _slack(self, probes: Embeddings, metric: str) -> npt.NDArray[np.float64]:
        """(M,) how far above the k-th rough distance a true k-th nearest person's may be: twice the error bound."""
        share = 2 * tolerance(probes.shape[1])
        if metric == "cosine":
            return np.full(len(probes), share)
        scale: npt.NDArray[np.float64] = squared_norms(probes) + self.squared_norms.max()
        return share * scale

    def _rank(
        self, probe: Embeddings, rough: npt.NDArray[np.float32], slack: float, metric: str, top_k: int
    ) -> tuple[Match, ...]:
        """One probe (1, D), from the (K,) rough distances to each person."""
        top_k = min(top_k, len(rough))
        candidate = rough <= np.float64(np.partition(rough, top_k - 1)[top_k - 1]) + slack
        counts = np.diff(self.starts, append=len(self.vectors))
        rows = np.flatnonzero(np.repeat(candidate, counts))
        exact = exact_distances(probe, self.vectors, np.zeros_like(rows), rows, metric)
        firsts = np.concatenate(([0], np.cumsum(counts[candidate])[:-1]))
        per_person = np.minimum.reduceat(exact, firsts)
        people = np.flatnonzero(candidate)
        order = np.argsort(per_person, kind="stable")[:top_k]
        matches = []
        for i in order:
            person_id, name = self.people[people[i]]
            matches.append(Match(person_id, name, float(per_person[i])))
        return tuple(matches)
