"""HDBSCAN (Campello et al. 2013): clusters are where faces lie dense; what lies sparse is noise, "not grouped"."""

from __future__ import annotations

import warnings

import numpy as np

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.base import NOT_GROUPED, Floats, Labels
from facestyle.faces.clustering.constraints import CannotLink


def density(points: Floats, *, constraint: CannotLink | None = None, min_size: int = 2) -> Labels:
    """Clusters of at least `min_size` faces, two clusters or more: an album of one person stays ungrouped.

    scikit-learn's implementation knows no constraints: of a photo's faces in one cluster the nearest to its centre
    stays (`CannotLink.repair`).

    Args:
        points: (N, D).
        constraint: Which faces must not share a cluster.
        min_size: Fewest faces of a cluster, at least 2.

    Returns:
        (N,) labels from 0, NOT_GROUPED for noise.

    Raises:
        InvalidRequestError: `min_size` is below 2.
    """
    if min_size < 2:
        raise InvalidRequestError(f"min_size is {min_size}: a dense place takes at least 2 faces.")
    if len(points) < max(3, min_size):  # of two faces neither place is denser than the other
        return np.full(len(points), NOT_GROUPED, np.intp)
    from sklearn.cluster import HDBSCAN  # takes a second to import

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # about densities of identical faces, which are infinite
        found = HDBSCAN(min_cluster_size=min_size, copy=True).fit_predict(points.astype(np.float64))
    labels: Labels = np.asarray(found, np.intp)
    if constraint is not None:
        labels = constraint.repair(points, labels)
    sizes = np.bincount(labels + 1)
    labels[(labels != NOT_GROUPED) & (sizes[labels + 1] < min_size)] = NOT_GROUPED
    return labels
