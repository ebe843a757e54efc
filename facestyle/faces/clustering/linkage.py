"""Complete linkage at the model's threshold: groups in which no two faces are farther apart than tau.

The method for an unknown number of people: it needs no number but the model's own tau, finds one person as well as a
hundred, and a constraint is just a pair infinitely far apart. What it is measured against is in the README.
"""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.base import Floats, Labels, squared_distances
from facestyle.faces.clustering.constraints import CannotLink

MAX_FACES = 15_000
"""All pairs are kept: 8 bytes each, 0.9 GB at this number, and the same again while they are merged."""


def complete_linkage(points: Floats, radius: float, *, constraint: CannotLink | None = None) -> Labels:
    """Merges the two nearest clusters until the farthest pair of any two is beyond `radius`.

    The distance of two clusters is that of their farthest pair (Defays 1977); scipy merges in O(N^2).

    Args:
        points: (N, D).
        radius: Euclidean.
        constraint: Which faces must not share a cluster.

    Returns:
        (N,) labels from 0; a face alone is a cluster.

    Raises:
        InvalidRequestError: More than MAX_FACES.
    """
    count = len(points)
    if count > MAX_FACES:
        raise InvalidRequestError(f"{count:,} faces are too many for this method: choose K-means with a number K.")
    if count < 2:
        return np.zeros(count, np.intp)
    apart = np.sqrt(squared_distances(points, points)).astype(np.float64)
    never = 2 * float(apart.max()) + 2 * radius + 1
    for part in constraint.photos if constraint is not None else ():
        apart[np.ix_(part, part)] = never
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "complete")
    return np.asarray(fcluster(tree, radius, "distance"), np.intp) - 1
