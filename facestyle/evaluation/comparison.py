"""Several models on the same pairs, and whether the difference between two is more than luck.

On 600 pairs a standard error is about 0.4 %, so two models at 99.0 % and 99.3 % need not differ at all. Both saw the
same pairs, though, and agree on most of them; the tests here look only at where they disagree:

- McNemar's exact test (McNemar 1947; the exact binomial form in Dietterich 1998, "Approximate statistical tests for
  comparing supervised classification learning algorithms") on the pairs that one decides rightly and the other not.
- The bootstrap (Efron 1979) of the paired difference in accuracy and in AUC: pairs are drawn with replacement, the
  same ones for both models; same and different pairs apart, so that each sample has the data's share of both.
- Holm's correction (Holm 1979) of the p-values, for each further model tested is another chance of a false alarm.

Limits: the pairs are taken for independent, though some share a person; and each sample keeps the thresholds that were
chosen on the whole data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.lfw import LfwResult
from facestyle.evaluation.verification import Bools, Floats

_SAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """How one model compares with the reference, reference subtracted.

    Attributes:
        only_this: Pairs that only this model decides rightly.
        only_reference: Pairs that only the reference decides rightly.
        p: Of McNemar's exact two-sided test; 1 where they never disagree.
        p_holm: The same after Holm's correction over all models compared with the reference.
        accuracy: Difference in the share of pairs decided rightly, with the bootstrap's 95 % interval.
        auc: Difference in AUC, likewise.
    """

    only_this: int
    only_reference: int
    p: float
    p_holm: float
    accuracy: tuple[float, float, float]
    auc: tuple[float, float, float]

    def as_dict(self) -> dict[str, object]:
        """For JSON: value, low, high."""
        names = ("value", "low", "high")
        return {
            "only_this_right": self.only_this,
            "only_reference_right": self.only_reference,
            "p": self.p,
            "p_holm": self.p_holm,
            "accuracy_difference": dict(zip(names, self.accuracy, strict=True)),
            "auc_difference": dict(zip(names, self.auc, strict=True)),
        }


def compare(reference: LfwResult, others: Sequence[LfwResult]) -> tuple[Difference, ...]:
    """Compares models with a reference, pair by pair.

    Args:
        reference: What the others are held against.
        others: Results on the very same pairs.

    Raises:
        InvalidRequestError: A result is over other pairs.
    """
    if any(other.pairs != reference.pairs for other in others):
        raise InvalidRequestError("Only results on the same pairs can be compared.")
    same = np.array([pair.same for pair in reference.pairs])
    counts = [_disagreements(reference.accuracy.right, other.accuracy.right) for other in others]
    p_values = [mcnemar(*count) for count in counts]
    samples = _draw(same)
    base = _bootstrap(reference, same, samples)
    found = []
    for other, (only_this, only_reference), p, p_holm in zip(others, counts, p_values, holm(p_values), strict=True):
        drawn = _bootstrap(other, same, samples) - base
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        right = float(other.accuracy.right.mean() - reference.accuracy.right.mean())
        found.append(
            Difference(
                only_this,
                only_reference,
                p,
                p_holm,
                (right, float(low[0]), float(high[0])),
                (other.auc - reference.auc, float(low[1]), float(high[1])),
            )
        )
    return tuple(found)


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided p of McNemar's exact test: the disagreements as tosses of a fair coin."""
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's step-down adjustment, in the order given; controls the chance of any false alarm at all."""
    adjusted, largest = np.empty(len(p_values)), 0.0
    for place, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = largest
    return tuple(map(float, adjusted))


def weighted_auc(distances: Floats, same: Bools, weights: Floats) -> Floats:
    """Area under the ROC with each pair counted as often as its weight says; ties count half.

    Args:
        distances: (N,).
        same: (N,).
        weights: (S, N) of S samples, each with some weight on both kinds.

    Returns:
        (S,).
    """
    _, groups = np.unique(distances, return_inverse=True)
    starts = np.flatnonzero(np.diff(np.sort(groups), prepend=-1))
    order = np.argsort(groups, kind="stable")
    accepted = np.add.reduceat((weights * same)[:, order], starts, axis=1)
    refused = np.add.reduceat((weights * ~same)[:, order], starts, axis=1)
    nearer = np.cumsum(accepted, axis=1) - accepted / 2
    return np.asarray((nearer * refused).sum(1) / (accepted.sum(1) * refused.sum(1)))


def _disagreements(reference: Bools, other: Bools) -> tuple[int, int]:
    return int((other & ~reference).sum()), int((reference & ~other).sum())


def _draw(same: Bools) -> npt.NDArray[np.int16]:
    """How often each pair is drawn, (samples, N)."""
    generator = np.random.default_rng(0)
    drawn = np.zeros((_SAMPLES, len(same)), np.int16)
    for kind in (True, False):
        members = np.flatnonzero(same == kind)
        drawn[:, members] = generator.multinomial(len(members), np.full(len(members), 1 / len(members)), size=_SAMPLES)
    return drawn


def _bootstrap(result: LfwResult, same: Bools, samples: npt.NDArray[np.int16]) -> Floats:
    """Accuracy and AUC of each sample, (samples, 2)."""
    rows = []
    for start in range(0, len(samples), 100):  # a hundred samples of 6,000 pairs are 5 MB
        weights = samples[start : start + 100].astype(np.float64)
        right = weights @ result.accuracy.right / len(same)
        rows.append(np.stack([right, weighted_auc(result.distances, same, weights)], 1))
    return np.concatenate(rows)
