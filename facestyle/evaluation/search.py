"""Metrics of open-set identification (1:N, with probes of people who are not enrolled).

Definitions of Grother and Phillips 2004, "Models of large population recognition performance" (CVPR), as used by NIST's
evaluations (Grother, Ngan and Hanaoka 2019, NISTIR 8271, section 3) and named in ISO/IEC 19795-1:2021:

- A probe's candidates are the enrolled *people*, each at the distance of the nearest of their enrolled pictures. The
  rank of the right person is the number of people who are at least as near, the person included: of people at equal
  distance the right one counts as last.
- CMC(r): share of mated probes (of enrolled people) with the right person at rank r or better, at any distance.
- DIR(tau, r), the detection and identification rate: share of mated probes with the right person at rank r or better
  *and* within tau. 1 - DIR is the false negative identification rate, FNIR.
- FAR(tau), the false positive identification rate, FPIR: share of non-mated probes (of people not enrolled) with
  anybody within tau.

A probe in which no face was found has no candidates: a mated one is a miss at every rank and threshold, a non-mated one
is never accepted. A mated probe of somebody whose every enrolment picture failed is a miss as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facestyle.evaluation.verification import Bools, Floats, Rate, wilson
from facestyle.faces.similarity import distance_matrix

_ROWS = 256
"""Probes compared at once: bounds the memory at 256 rows of distances whatever their number."""

NEVER = np.iinfo(np.int64).max
"""Rank of a person who is no candidate."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the search said about each of P probes.

    Attributes:
        mated: (P,) whether the person is enrolled.
        nearest: (P,) distance of the nearest person; +inf without a face.
        person: (P,) index of the nearest person; -1 without a face.
        own: (P,) distance of the right person; +inf where that is no candidate.
        rank: (P,) of the right person, from 1; NEVER where that is no candidate.
    """

    mated: Bools
    nearest: Floats
    person: npt.NDArray[np.int64]
    own: Floats
    rank: npt.NDArray[np.int64]


def search(
    gallery: npt.NDArray[np.float32],
    owners: npt.NDArray[np.int64],
    probes: npt.NDArray[np.float32],
    wanted: npt.NDArray[np.int64],
    *,
    mated: Bools,
    found: Bools,
    metric: str,
) -> Outcomes:
    """Compares every probe with every enrolled person.

    Args:
        gallery: (G, D) embeddings of enrolled pictures, at least one.
        owners: (G,) index of each one's person, from 0 without gaps.
        probes: (F, D) embeddings of the probes with a face.
        wanted: (P,) index of each probe's person; -1 for somebody who has no embedding in the gallery.
        mated: (P,) whether the probe's person is meant to be enrolled.
        found: (P,) whether the probe has a face; F of them.
        metric: Of the embeddings.
    """
    order = np.argsort(owners, kind="stable")
    gallery, starts = gallery[order], np.flatnonzero(np.diff(owners[order], prepend=-1))
    nearest, own = np.full(len(found), np.inf), np.full(len(found), np.inf)
    person, rank = np.full(len(found), -1, np.int64), np.full(len(found), NEVER, np.int64)
    places = np.flatnonzero(found)
    for begin in range(0, len(places), _ROWS):
        at = places[begin : begin + _ROWS]
        table = distance_matrix(probes[begin : begin + _ROWS], gallery, metric)
        people = np.minimum.reduceat(table, starts, axis=1)
        person[at] = people.argmin(1)
        nearest[at] = people.min(1)
        candidates = np.flatnonzero(wanted[at] >= 0)
        right = people[candidates, wanted[at][candidates]]
        own[at[candidates]] = right
        rank[at[candidates]] = (people[candidates] <= right[:, None]).sum(1)
    return Outcomes(mated, nearest, person, own, rank)


def cmc(outcomes: Outcomes, ranks: int) -> tuple[float, ...]:
    """CMC(1) to CMC(ranks); empty without mated probes."""
    mated = outcomes.rank[outcomes.mated]
    return tuple(float((mated <= rank).mean()) for rank in range(1, ranks + 1)) if len(mated) else ()


def detection_and_identification(outcomes: Outcomes, tau: float, rank: int = 1) -> Rate | None:
    """DIR(tau, rank) with Wilson's 95 % interval; None without mated probes."""
    mated = outcomes.mated
    if not mated.any():
        return None
    hits = (outcomes.rank[mated] <= rank) & (outcomes.own[mated] <= tau)
    return wilson(int(hits.sum()), int(mated.sum()))


def unknowns_accepted(outcomes: Outcomes, tau: float) -> Rate | None:
    """FAR(tau) with Wilson's 95 % interval; None without non-mated probes."""
    unknown = outcomes.nearest[~outcomes.mated]
    return wilson(int((unknown <= tau).sum()), len(unknown)) if len(unknown) else None


def misidentified(outcomes: Outcomes, tau: float) -> Rate | None:
    """Share of mated probes for whom somebody else is nearest, within tau: taken for another person."""
    mated = outcomes.mated
    if not mated.any():
        return None
    wrong = (outcomes.rank[mated] > 1) & (outcomes.nearest[mated] <= tau)
    return wilson(int(wrong.sum()), int(mated.sum()))


def threshold_at_far(outcomes: Outcomes, far: float) -> float | None:
    """The largest distance of an unknown probe at which FAR is at most `far`; a hair below the smallest if none is.

    Returns:
        None where the data can't tell: fewer than 3 accepted unknowns would make up that rate.
    """
    unknown = np.sort(outcomes.nearest[~outcomes.mated])
    if far * len(unknown) < 3 - 1e-9:
        return None
    taus = np.unique(unknown[np.isfinite(unknown)])
    shares = np.searchsorted(unknown, taus, side="right") / len(unknown)
    kept = taus[shares <= far + 1e-12]
    if len(kept):
        return float(kept[-1])
    return float(np.nextafter(taus[0], -np.inf)) if len(taus) else None


def operating_curve(outcomes: Outcomes) -> tuple[Floats, Floats, Floats]:
    """All operating points of rank 1: thresholds (rising, the first -inf), FAR and DIR at each.

    Empty without mated or without non-mated probes.
    """
    mated = outcomes.mated
    if mated.all() or not mated.any():
        return np.zeros(0), np.zeros(0), np.zeros(0)
    unknown = np.sort(outcomes.nearest[~mated])
    hits = np.sort(outcomes.own[mated][outcomes.rank[mated] == 1])
    taus = np.unique(np.concatenate([unknown, hits]))
    taus = np.append(-np.inf, taus[np.isfinite(taus)])
    far = np.searchsorted(unknown, taus, side="right") / len(unknown)
    rate = np.searchsorted(hits, taus, side="right") / int(mated.sum())
    return taus, far, rate
