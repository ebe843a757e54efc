"""What a clustering answers with, and the space it works in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidEmbeddingError, InvalidRequestError
from facestyle.faces.similarity import check_metric, squared_norms
from facestyle.numbers import is_number, shown

Floats = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.intp]
"""(N,) cluster of each face, from 0; NOT_GROUPED for a face in none."""

Method = Literal["linkage", "kmeans", "density"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)

NOT_GROUPED: Final = -1


@dataclass(frozen=True, slots=True)
class Cluster:
    """One group of faces.

    Attributes:
        members: Indices of its faces, the nearest to the centre first; equally near ones in the order given.
        medoid: The member with the smallest sum of distances to the others: the cover (Kaufman and Rousseeuw 1987).
    """

    members: tuple[int, ...]
    medoid: int


@dataclass(frozen=True, slots=True)
class Clustering:
    """Faces divided into clusters.

    Attributes:
        clusters: The biggest first; of equally big ones, that of the earliest face first.
        not_grouped: Indices of the faces in no cluster, in the order given.
        method: What divided them.
        silhouette: Mean silhouette of the division if it was chosen by it, -1 to 1.
    """

    clusters: tuple[Cluster, ...]
    not_grouped: tuple[int, ...]
    method: Method
    silhouette: float | None = None

    @property
    def labels(self) -> Labels:
        """(N,) the position in `clusters` of each face's cluster; -1 for a face in none."""
        result = np.full(sum(len(c.members) for c in self.clusters) + len(self.not_grouped), NOT_GROUPED, np.intp)
        for number, cluster in enumerate(self.clusters):
            result[list(cluster.members)] = number
        return result


def to_points(embeddings: Floats, metric: str) -> npt.NDArray[np.float32]:
    """Embeddings as points whose Euclidean distance orders pairs as the model's metric does.

    `squared_euclidean`: as they are, since the lengths of dlib's embeddings are part of what it learned. `cosine`: on
    the unit sphere, where ||a - b||^2 = 2 (1 - cos); there K-means keeps its centres on the sphere too (Dhillon and
    Modha 2001).

    Args:
        embeddings: (N, D).
        metric: Of the model.

    Raises:
        InvalidRequestError: Unknown metric.
        InvalidEmbeddingError: Not (N, D), a value is not finite, or (`cosine`) a row is zero.
    """
    check_metric(metric)
    if embeddings.ndim != 2:
        raise InvalidEmbeddingError(f"Embeddings must have shape (count, D), not {embeddings.shape}.")
    norms = squared_norms(embeddings)
    if not np.isfinite(norms).all():
        raise InvalidEmbeddingError("An embedding holds NaN or infinite values: embed the picture again.")
    if metric != "cosine":
        return embeddings.astype(np.float32)
    if not norms.all():
        raise InvalidEmbeddingError("An embedding is all zeros and has no direction: embed the picture again.")
    return (embeddings / np.sqrt(norms)[:, None]).astype(np.float32)


def to_radius(tau: float, metric: str) -> float:
    """The Euclidean distance between `to_points` that a threshold in the model's metric stands for.

    Raises:
        InvalidRequestError: Unknown metric, or tau is negative or not a number.
    """
    check_metric(metric)
    if not (is_number(tau) and tau >= 0):
        raise InvalidRequestError(f"tau is {shown(tau)}; it must be a number of 0 or more.")
    return float(np.sqrt(tau if metric == "squared_euclidean" else 2 * tau))


def squared_distances(a: Floats, b: Floats) -> npt.NDArray[np.float32]:
    """(M, N) squared Euclidean distances of (M, D) and (N, D) by one float32 product; never negative.

    Enough to choose the nearest: what is reported is computed from differences.
    """
    d: npt.NDArray[np.float32] = a.astype(np.float32, copy=False) @ b.astype(np.float32, copy=False).T
    d *= -2
    d += squared_norms(a).astype(np.float32)[:, None]
    d += squared_norms(b).astype(np.float32)
    return np.maximum(d, 0, out=d)


def arrange(points: Floats, labels: Labels, method: Method, *, silhouette: float | None = None) -> Clustering:
    """Clusters in their stable order, each with its cover.

    Args:
        points: (N, D).
        labels: (N,), any numbers; NOT_GROUPED for a face in no cluster.
        method: What made the labels.
        silhouette: Of the division, where it was chosen by it.
    """
    clusters = []
    for label in np.unique(labels[labels != NOT_GROUPED]):
        members = np.flatnonzero(labels == label)
        own = points[members].astype(np.float64)
        from_centre = squared_norms(own - own.mean(0))
        order = np.argsort(from_centre.round(9), kind="stable")
        clusters.append(Cluster(tuple(members[order].tolist()), int(members[_medoid(own, from_centre)])))
    clusters.sort(key=lambda cluster: (-len(cluster.members), min(cluster.members)))
    return Clustering(tuple(clusters), tuple(np.flatnonzero(labels == NOT_GROUPED).tolist()), method, silhouette)


_EXACT_MEDOID = 1000
"""Up to so many members the medoid is found over all pairs; beyond, among those nearest to the centre."""


def _medoid(own: npt.NDArray[np.float64], from_centre: npt.NDArray[np.float64]) -> int:
    candidates = np.argsort(from_centre.round(9), kind="stable")[:_EXACT_MEDOID]
    sums = np.zeros(len(candidates))
    for start in range(0, len(own), 256):
        sums += np.sqrt(squared_distances(own[candidates], own[start : start + 256])).sum(1, dtype=np.float64)
    # one pass of float32 sees equal sums as slightly different: of nearly equal ones the nearest to the centre is taken
    return int(candidates[int(np.argmin(sums.round(3)))])
