"""Two faces of one photo are two people: cannot-link constraints (Wagstaff et al. 2001, "Constrained K-means").

COP-KMeans gives points one at a time their nearest cluster that breaks no constraint, and fails where none is left.
Here a photo's faces are assigned together, by the cheapest of all allowed assignments (Kuhn 1955, the Hungarian
method): the outcome doesn't depend on the order of the faces, each assignment step is optimal, so Lloyd's iterations
still never increase their objective; and where a photo shows more faces than there are clusters, the cheapest leave
the rest ungrouped instead of failing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.base import NOT_GROUPED, Floats, Labels
from facestyle.faces.similarity import squared_norms


class CannotLink:
    """Which faces must not share a cluster.

    Args:
        photos: (N,) the photo of each face, any numbers; None for no constraint.
        count: N.

    Attributes:
        photos: For each photo with several faces, their indices.
        largest: The most faces in one photo, at least 1 if there is a face.

    Raises:
        InvalidRequestError: Not one photo for each face.
    """

    def __init__(self, photos: npt.ArrayLike | None, count: int) -> None:
        self.photos: tuple[Labels, ...] = ()
        if photos is not None:
            numbers = np.asarray(photos)
            if numbers.shape != (count,):
                raise InvalidRequestError(f"There are {count} faces, but photos has the shape {numbers.shape}.")
            order = np.argsort(numbers, kind="stable")
            ends = np.flatnonzero(np.diff(numbers[order])) + 1
            self.photos = tuple(part for part in np.split(order, ends) if len(part) > 1)
        self.largest = max((len(part) for part in self.photos), default=min(1, count))

    def assign(self, costs: Floats) -> Labels:
        """The cheapest assignment that breaks no constraint.

        Args:
            costs: (N, K) of giving each face to each cluster, finite.

        Returns:
            (N,); NOT_GROUPED for faces of photos with more than K.
        """
        labels: Labels = costs.argmin(1)
        chosen = labels.tolist()
        for part in self.photos:
            if len({chosen[face] for face in part}) < len(part):
                rows, columns = linear_sum_assignment(costs[part])
                labels[part] = NOT_GROUPED
                labels[part[rows]] = columns
        return labels

    def repair(self, points: Floats, labels: Labels) -> Labels:
        """Of a photo's faces in one cluster only the nearest to its centre stays; the others become ungrouped.

        For methods that choose the clusters themselves: there is no second-best cluster to give such a face to.

        Args:
            points: (N, D).
            labels: (N,).
        """
        repaired = labels.copy()
        for part in self.photos:
            for label in set(labels[part].tolist()) - {NOT_GROUPED}:
                rivals = part[labels[part] == label]
                if len(rivals) > 1:
                    centre = points[labels == label].mean(0)
                    nearest = rivals[int(np.argmin(squared_norms(points[rivals] - centre)))]
                    repaired[rivals[rivals != nearest]] = NOT_GROUPED
        return repaired

    def is_kept(self, labels: Labels) -> bool:
        """Whether no two faces of a photo share a cluster."""
        grouped = ([label for label in labels[part].tolist() if label != NOT_GROUPED] for part in self.photos)
        return all(len(set(part)) == len(part) for part in grouped)
