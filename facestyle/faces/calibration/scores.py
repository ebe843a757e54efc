"""How good probabilities are, and what a reliability plot shows."""

from __future__ import annotations

import numpy as np

from facestyle.faces.calibration.base import Bin, Bools, Floats, Scores, sigmoid
from facestyle.faces.calibration.rates import clopper_pearson

BINS = 10
"""Of equal width in the probability."""


def even_weights(same: Bools) -> Floats:
    """(N,) weights that sum to 1 and give same and different pairs half each: what was seen, at even odds."""
    return np.asarray(np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum()))


def score(log_odds: Floats, same: Bools) -> Scores:
    """Log loss, Brier score and expected calibration error, at even odds.

    Args:
        log_odds: (N,), at even odds.
        same: (N,), both values present.
    """
    weights, p = even_weights(same), sigmoid(log_odds)
    log_loss = float(weights @ np.logaddexp(0, np.where(same, -log_odds, log_odds)))
    brier = float(weights @ (p - same) ** 2)
    ece = 0.0
    for inside in _bins(p):
        share = weights[inside].sum()
        if share > 0:
            ece += float(abs(weights[inside] @ p[inside] - weights[inside] @ same[inside]))
    return Scores(log_loss, brier, ece)


def reliability(log_odds: Floats, same: Bools) -> tuple[Bin, ...]:
    """What was said and what was seen in each bin that holds pairs, from low to high probabilities; see `Bin`."""
    weights, p = even_weights(same), sigmoid(log_odds)
    ratio = float((~same).sum() / same.sum())
    found = []
    for inside in _bins(p):
        count, hits = int(inside.sum()), int(same[inside].sum())
        if not count:
            continue
        low, high = clopper_pearson(hits, count)
        share = weights[inside]
        found.append(
            Bin(
                said=float(share @ p[inside] / share.sum()),
                seen=_even(hits / count, ratio),
                low=_even(low, ratio),
                high=_even(high, ratio),
                same=hits,
                different=count - hits,
            )
        )
    return tuple(found)


def _even(share: float, ratio: float) -> float:
    """A share of same pairs as it would be at even odds; `ratio` is different pairs / same pairs. Monotonic."""
    return ratio * share / (ratio * share + 1 - share)


def _bins(p: Floats) -> list[Bools]:
    index = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    return [index == number for number in range(BINS)]
