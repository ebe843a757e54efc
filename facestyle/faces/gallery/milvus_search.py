"""Exact search over a Milvus server: the nearest embeddings it finds, ranked here by the definition of distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from facestyle.faces.gallery.base import Embeddings, Matches
from facestyle.faces.gallery.index import Index, search
from facestyle.faces.gallery.milvus_tables import MOST_ROWS, Tables
from facestyle.faces.results import Match
from facestyle.faces.similarity import exact_distances, tolerance

Names = Callable[[Sequence[str]], dict[str, tuple[str, str]]]
"""IDs of people -> (key, name) of those that exist."""

_UNIT_TOLERANCE = 1e-5
"""Squared norms this near to 1 are those of unit vectors, for which cosine and distance rank alike."""
_SAFE_SQUARED_NORMS = (1e-24, 1e24)
_FIRST = 32
_GROWTH = 8


def nearest_people(
    tables: Tables,
    collection: str,
    where: str,
    probes: Embeddings,
    *,
    metric: str,
    top_k: int,
    mean: bool,
    names: Names,
) -> Matches:
    """See `Gallery.search`; `where` chooses the rows that may be compared."""
    low, high = _SAFE_SQUARED_NORMS
    norms = np.einsum("md,md->m", probes, probes, dtype=np.float64)
    here = mean or bool(np.any((norms < low) | (norms > high)))
    sent, shares = probes, np.zeros(len(probes))
    if metric == "cosine" and not here:
        uneven = f"({where}) and (norm < {1 - _UNIT_TOLERANCE} or norm > {1 + _UNIT_TOLERANCE})"
        here = tables.any(collection, uneven)
        sent = (probes / np.sqrt(norms)[:, None]).astype(np.float32)
        norms, shares = np.ones(len(probes)), shares + 4 * _UNIT_TOLERANCE
    rows = None if here else [
        _candidates(tables, collection, where, probe, top_k=top_k, norm=float(norm), share=float(share))
        for probe, norm, share in zip(sent, norms, shares, strict=True)
    ]  # fmt: skip
    if rows is None or any(found is None for found in rows):
        return _all_here(tables, collection, where, probes, metric=metric, top_k=top_k, mean=mean, names=names)
    return [
        _rank(*found, probe, metric=metric, top_k=top_k, names=names)
        for found, probe in zip(rows, probes, strict=True)
        if found is not None
    ]


def _candidates(
    tables: Tables, collection: str, where: str, probe: Embeddings, *, top_k: int, norm: float, share: float
) -> tuple[list[str], Embeddings] | None:
    """People and embeddings among which the nearest people surely are; None if the server does not return as many."""
    limit = max(_FIRST, 2 * top_k)
    while limit <= MOST_ROWS:
        hits = tables.nearest(collection, where, probe, limit)
        best: dict[str, float] = {}
        for person, apart, _ in hits:
            best.setdefault(person, apart)
        done = len(hits) < limit
        if not done and len(best) >= top_k:
            kth = sorted(best.values())[top_k - 1]
            scale = norm + (np.sqrt(norm) + np.sqrt(max(0.0, kth))) ** 2
            done = hits[-1][1] > kth + 4 * tolerance(len(probe)) * scale + share
        if done:
            return [person for person, _, _ in hits], np.array([vector for *_, vector in hits], dtype=np.float32)
        limit *= _GROWTH
    return None


def _rank(
    people: list[str], vectors: Embeddings, probe: Embeddings, *, metric: str, top_k: int, names: Names
) -> tuple[Match, ...]:
    if not people:
        return ()
    at = np.arange(len(people), dtype=np.intp)
    exact = exact_distances(probe[None], vectors, np.zeros_like(at), at, metric)
    best: dict[str, float] = {}
    for person, apart in zip(people, exact.tolist(), strict=True):
        best[person] = min(apart, best.get(person, np.inf))
    return _named(list(best.items()), top_k, names)


def _named(found: Sequence[tuple[str, float]], top_k: int, names: Names) -> tuple[Match, ...]:
    """Those who still exist, equal distances ordered by name."""
    known = names(sorted({person for person, _ in found}))
    ordered = sorted((apart, known[person][0], person) for person, apart in found if person in known)[:top_k]
    return tuple(Match(person, known[person][1], apart) for apart, _, person in ordered)


def _all_here(
    tables: Tables,
    collection: str,
    where: str,
    probes: Embeddings,
    *,
    metric: str,
    top_k: int,
    mean: bool,
    names: Names,
) -> Matches:
    """From all embeddings, in this process' memory."""
    rows = tables.rows(collection, where, ("id", "person", "vector"))
    people = sorted({row["person"] for row in rows})
    numbers = {person: number for number, person in enumerate(people)}
    index = Index(probes.shape[1], 0)
    index.append(
        np.array([numbers[row["person"]] for row in rows], dtype=np.int64),
        np.array([row["vector"] for row in rows], dtype=np.float32).reshape(len(rows), probes.shape[1]),
    )
    nearest = search(index.snapshot(), probes, metric, top_k, mean=mean)
    return [_named([(people[number], apart) for number, apart in found], top_k, names) for found in nearest]
