"""How well embeddings tell people apart, where they lie, and which triplets are hardest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from facestyle.evaluation.verification import auc, eer, folded_accuracy, roc
from facestyle.learning.distances import squared_distances
from facestyle.learning.miners import batch_hard
from facestyle.learning.results import Figures, Floats, HardTriplet

Ints = npt.NDArray[np.int64]
Scorer = Callable[[Tensor, Tensor], Tensor]
"""Embeddings (N, D) and (N, D) -> (N,), small meaning the same person."""


def figures(embeddings: Tensor, people: Ints, score: Scorer, *, seed: int = 0) -> Figures:
    """Verification over all pairs of pictures.

    The accuracy is of as many different pairs as same ones, in two halves of the people: each half is judged at the
    threshold that is best on the other, so that no threshold has seen the people it is tried on. Pairs across the
    halves count for the AUC and the equal error rate only, which need no threshold chosen beforehand.

    Args:
        embeddings: (N, D).
        people: (N,), at least two people, one of them with two pictures.
        score: See `Scorer`.
        seed: Of the halves, and of which different pairs are taken.
    """
    rows, columns = np.triu_indices(len(people), k=1)
    with torch.no_grad():
        scores = score(embeddings[torch.as_tensor(rows)], embeddings[torch.as_tensor(columns)])
    values = scores.double().numpy()
    same = people[rows] == people[columns]
    curve = roc(values, same)
    rate, tau = eer(curve)
    who = np.unique(people)
    return Figures(
        _accuracy(values, same, people[rows], people[columns], seed),
        auc(curve),
        rate,
        tau,
        values[same].astype(np.float32),
        values[~same].astype(np.float32),
        len(who),
        len(people),
    )


def _accuracy(
    values: npt.NDArray[np.float64], same: npt.NDArray[np.bool_], a: Ints, b: Ints, seed: int
) -> float | None:
    rng = np.random.default_rng(seed)
    who = rng.permutation(np.unique(a))
    folds = np.full(len(values), -1)
    for fold, half in enumerate((who[: len(who) // 2], who[len(who) // 2 :])):
        inside = np.isin(a, half) & np.isin(b, half)
        alike, unlike = np.flatnonzero(inside & same), np.flatnonzero(inside & ~same)
        if not len(alike) or not len(unlike):
            return None
        count = min(len(alike), len(unlike))
        for rows in (alike, unlike):
            folds[rng.choice(rows, count, replace=False)] = fold
    used = folds >= 0
    return folded_accuracy(values[used], same[used], folds[used].astype(np.int64)).mean


def plane(embeddings: Floats, before: Floats | None = None) -> Floats:
    """Embeddings on their first two principal components.

    Components have no sign and, where they are equally long, no order either: the map is turned or mirrored so that it
    is as near as possible to the one before (orthogonal Procrustes: Schönemann 1966).

    Args:
        embeddings: (N, D).
        before: (N, 2), the last map of the same pictures.

    Returns:
        (N, 2), centred.
    """
    centred = embeddings.astype(np.float64) - embeddings.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    result = left[:, :2] * sizes[:2]
    if before is not None:
        u, _, vt = np.linalg.svd(result.T @ before)
        result = result @ (u @ vt)
    return np.asarray(result, np.float32)


def hardest(
    embeddings: Tensor,
    people: Ints,
    pictures: npt.NDArray[np.uint8],
    names: tuple[str, ...],
    *,
    margin: float,
    count: int,
) -> tuple[HardTriplet, ...]:
    """The triplets of the highest loss, each with another person's anchor.

    Args:
        embeddings: (N, D).
        people: (N,), positions in `names`.
        pictures: (N, H, W).
        names: Of the people.
        margin: alpha.
        count: How many, at most.
    """
    squared = squared_distances(embeddings)
    chosen = batch_hard(squared, torch.as_tensor(people))
    near, far = squared[chosen.anchor, chosen.positive], squared[chosen.anchor, chosen.negative]
    found: dict[int, HardTriplet] = {}
    for at in (far - near).argsort().tolist():
        rows = [int(part[at]) for part in (chosen.anchor, chosen.positive, chosen.negative)]
        if int(people[rows[0]]) not in found and len(found) < count:
            found[int(people[rows[0]])] = HardTriplet(
                float(near[at]),
                float(far[at]),
                max(0.0, float(near[at] - far[at]) + margin),
                tuple(pictures[row] for row in rows),
                tuple(names[people[row]] for row in rows),
            )
    return tuple(found.values())
