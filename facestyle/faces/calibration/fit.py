"""From labelled embeddings to a calibration: every head is cross-validated, the best or the one asked for is fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from facestyle.errors import CalibrationDataError
from facestyle.faces.calibration.base import Bools, Calibration, Embeddings, Floats, Scores, clamp_range
from facestyle.faces.calibration.heads import HEADS, find_head
from facestyle.faces.calibration.logistic import fit_pairs
from facestyle.faces.calibration.people import Ints, leave_people_out
from facestyle.faces.calibration.scores import reliability, score
from facestyle.faces.similarity import exact_distances

LEAST_PAIRS = 20
"""Of each kind. Even so few support odds of 20 to 1 at best."""
GROUPS = 10
_DECIMALS = 6


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPairs:
    """What a calibration is fitted on.

    Attributes:
        a: (N, D) embeddings of the first pictures.
        b: (N, D) embeddings of the second ones.
        same: (N,) whether the two show one person.
        first: (N,) number of the person in the first picture.
        second: (N,) number of the one in the second.
        data: Name of the data, for people.
        left_out: Pairs that are missing here because no face was found.
    """

    a: Embeddings
    b: Embeddings
    same: Bools
    first: Ints
    second: Ints
    data: str
    left_out: int = 0


def fit_calibration(
    pairs: LabelledPairs, *, model: str, preprocessing: str, metric: str, head: str | None = None
) -> Calibration:
    """Compares the heads by cross-validation over people and fits one of them on all pairs.

    Args:
        pairs: At least `LEAST_PAIRS` of each kind.
        model: Catalogue ID of the embedder.
        preprocessing: Detector and alignment before it.
        metric: The model's.
        head: Name of the head to use; default: the one of the least log loss on people that its fit had not seen.

    Raises:
        CalibrationDataError: Too few pairs of a kind, too few people to hold any out, or an embedding that is not
            finite.
        InvalidRequestError: No such head or metric.
    """
    if head is not None:
        find_head(head)
    _check(pairs)
    # The systems are small: on several threads most time would go into waiting for one another.
    with threadpool_limits(1):
        return _fit(pairs, model=model, preprocessing=preprocessing, metric=metric, head=head)


def _fit(pairs: LabelledPairs, *, model: str, preprocessing: str, metric: str, head: str | None) -> Calibration:
    same = pairs.same
    features = {name: each.features(pairs.a, pairs.b, metric) for name, each in HEADS.items()}
    people = len(np.unique(np.concatenate([pairs.first, pairs.second])))
    groups = min(GROUPS, people)
    held_out = {name: cross_validate(x, same, pairs.first, pairs.second, groups) for name, x in features.items()}
    scores: dict[str, Scores] = {name: score(log_odds, same) for name, log_odds in held_out.items()}
    chosen = head or min(scores, key=lambda name: scores[name].log_loss)
    fitted = fit_pairs(features[chosen], same)
    index = np.arange(len(same), dtype=np.intp)
    distances = np.round(exact_distances(pairs.a, pairs.b, index, index, metric).astype(np.float64), _DECIMALS)
    return Calibration(
        model=model,
        preprocessing=preprocessing,
        metric=metric,
        data=pairs.data,
        people=people,
        left_out=pairs.left_out,
        head=chosen,
        weights=fitted.weights,
        bias=fitted.bias,
        l2=fitted.l2,
        groups=groups,
        scores=scores,
        reliability=reliability(held_out[chosen], same),
        same_distances=np.sort(distances[same]),
        different_distances=np.sort(distances[~same]),
    )


def cross_validate(x: Floats, same: Bools, first: Ints, second: Ints, groups: int) -> Floats:
    """(N,) the log-odds of each pair at even odds, by a fit that saw none of its people.

    They are clamped as the fit's own pairs allow (`clamp_range`), so that what is scored is what would be shown.

    Raises:
        CalibrationDataError: Holding people out leaves one kind of pairs only.
    """
    result = np.empty(len(same))
    for train, held_out in leave_people_out(first, second, groups):
        positives, negatives = int(same[train].sum()), int((~same[train]).sum())
        if not positives or not negatives:
            raise CalibrationDataError(
                "The pairs show too few people: without those of some pairs, only one kind of pairs is left to fit on. "
                "Add pairs of other people."
            )
        fitted = fit_pairs(x[train], same[train])
        result[held_out] = np.clip(x[held_out] @ fitted.weights + fitted.bias, *clamp_range(positives, negatives))
    return result


def _check(pairs: LabelledPairs) -> None:
    positives, negatives = int(pairs.same.sum()), int((~pairs.same).sum())
    for kind, count in (("same", positives), ("different", negatives)):
        if count < LEAST_PAIRS:
            missing = f" ({pairs.left_out} were left out because no face was found)" if pairs.left_out else ""
            raise CalibrationDataError(
                f"There are {count} pairs labelled {kind}{missing}; a calibration takes at least {LEAST_PAIRS} of each "
                "kind, and says little below some hundreds. Add pairs."
            )
    if not (np.isfinite(pairs.a).all() and np.isfinite(pairs.b).all()):
        raise CalibrationDataError("An embedding holds NaN or infinite values: embed its picture again.")
