"""How many people? The K of the highest mean silhouette (Rousseeuw 1987)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facestyle.faces.clustering.base import NOT_GROUPED, Floats, Labels, squared_distances
from facestyle.faces.clustering.constraints import CannotLink
from facestyle.faces.clustering.kmeans import TOLERANCE, KMeans, kmeans, lloyd, plus_plus

MAX_K = 500
"""Highest K tried: the search then takes under a minute for 10,000 faces on two cores."""
SAMPLE = 1000
"""So many faces' silhouettes are averaged where there are more; each is still measured against all faces."""

_COARSE = 12
_STARTS, _STEPS = 2, 15
"""Of each run of the search; the K it finds gets `kmeans`' own."""


def silhouette(points: Floats, labels: Labels, *, sample: int | None = None, seed: int = 0) -> float:
    """The mean over faces of (b - a) / max(a, b), from -1 to 1.

    a is a face's mean distance to the others of its cluster, b its least mean distance to the faces of another one. A
    face alone in its cluster has 0. Ungrouped faces are left out.

    Args:
        points: (N, D).
        labels: (N,), at least two clusters.
        sample: Average over so many faces drawn at random; None for all.
        seed: Of the drawing.

    Returns:
        The mean; 0 where fewer than two clusters leave nothing to compare.
    """
    grouped = labels != NOT_GROUPED
    points = points[grouped]
    names, labels = np.unique(labels[grouped], return_inverse=True)
    if len(names) < 2:
        return 0.0
    order = np.argsort(labels, kind="stable")
    points, labels = points[order], labels[order]
    sizes = np.bincount(labels)
    chosen = np.arange(len(points))
    if sample is not None and sample < len(points):
        chosen = np.sort(np.random.default_rng(seed).choice(len(points), sample, replace=False))
    total = 0.0
    for start in range(0, len(chosen), 256):
        total += _block(points, labels, sizes, chosen[start : start + 256]).sum()
    return float(total / len(chosen))


def _block(points: Floats, labels: Labels, sizes: Labels, chosen: Labels) -> npt.NDArray[np.float64]:
    """The silhouettes of `chosen`; `labels` rise."""
    apart = np.sqrt(squared_distances(points[chosen], points).astype(np.float64))
    apart[np.arange(len(chosen)), chosen] = 0  # rounding makes a point seem a little away from itself
    sums = np.add.reduceat(apart, np.cumsum(sizes) - sizes, axis=1)
    rows, own = np.arange(len(chosen)), labels[chosen]
    a = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    b = means.min(1)
    widest = np.maximum(a, b)
    s: npt.NDArray[np.float64] = np.divide(b - a, widest, out=np.zeros_like(a), where=widest > 0)
    s[sizes[own] == 1] = 0
    return s


def choose_k(
    points: Floats,
    *,
    one_within: float,
    constraint: CannotLink | None = None,
    spherical: bool = False,
    seed: int = 0,
) -> tuple[KMeans, float]:
    """K-means with the number of clusters of the highest silhouette.

    K runs from 2, or from the number of faces in the fullest photo, to N - 1 or MAX_K: first in a dozen geometric
    steps, then ever closer around the best. The silhouette compares clusters, so it
    can't tell one person from several: K = 1 is taken if all faces are on average within the model's threshold of
    each other, and K = N for two faces that are not.

    Args:
        points: (N, D), N at least 1.
        one_within: Euclidean distance that the model takes for the same person.
        constraint: Which faces must not share a cluster.
        spherical: See `kmeans`.
        seed: See `kmeans`.

    Returns:
        The best run, with its silhouette.
    """
    count = len(points)
    constraint = constraint or CannotLink(None, count)
    if constraint.largest == 1 and _mean_distance(points) <= one_within:
        return kmeans(points, 1, spherical=spherical, seed=seed), 0.0
    low, high = max(2, constraint.largest), min(count - 1, MAX_K)
    if low > high:
        return kmeans(points, count, constraint=constraint, spherical=spherical, seed=seed), 0.0
    scores: dict[int, float] = {}
    generator = np.random.default_rng(seed)
    starts = [plus_plus(points, high, generator) for _ in range(_STARTS)]  # for lower K their first K

    def score(k: int) -> float:
        if k not in scores:
            runs = [
                lloyd(
                    points,
                    points[start[:k]],
                    constraint=constraint,
                    spherical=spherical,
                    iterations=_STEPS,
                    tolerance=TOLERANCE,
                )
                for start in starts
            ]
            run = min(runs, key=lambda run: run.inertia)
            scores[k] = silhouette(points, run.labels, sample=SAMPLE, seed=seed)
        return scores[k]

    tried = sorted({round(k) for k in np.geomspace(low, high, _COARSE)})
    while True:
        best = max(tried, key=lambda k: (score(k), -k))
        place = tried.index(best)
        left, right = tried[max(0, place - 1)], tried[min(len(tried) - 1, place + 1)]
        closer = {best, left, right, *((best + side) // 2 for side in (left, right))}
        if closer <= set(scores):
            break
        tried = sorted(closer)
    run = kmeans(points, best, constraint=constraint, spherical=spherical, seed=seed)
    return run, silhouette(points, run.labels, sample=SAMPLE, seed=seed)


def _mean_distance(points: Floats) -> float:
    """Over pairs of different faces, or of a sample of them; 0 for a single face."""
    some = points[:: max(1, len(points) // SAMPLE)]
    if len(some) < 2:
        return 0.0
    apart = np.sqrt(squared_distances(some, some))
    np.fill_diagonal(apart, 0)
    return float(apart.sum(dtype=np.float64) / (len(some) * (len(some) - 1)))
