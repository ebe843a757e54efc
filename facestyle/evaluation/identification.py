"""Open-set identification from raw pictures: who of the enrolled people is this, if any of them?

The metrics and their sources are in `facestyle.evaluation.search`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facestyle.errors import InvalidRequestError
from facestyle.evaluation import search as metrics
from facestyle.evaluation.labelled import Labelled
from facestyle.evaluation.measure import embed_files
from facestyle.evaluation.verification import Rate
from facestyle.faces.base import Detector, Embedder
from facestyle.settings import Settings

FAR = 0.01
RANKS = 20


@dataclass(frozen=True, slots=True)
class IdentificationResult:
    """What the protocol measures.

    Attributes:
        people: Enrolled people, those included none of whose pictures shows a face.
        enrolled: Pictures enrolled.
        probes: What was looked for.
        outcomes: What was found, in the order of `probes`.
        nearest: Name of the nearest enrolled person of each probe; None where no face was found.
        failures: Pictures without a face, of the gallery and of the probes.
        cmc: CMC(1) ... CMC(20), or as many as there are people; empty without probes of enrolled people.
        far_tau: Threshold at which at most 1 % of the unknown probes are accepted; None where too few to tell.
        dir_at_far: DIR at that threshold and rank 1, with the 95 % interval of a share at a fixed threshold.
        far_at_tau: Unknown probes accepted at it. Its interval says how sure the threshold itself is.
        default_tau: The model's own threshold.
        default_dir: DIR at it, rank 1.
        default_accepted: Unknown probes accepted at it.
        default_confused: Probes of enrolled people taken for another one at it.
        model: Catalogue ID of the embedder.
        detector: Catalogue ID of the detector.
        remembered: Pictures embedded by an earlier run.
        seconds: Wall-clock time.
    """

    people: int
    enrolled: int
    probes: tuple[Labelled, ...]
    outcomes: metrics.Outcomes
    nearest: tuple[str | None, ...]
    failures: tuple[Path, ...]
    cmc: tuple[float, ...]
    far_tau: float | None
    dir_at_far: Rate | None
    far_at_tau: Rate | None
    default_tau: float
    default_dir: Rate | None
    default_accepted: Rate | None
    default_confused: Rate | None
    model: str
    detector: str
    remembered: int
    seconds: float

    @property
    def mated(self) -> int:
        """Number of probes of enrolled people."""
        return int(self.outcomes.mated.sum())

    @property
    def unknown(self) -> int:
        """Number of probes of people who are not enrolled."""
        return len(self.probes) - self.mated

    @property
    def rank_one(self) -> Rate | None:
        """CMC(1) with its interval; None without probes of enrolled people."""
        return metrics.detection_and_identification(self.outcomes, np.inf)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "model": self.model,
            "detector": self.detector,
            "people": self.people,
            "enrolled": self.enrolled,
            "probes": len(self.probes),
            "mated": self.mated,
            "unknown": self.unknown,
            "rank_1": _rate(self.rank_one),
            "cmc": list(self.cmc),
            "far": FAR,
            "tau_at_far": self.far_tau,
            "dir_at_far": _rate(self.dir_at_far),
            "far_at_tau": _rate(self.far_at_tau),
            "default_tau": self.default_tau,
            "default_dir": _rate(self.default_dir),
            "unknowns_accepted": _rate(self.default_accepted),
            "taken_for_another": _rate(self.default_confused),
            "failures": [str(path) for path in self.failures],
            "remembered": self.remembered,
            "seconds": round(self.seconds, 2),
        }


def _rate(rate: Rate | None) -> dict[str, float] | None:
    return None if rate is None else {"value": rate.value, "low": rate.low, "high": rate.high}


def evaluate_identification(
    gallery: Sequence[Labelled],
    probes: Sequence[Labelled],
    detector: Detector,
    embedder: Embedder,
    *,
    cache: Path | None,
    settings: Settings,
    on_done: Callable[[int], None] = lambda _: None,
) -> IdentificationResult:
    """Enrols the gallery's pictures and looks for each probe.

    Args:
        gallery: Pictures of the people to know; several of one person are all enrolled.
        probes: Pictures to identify; a name that is not in the gallery is an unknown person.
        detector: Finds the faces.
        embedder: Aligns and embeds them.
        cache: File of remembered embeddings; None: remember nothing.
        settings: For the decoder.
        on_done: Told how many pictures were finished since the last call.

    Raises:
        InvalidRequestError: Either list is empty, a picture is in both (it would find itself), or no picture of the
            gallery shows a face.
        ImageError: A file is no usable picture; the message names it.
    """
    if not gallery or not probes:
        raise InvalidRequestError("Identification takes at least one enrolled picture and one probe.")
    enrolled_files = {item.path.resolve() for item in gallery}
    if both := [item.path for item in probes if item.path.resolve() in enrolled_files]:
        raise InvalidRequestError(
            f"{len(both):,} picture(s) are in the gallery and among the probes, where they would find themselves: "
            f"{both[0]} ..."
        )
    start, known = time.perf_counter(), list[int]()
    paths = [item.path for item in (*gallery, *probes)]
    embeddings = embed_files(
        paths, detector, embedder, cache=cache, settings=settings, on_done=on_done, on_known=known.append
    )
    usable = [(item.name, vector) for item in gallery if (vector := embeddings[item.path]) is not None]
    if not usable:
        raise InvalidRequestError("No face was found in any picture of the gallery.")
    names = list(dict.fromkeys(name for name, _ in usable))
    index = {name: number for number, name in enumerate(names)}
    everyone = {item.name for item in gallery}
    found = [vector for item in probes if (vector := embeddings[item.path]) is not None]
    outcomes = metrics.search(
        np.stack([vector for _, vector in usable]),
        np.array([index[name] for name, _ in usable]),
        np.stack(found) if found else np.zeros((0, len(usable[0][1])), np.float32),
        np.array([index.get(item.name, -1) for item in probes]),
        mated=np.array([item.name in everyone for item in probes]),
        found=np.array([embeddings[item.path] is not None for item in probes]),
        metric=embedder.metric,
    )
    tau = metrics.threshold_at_far(outcomes, FAR)
    return IdentificationResult(
        people=len(everyone),
        enrolled=len(usable),
        probes=tuple(probes),
        outcomes=outcomes,
        nearest=tuple(names[person] if person >= 0 else None for person in outcomes.person),
        failures=tuple(path for path in paths if embeddings[path] is None),
        cmc=metrics.cmc(outcomes, min(RANKS, len(everyone))),
        far_tau=tau,
        dir_at_far=None if tau is None else metrics.detection_and_identification(outcomes, tau),
        far_at_tau=None if tau is None else metrics.unknowns_accepted(outcomes, tau),
        default_tau=embedder.tau,
        default_dir=metrics.detection_and_identification(outcomes, embedder.tau),
        default_accepted=metrics.unknowns_accepted(outcomes, embedder.tau),
        default_confused=metrics.misidentified(outcomes, embedder.tau),
        model=embedder.model,
        detector=detector.model,
        remembered=sum(known),
        seconds=time.perf_counter() - start,
    )
