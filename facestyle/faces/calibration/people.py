"""Dealing people into groups, so that no pair is scored by a fit that saw one of its people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt

from facestyle.faces.calibration.base import Bools

Ints = npt.NDArray[np.int64]
Labelled = Sequence[tuple[str, str, bool]]
"""For each pair: its first picture, its second, whether they show one person."""


def identify_people(pairs: Labelled, folders: Sequence[tuple[str, str]]) -> tuple[Ints, Ints]:
    """Who is in each pair, as far as the list tells.

    Pictures of a same pair show one person, and so do pictures of one folder, if the folders fit all labels (the layout
    of Labeled Faces in the Wild: one folder a person). A picture tied to no other counts as a person of its own.

    Args:
        pairs: The labelled pairs.
        folders: The folder of either picture of each.

    Returns:
        (N,) and (N,) numbers of people, from 0: the first and the second of each pair.
    """
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    by_folder = all((left == right) == same for (left, right), (_, _, same) in zip(folders, pairs, strict=True))
    for (first, second, same), (left, right) in zip(pairs, folders, strict=True):
        a, b = f"picture {first}", f"picture {second}"
        if same:
            parent[root(a)] = root(b)
        if by_folder:
            parent[root(a)] = root(f"folder {left}")
            parent[root(b)] = root(f"folder {right}")
        else:
            root(a), root(b)
    numbers: dict[str, int] = {}
    found = [
        [numbers.setdefault(root(f"picture {name}"), len(numbers)) for name in (first, second)]
        for first, second, _ in pairs
    ]
    table = np.array(found, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def deal(first: Ints, second: Ints, groups: int) -> Ints:
    """(P,) the group of each of P people: the busiest first, each to the group with the fewest pairs so far.

    People whom a chain of pairs connects go together where the chains are short, as in the folds of Labeled Faces in
    the Wild: no pair then spans two groups.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    people = int(max(first.max(), second.max())) + 1
    links = coo_array((np.ones(len(first)), (first, second)), shape=(people, people))
    chains, chain = connected_components(links, directed=False)
    load = np.bincount(chain[first], minlength=chains)
    unit = chain if load.max() * groups <= len(first) else np.arange(people)
    load = np.bincount(unit[np.concatenate([first, second])])
    given, filled = np.zeros(len(load), np.int64), np.zeros(groups, np.int64)
    for member in np.argsort(-load, kind="stable"):
        given[member] = np.argmin(filled)
        filled[given[member]] += load[member]
    return np.asarray(given[unit], np.int64)


def leave_people_out(first: Ints, second: Ints, groups: int) -> Iterator[tuple[Bools, Bools]]:
    """Every way to hold out one or two groups of people.

    A pair is held out by the groups of its two people, and trained on are the pairs that have nobody of those groups:
    so each pair is held out exactly once, and no held-out person is ever trained on, however the pairs are entangled.

    Yields:
        (N,) the pairs to train on, and (N,) the pairs held out, of which there is at least one.
    """
    given = deal(first, second, groups)
    left, right = given[first], given[second]
    for one, other in combinations_with_replacement(range(groups), 2):
        held_out = ((left == one) & (right == other)) | ((left == other) & (right == one))
        if held_out.any():
            involved = np.isin(left, (one, other)) | np.isin(right, (one, other))
            yield ~involved, held_out
