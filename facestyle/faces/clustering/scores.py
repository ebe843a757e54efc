"""How well clusters agree with who the faces are: purity and normalised mutual information."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.base import NOT_GROUPED, Labels


def alone(labels: Labels) -> Labels:
    """Labels in which every ungrouped face is a cluster of its own, so that it can be scored."""
    result = labels.copy()
    lonely = np.flatnonzero(labels == NOT_GROUPED)
    result[lonely] = labels.max(initial=-1) + 1 + np.arange(len(lonely))
    return result


def purity(labels: Labels, people: npt.ArrayLike) -> float:
    """The share of faces whose person is the most frequent of their cluster (Manning et al. 2008, section 16.3).

    Rises with the number of clusters and is 1 if every face is alone: read it beside NMI.

    Args:
        labels: (N,).
        people: (N,) who each face is.

    Raises:
        InvalidRequestError: No faces, or not one person for each.
    """
    return float(_table(labels, people).max(1).sum() / len(labels))


def nmi(labels: Labels, people: npt.ArrayLike) -> float:
    """Normalised mutual information, 2 I(labels; people) / (H(labels) + H(people)), 0 to 1 (section 16.3 there).

    1 where there is one cluster and one person, by convention.

    Raises:
        InvalidRequestError: No faces, or not one person for each.
    """
    joint = _table(labels, people) / len(labels)
    rows, columns = joint.sum(1), joint.sum(0)
    entropies = -float((rows * np.log(rows)).sum() + (columns * np.log(columns)).sum())
    if entropies <= 0:
        return 1.0
    inside = joint > 0
    ratio = joint[inside] / np.outer(rows, columns)[inside]
    return max(0.0, 2 * float((joint[inside] * np.log(ratio)).sum()) / entropies)


def _table(labels: Labels, people: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How many faces of each person are in each cluster."""
    persons = np.asarray(people)
    if not len(labels) or persons.shape != labels.shape:
        raise InvalidRequestError("Scoring a clustering takes at least one face, and one person for each face.")
    _, rows = np.unique(labels, return_inverse=True)
    _, columns = np.unique(persons, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    return table
