"""From labelled pictures to a calibration, and a calibration held against pairs that it has never seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facestyle.errors import CalibrationDataError, CalibrationMismatchError
from facestyle.evaluation.measure import embed_files
from facestyle.evaluation.pairs import Pair
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.calibration.base import Bin, Calibration, Scores
from facestyle.faces.calibration.fit import LabelledPairs, fit_calibration
from facestyle.faces.calibration.heads import find_head
from facestyle.faces.calibration.people import identify_people
from facestyle.faces.calibration.scores import reliability, score
from facestyle.settings import Settings


def label(
    pairs: Sequence[Pair],
    detector: Detector,
    embedder: Embedder,
    *,
    data: str,
    cache: Path | None,
    settings: Settings,
    on_done: Callable[[int], None] = lambda _: None,
) -> LabelledPairs:
    """Embeds the pictures of labelled pairs; a pair in which no face was found is left out and counted.

    Raises:
        InvalidRequestError: A picture can't be read.
        CalibrationDataError: No pair is left.
    """
    paths = list(dict.fromkeys(path for pair in pairs for path in (pair.a, pair.b)))
    embeddings = embed_files(paths, detector, embedder, cache=cache, settings=settings, on_done=on_done)
    # Who is who is read off the whole list: a pair left out still ties its pictures to one person.
    first, second = identify_people(
        [(str(pair.a), str(pair.b), pair.same) for pair in pairs],
        [(str(pair.a.parent), str(pair.b.parent)) for pair in pairs],
    )
    kept, a, b = [], [], []
    for index, pair in enumerate(pairs):
        left, right = embeddings[pair.a], embeddings[pair.b]
        if left is not None and right is not None:
            kept.append(index)
            a.append(left)
            b.append(right)
    if not kept:
        raise CalibrationDataError("No face was found in any of the pictures: there is nothing to fit on.")
    chosen = np.array(kept)
    return LabelledPairs(
        a=np.stack(a),
        b=np.stack(b),
        same=np.array([pairs[index].same for index in kept]),
        first=first[chosen],
        second=second[chosen],
        data=data,
        left_out=len(pairs) - len(kept),
    )


def calibrate(pairs: LabelledPairs, detector: Detector, embedder: Embedder, *, head: str | None = None) -> Calibration:
    """`fit_calibration` for the networks that embedded the pairs.

    Raises:
        CalibrationDataError: See `fit_calibration`.
        InvalidRequestError: No such head.
    """
    return fit_calibration(
        pairs,
        model=embedder.model,
        preprocessing=preprocessing_of(detector, embedder),
        metric=embedder.metric,
        head=head,
    )


def preprocessing_of(detector: Detector, embedder: Embedder) -> str:
    """As `FaceService.preprocessing` has it."""
    return f"{detector.model}-{detector.version}/{embedder.version}"


@dataclass(frozen=True, slots=True)
class Check:
    """A calibration on other pairs, at even odds; see `Scores` and `Bin`."""

    data: str
    same: int
    different: int
    scores: Scores
    reliability: tuple[Bin, ...]


def check(calibration: Calibration, pairs: LabelledPairs, *, preprocessing: str, model: str) -> Check:
    """Scores a calibration on pairs that it was not fitted on.

    Raises:
        CalibrationMismatchError: It is of another model or preprocessing.
        CalibrationDataError: There are pairs of one kind only.
    """
    if (calibration.model, calibration.preprocessing) != (model, preprocessing):
        raise CalibrationMismatchError(
            f"The calibration is of {calibration.model} behind {calibration.preprocessing}, the pairs were measured "
            f"with {model} behind {preprocessing}."
        )
    same = pairs.same
    if same.all() or not same.any():
        raise CalibrationDataError("The pairs are all of one kind: give some that are the same and some that are not.")
    features = find_head(calibration.head).features(pairs.a, pairs.b, calibration.metric)
    ratios = np.clip(features @ calibration.weights + calibration.bias, *calibration.limits)
    return Check(pairs.data, int(same.sum()), int((~same).sum()), score(ratios, same), reliability(ratios, same))
