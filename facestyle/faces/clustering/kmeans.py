"""K-means (Lloyd 1982) from k-means++ starts (Arthur and Vassilvitskii 2007), with cannot-link constraints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.base import NOT_GROUPED, Floats, Labels, squared_distances
from facestyle.faces.clustering.constraints import CannotLink
from facestyle.faces.similarity import squared_norms

Centres = npt.NDArray[np.float32]

RESTARTS = 8
ITERATIONS = 100
TOLERANCE = 1e-4
"""A run ends where a step lowers the objective by a smaller share; the last such steps move single faces."""


@dataclass(frozen=True, slots=True)
class KMeans:
    """A converged run.

    Attributes:
        labels: (N,), 0 to K - 1; NOT_GROUPED only for faces of photos with more than K faces.
        centres: (K, D).
        inertia: The sum of squared distances of the grouped faces to their centres: the objective.
        iterations: Assignment steps done.
    """

    labels: Labels
    centres: Centres
    inertia: float
    iterations: int


def kmeans(
    points: Floats,
    k: int,
    *,
    constraint: CannotLink | None = None,
    spherical: bool = False,
    restarts: int = RESTARTS,
    iterations: int = ITERATIONS,
    seed: int = 0,
) -> KMeans:
    """The best of several runs; the same for the same seed.

    Where fewer than K of the points differ, clusters stay empty and fewer than K labels are used.

    Args:
        points: (N, D); on the unit sphere if `spherical`.
        k: Number of clusters, 1 to N.
        constraint: Which faces must not share a cluster.
        spherical: Keep the centres on the unit sphere (Dhillon and Modha 2001, "Concept decompositions").
        restarts: Runs from different starts.
        iterations: Most assignment steps of a run.
        seed: Of the starts.

    Raises:
        InvalidRequestError: K is not from 1 to N, or there is no run or no step to do.
    """
    if not 1 <= k <= len(points):
        raise InvalidRequestError(f"K is {k}, but there are {len(points)} faces: choose K from 1 to {len(points)}.")
    if restarts < 1 or iterations < 1:
        raise InvalidRequestError("K-means takes at least one start and one step.")
    constraint = constraint or CannotLink(None, len(points))
    generator = np.random.default_rng(seed)
    runs = []
    for _ in range(restarts):
        centres = points[plus_plus(points, k, generator)].astype(np.float32)
        runs.append(
            lloyd(
                points, centres, constraint=constraint, spherical=spherical, iterations=iterations, tolerance=TOLERANCE
            )
        )
    return min(runs, key=lambda run: run.inertia)


def plus_plus(points: Floats, k: int, generator: np.random.Generator) -> Labels:
    """K points to start from: each next one drawn with probability proportional to D(x)^2.

    Of 2 + ln K points drawn each time, the one that lowers the sum of D(x)^2 most is taken (the greedy variant in
    section 5 of the paper). The first few of them are a start for as few clusters.

    Returns:
        (K,) indices of points.
    """
    points = points.astype(np.float32, copy=False)
    norms = squared_norms(points).astype(np.float32)
    negligible = 1e-6 * float(norms.max(initial=0))
    draws = 2 + int(np.log(k))

    def apart(drawn: Labels) -> npt.NDArray[np.float32]:
        d = np.asarray(points[drawn] @ points.T, np.float32)  # a row for each drawn point
        d *= -2
        d += norms
        d += norms[drawn][:, None]
        return np.maximum(d, 0, out=d)

    chosen = np.empty(k, np.intp)
    chosen[0] = generator.integers(len(points))
    nearest = apart(chosen[:1])[0]
    for step in range(1, k):
        total = np.cumsum(nearest, dtype=np.float64)
        if total[-1] <= negligible:  # the rest repeats what was chosen, up to rounding
            chosen[step:] = generator.integers(len(points), size=k - step)
            break
        drawn = np.searchsorted(total, generator.random(draws) * total[-1]).clip(max=len(points) - 1)
        candidates = np.minimum(apart(drawn), nearest)
        best = int(np.argmin(candidates.sum(1, dtype=np.float64)))
        chosen[step] = drawn[best]
        nearest = candidates[best]
    return chosen


def lloyd(
    points: Floats,
    centres: Centres,
    *,
    constraint: CannotLink,
    spherical: bool = False,
    iterations: int = ITERATIONS,
    tolerance: float = 0.0,
) -> KMeans:
    """Assign every face, move the centres to their faces' mean, again, until nothing changes.

    A cluster that lost all its faces takes over the face that is farthest from its own centre.

    Args:
        points: (N, D).
        centres: (K, D) to start from.
        constraint: Which faces must not share a cluster.
        spherical: Keep the centres on the unit sphere.
        iterations: Most assignment steps.
        tolerance: See TOLERANCE; 0 goes on until nothing changes.
    """
    labels = np.full(len(points), NOT_GROUPED - 1, np.intp)
    steps, before = 0, np.inf
    while steps < iterations:
        steps += 1
        costs = squared_distances(points, centres)
        assigned = constraint.assign(costs)
        _fill_empty(costs, assigned)
        if np.array_equal(assigned, labels):
            break
        labels = assigned
        objective = float(costs[np.arange(len(labels)), labels].sum(where=labels != NOT_GROUPED, dtype=np.float64))
        centres = _means(points, labels, centres, spherical=spherical)
        if before - objective < tolerance * objective:
            break
        before = objective
    grouped = labels != NOT_GROUPED
    apart = points[grouped].astype(np.float64) - centres[labels[grouped]]
    return KMeans(labels, centres, float(squared_norms(apart).sum()), steps)


def _fill_empty(costs: Floats, labels: Labels) -> None:
    k = costs.shape[1]
    sizes = np.bincount(labels[labels != NOT_GROUPED], minlength=k)
    empty = np.flatnonzero(sizes == 0)
    if not len(empty):
        return
    own = costs[np.arange(len(labels)), labels]  # of an ungrouped face: some cost, never looked at
    free = iter(empty)
    target = next(free, None)
    for face in np.argsort(-own, kind="stable"):
        if target is None or (own[face] <= 0 and labels[face] != NOT_GROUPED):
            return
        if labels[face] != NOT_GROUPED and sizes[labels[face]] > 1:
            sizes[labels[face]] -= 1
            labels[face] = target
            target = next(free, None)


def _means(points: Floats, labels: Labels, before: Centres, *, spherical: bool) -> Centres:
    """(K, D) the mean of each cluster; an empty one keeps its centre."""
    rows = np.flatnonzero(labels != NOT_GROUPED)
    ones = np.ones(len(rows), np.float32)
    members = csr_array((ones, (labels[rows], rows)), shape=(len(before), len(labels)))
    sizes = np.bincount(labels[rows], minlength=len(before))
    full = sizes > 0
    means = (members @ points)[full] / sizes[full, None]
    if spherical:
        lengths = np.sqrt(squared_norms(means))
        means /= np.where(lengths > 0, lengths, 1)[:, None]  # opposite points have no mean direction
    centres = before.copy()
    centres[full] = means
    return centres
