"""One call over the methods: embeddings in, clusters with covers out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from facestyle.errors import InvalidRequestError, shown
from facestyle.faces.clustering.base import (
    METHODS,
    NOT_GROUPED,
    Clustering,
    Floats,
    Labels,
    Method,
    arrange,
    to_points,
    to_radius,
)
from facestyle.faces.clustering.choose_k import choose_k
from facestyle.faces.clustering.constraints import CannotLink
from facestyle.faces.clustering.density import density
from facestyle.faces.clustering.kmeans import RESTARTS, kmeans
from facestyle.faces.clustering.linkage import complete_linkage

_MANY = 2_000_000
"""Points times clusters beyond which fewer restarts are made: each then takes seconds."""


def group_embeddings(
    embeddings: Floats,
    *,
    metric: str,
    tau: float,
    photos: npt.ArrayLike | None = None,
    method: Method = "linkage",
    k: int | None = None,
    seed: int = 0,
) -> Clustering:
    """Groups faces by person.

    Args:
        embeddings: (N, D) of one model.
        metric: The model's.
        tau: The model's threshold.
        photos: (N,) the photo of each face: two faces of one photo are never in one cluster. None: they may be.
        method: `linkage`: complete linkage at tau. `kmeans`: K given, or chosen by silhouette. `density`: HDBSCAN.
        k: Number of clusters, for `kmeans` only.
        seed: Of K-means' starts.

    Raises:
        InvalidRequestError: Unknown method, K out of range or without `kmeans`, tau out of range, or too many faces.
        InvalidEmbeddingError: See `to_points`.
    """
    check(method, k)
    points, radius = to_points(embeddings, metric), to_radius(tau, metric)
    constraint = CannotLink(photos, len(points))
    if not len(points):
        return Clustering((), (), method)
    # thousands of small products gain little from a second core, and on a busy machine lose a factor of ten to threads
    # that wait for each other (0.4 s of work took 16 s)
    with threadpool_limits(1, "blas"):
        return _grouped(points, radius, constraint, method, k, spherical=metric == "cosine", seed=seed)


def _grouped(
    points: Floats,
    radius: float,
    constraint: CannotLink,
    method: Method,
    k: int | None,
    *,
    spherical: bool,
    seed: int,
) -> Clustering:
    found: float | None = None
    if method == "kmeans":
        if k is None:
            run, found = choose_k(points, one_within=radius, constraint=constraint, spherical=spherical, seed=seed)
        else:
            restarts = RESTARTS if len(points) * k <= _MANY else 2
            run = kmeans(points, k, constraint=constraint, spherical=spherical, restarts=restarts, seed=seed)
        labels = run.labels
    elif method == "density":
        labels = density(points, constraint=constraint)
    else:
        labels = _without_singles(complete_linkage(points, radius, constraint=constraint))
    return arrange(points, labels, method, silhouette=found)


def check(method: str, k: int | None) -> None:
    """Refuses what no album could be grouped by, before any work is done.

    Raises:
        InvalidRequestError: Unknown method, or K below 1 or without `kmeans`.
    """
    if method not in METHODS:
        raise InvalidRequestError(f"There is no method {shown(method)}. Choose one of: {', '.join(METHODS)}.")
    if k is not None and method != "kmeans":
        raise InvalidRequestError("K is for K-means: the other methods find the number of people themselves.")
    if k is not None and k < 1:
        raise InvalidRequestError(f"K is {k}: there is at least one person to group.")


def _without_singles(labels: Labels) -> Labels:
    """A face that resembles no other is not a group."""
    return np.where(np.bincount(labels)[labels] > 1, labels, NOT_GROUPED)
