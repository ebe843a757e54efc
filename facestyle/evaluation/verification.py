"""Metrics of 1:1 verification from distances and labels.

Conventions: `distances` (N,) float, small means alike; `same` (N,) bool. A pair is accepted at threshold tau where
`distance <= tau`. A pair that could not be measured (no face found) is an error at every threshold: callers give a same
pair +inf and a different pair -inf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_Z = 1.959963984540054
"""97.5 % quantile of the standard normal: two-sided 95 % intervals."""


@dataclass(frozen=True, slots=True)
class Roc:
    """All operating points, from "accept nothing" to "accept everything".

    Attributes:
        tau: Thresholds, rising; the first is -inf.
        far: False accept rate at each: accepted different pairs / different pairs.
        tar: True accept rate at each: accepted same pairs / same pairs.
    """

    tau: Floats
    far: Floats
    tar: Floats


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FoldedAccuracy:
    """Accuracy of threshold-choosing by cross-validation.

    Attributes:
        mean: Over folds.
        stderr: Standard error of that mean: the folds' standard deviation (n - 1) over the square root of n.
        folds: Accuracy of each.
        taus: The threshold that each was scored at.
        right: (N,) whether each pair was decided rightly at its fold's threshold.
    """

    mean: float
    stderr: float
    folds: tuple[float, ...]
    taus: tuple[float, ...]
    right: Bools


def roc(distances: Floats, same: Bools) -> Roc:
    """The empirical ROC; pairs at equal distance are accepted together.

    Raises:
        InvalidRequestError: There is no same pair or no different pair.
    """
    positives, negatives = int(same.sum()), int((~same).sum())
    if positives == 0 or negatives == 0:
        raise InvalidRequestError("The pairs must hold at least one same and one different pair.")
    order = np.argsort(distances, kind="stable")
    ordered, labels = distances[order], same[order]
    last = np.append(ordered[1:] != ordered[:-1], True)  # the last pair of each run of equal distances
    tar = np.cumsum(labels)[last] / positives
    far = np.cumsum(~labels)[last] / negatives
    return Roc(np.append(-np.inf, ordered[last]), np.append(0.0, far), np.append(0.0, tar))


def auc(curve: Roc) -> float:
    """Area under the ROC: the chance that a same pair is nearer than a different one, ties counted half."""
    return float(np.trapezoid(curve.tar, curve.far))


def eer(curve: Roc) -> tuple[float, float]:
    """Equal error rate and its threshold, linearly interpolated where false accepts cross false rejects."""
    gap = curve.far - (1 - curve.tar)  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    before = after - 1
    share = float(gap[before] / (gap[before] - gap[after]))
    rate = float(curve.far[before] + share * (curve.far[after] - curve.far[before]))
    tau = (
        curve.tau[after]
        if not np.isfinite(curve.tau[before])
        else curve.tau[before] + share * (curve.tau[after] - curve.tau[before])
    )
    return rate, float(tau)


def wilson(successes: int, trials: int) -> Rate:
    """A share with Wilson's 95 % score interval (Wilson 1927), which stays sensible at 0 and at 1."""
    p = successes / trials
    centre = p + _Z**2 / (2 * trials)
    spread = _Z * np.sqrt(p * (1 - p) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    return Rate(p, max(0.0, float(centre - spread) / scale), min(1.0, float(centre + spread) / scale))


def tar_at_far(curve: Roc, far: float, positives: int, negatives: int) -> Rate | None:
    """The true accept rate at the largest threshold whose false accept rate is at most `far`.

    The interval is that of a share of `positives` at this threshold; that another set of different pairs would give
    another threshold is not in it.

    Returns:
        None where the data can't tell: fewer than 3 false accepts would make up that rate.
    """
    if far * negatives < 3 - 1e-9:
        return None
    at = int(np.searchsorted(curve.far, far, side="right")) - 1
    return wilson(round(curve.tar[at] * positives), positives)


def best_threshold(distances: Floats, same: Bools) -> float:
    """The threshold of highest accuracy; of several, the middle of the longest run.

    Between two neighbouring distances every threshold decides alike, so the middle of the gap is returned.
    """
    order = np.argsort(distances, kind="stable")
    ordered, labels = distances[order], same[order]
    right = np.append(0, np.cumsum(labels)) + np.append(np.cumsum((~labels)[::-1])[::-1], 0)
    cut_allowed = np.append(True, np.append(ordered[1:] != ordered[:-1], True))
    right = np.where(cut_allowed, right, -1)
    best = np.flatnonzero(right == right.max())
    middle = int(best[len(best) // 2])
    finite = distances[np.isfinite(distances)]
    low = ordered[middle - 1] if middle > 0 else finite.min(initial=0.0) - 1e-6
    high = ordered[middle] if middle < len(ordered) else finite.max(initial=0.0) + 1e-6
    if not np.isfinite(low):
        return float(np.nextafter(high, -np.inf))
    return float((low + high) / 2) if np.isfinite(high) else float(low)


def folded_accuracy(distances: Floats, same: Bools, folds: npt.NDArray[np.int64]) -> FoldedAccuracy:
    """The accuracy of LFW's protocol: each fold is scored at the threshold that is best on all the others.

    Args:
        distances: (N,).
        same: (N,).
        folds: (N,), the fold of each pair; at least two different ones.

    Raises:
        InvalidRequestError: Fewer than two folds.
    """
    numbers = np.unique(folds)
    if len(numbers) < 2:
        raise InvalidRequestError("Choosing the threshold on other folds takes at least two folds.")
    accuracies, taus = [], []
    right = np.zeros(len(same), bool)
    for number in numbers:
        held_out = folds == number
        tau = best_threshold(distances[~held_out], same[~held_out])
        right[held_out] = (distances[held_out] <= tau) == same[held_out]
        accuracies.append(float(right[held_out].mean()))
        taus.append(tau)
    spread = float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies)))
    return FoldedAccuracy(float(np.mean(accuracies)), spread, tuple(accuracies), tuple(taus), right)
