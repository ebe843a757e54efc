"""Labeled Faces in the Wild, from raw pictures: Huang et al. 2007, "unrestricted, labelled outside data".

A pair in which a face was missed is an error at every threshold, not left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facestyle.errors import InvalidRequestError, NoFaceError
from facestyle.evaluation import verification as metrics
from facestyle.evaluation.measure import embed_files
from facestyle.evaluation.pairs import Pair
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.similarity import distance
from facestyle.settings import Settings

FARS = (1e-1, 1e-2, 1e-3)
_PARTS = 10
"""Into how many parts a list of one fold is dealt, so that no threshold is scored on the pairs it was chosen on."""


@dataclass(frozen=True, slots=True)
class LfwResult:
    """What the protocol measures.

    Attributes:
        pairs: In the list's order.
        distances: Of each pair; +inf for a same pair and -inf for a different one in which a face was missed.
        failures: Pictures without a face.
        accuracy: Mean over folds, the threshold chosen on the others, with standard error.
        auc: Area under the ROC.
        eer: Equal error rate.
        tau: Mean of the chosen thresholds.
        tau_eer: Threshold of the equal error rate; None where missed faces leave both errors equal at no distance.
        tars: True accept rate at each of FARS, None where the data can't tell.
        default_tau: The model's own threshold.
        default_accuracy: Accuracy at it.
        model: Catalogue ID of the embedder.
        detector: Catalogue ID of the detector.
        images: Number of pictures.
        remembered: How many of them were embedded by an earlier run.
        seconds: Wall-clock time of measuring.
        curve: The ROC.
    """

    pairs: tuple[Pair, ...]
    distances: metrics.Floats
    failures: tuple[Path, ...]
    accuracy: metrics.FoldedAccuracy
    auc: float
    eer: float
    tau: float
    tau_eer: float | None
    tars: dict[float, metrics.Rate | None]
    default_tau: float
    default_accuracy: float
    model: str
    detector: str
    images: int
    remembered: int
    seconds: float
    curve: metrics.Roc

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "model": self.model,
            "detector": self.detector,
            "pairs": len(self.pairs),
            "images": self.images,
            "remembered": self.remembered,
            "accuracy": self.accuracy.mean,
            "stderr": self.accuracy.stderr,
            "folds": list(self.accuracy.folds),
            "auc": self.auc,
            "eer": self.eer,
            "tau": self.tau,
            "tau_eer": self.tau_eer,
            "tar_at_far": {
                f"{far:g}": None if rate is None else {"tar": rate.value, "low": rate.low, "high": rate.high}
                for far, rate in self.tars.items()
            },
            "default_tau": self.default_tau,
            "default_accuracy": self.default_accuracy,
            "failures": [path.name for path in self.failures],
            "seconds": round(self.seconds, 2),
        }


def evaluate_lfw(
    pairs: tuple[Pair, ...],
    detector: Detector,
    embedder: Embedder,
    *,
    cache: Path | None,
    settings: Settings,
    on_done: Callable[[int], None] = lambda _: None,
) -> LfwResult:
    """Runs the protocol.

    A list of one fold is dealt into ten parts with equal shares of same pairs, in the list's order.

    Raises:
        InvalidRequestError: A file can't be read, or the pairs are all of one kind.
        ImageError: A file is no usable picture; the message names it.
        NoFaceError: No pair has a face in both pictures.
    """
    same = np.array([pair.same for pair in pairs])
    if same.all() or not same.any():  # said before minutes of embedding instead of after
        raise InvalidRequestError("The pairs must hold at least one same and one different pair.")
    start = time.perf_counter()
    known: list[int] = []
    paths = list(dict.fromkeys(path for pair in pairs for path in (pair.a, pair.b)))
    embeddings = embed_files(
        paths, detector, embedder, cache=cache, settings=settings, on_done=on_done, on_known=known.append
    )
    distances = np.empty(len(pairs))
    for index, pair in enumerate(pairs):
        a, b = embeddings[pair.a], embeddings[pair.b]
        if a is None or b is None:
            distances[index] = np.inf if pair.same else -np.inf
        else:
            distances[index] = distance(a, b, embedder.metric)
    if not np.isfinite(distances).any():
        raise NoFaceError(
            "No pair has a face in both of its pictures, so nothing can be measured. Check that --images names the "
            "pictures of the list; for small faces lower FACESTYLE_MIN_FACE_SIZE."
        )
    folds = np.array([pair.fold for pair in pairs])
    if len(np.unique(folds)) == 1:
        folds = _deal(same)
    curve = metrics.roc(distances, same)
    eer, tau_eer = metrics.eer(curve)
    accuracy = metrics.folded_accuracy(distances, same, folds)
    return LfwResult(
        pairs=pairs,
        distances=distances,
        failures=tuple(path for path in paths if embeddings[path] is None),
        accuracy=accuracy,
        auc=metrics.auc(curve),
        eer=eer,
        tau=float(np.mean(accuracy.taus)),
        tau_eer=tau_eer if np.isfinite(tau_eer) else None,
        tars={far: metrics.tar_at_far(curve, far, int(same.sum()), int((~same).sum())) for far in FARS},
        default_tau=embedder.tau,
        default_accuracy=float(((distances <= embedder.tau) == same).mean()),
        model=embedder.model,
        detector=detector.model,
        images=len(paths),
        remembered=sum(known),
        seconds=time.perf_counter() - start,
        curve=curve,
    )


def _deal(same: metrics.Bools) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    folds = np.empty(len(same), np.int64)
    for kind in (True, False):
        members = np.flatnonzero(same == kind)
        folds[members] = np.arange(len(members)) * _PARTS // max(1, len(members))
    return folds
