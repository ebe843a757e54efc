"""What a calibration is, and what it lets the face services say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Embeddings = npt.NDArray[np.floating[Any]]
"""(N, D), one embedding a row."""


class Head(Protocol):
    """The features of a pair that a logistic head weighs: y = sigmoid(sum_i w_i x_i + b)."""

    name: str

    def features(self, a: Embeddings, b: Embeddings, metric: str) -> Floats:
        """What N pairs are weighed by.

        Args:
            a: (N, D) embeddings, finite; for `cosine` not zero.
            b: (N, D), the other of each pair.
            metric: The model's: `squared_euclidean` or `cosine`.

        Returns:
            (N, F) float64, symmetric in a and b.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """How good probabilities are, on pairs that they were not fitted on; both kinds of pairs weigh half.

    Attributes:
        log_loss: -log of the probability given to the truth, in nats; log 2 = 0.693 knows nothing.
        brier: Squared error of the probability (Brier 1950); 0.25 knows nothing.
        ece: Expected calibration error: |said - seen|, averaged over ten bins of equal width (Guo et al. 2017).
    """

    log_loss: float
    brier: float
    ece: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One class of probabilities, at even odds, with what became of it.

    Attributes:
        said: Mean probability of its pairs, both kinds of pairs weighing half.
        seen: Share of same pairs among them, likewise weighed.
        low: Lower end of the exact 95 % interval of `seen`.
        high: Its upper end.
        same: Number of same pairs.
        different: Number of different pairs.
    """

    said: float
    seen: float
    low: float
    high: float
    same: int
    different: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted head with the data that speaks for it; no embedding and no picture is part of it.

    Attributes:
        model: Catalogue ID of the embedder.
        preprocessing: Detector and alignment before it; under another the figures below are void.
        metric: Of the distances.
        data: Name of the labelled pairs.
        people: How many people they show.
        left_out: Pairs not counted because no face was found in one of their pictures.
        head: Which head.
        weights: w, (F,).
        bias: b, such that w.x + b is the log-likelihood ratio: the log-odds at even odds beforehand.
        l2: The penalty on standardised features that the evidence chose.
        groups: Into how many groups the people were dealt; each pair was scored by a fit that saw neither person.
        scores: Cross-validated scores of every head that was compared.
        reliability: Cross-validated, of the head in use; from the lowest probabilities to the highest.
        same_distances: Of the same pairs, rising.
        different_distances: Of the different pairs, rising.
    """

    model: str
    preprocessing: str
    metric: str
    data: str
    people: int
    left_out: int
    head: str
    weights: Floats = field(repr=False)
    bias: float
    l2: float
    groups: int
    scores: dict[str, Scores]
    reliability: tuple[Bin, ...]
    same_distances: Floats = field(repr=False)
    different_distances: Floats = field(repr=False)

    @property
    def limits(self) -> tuple[float, float]:
        """Between which log-likelihood ratios the data can tell; see `clamp_range`."""
        return clamp_range(len(self.same_distances), len(self.different_distances))


def clamp_range(same: int, different: int) -> tuple[float, float]:
    """The log-likelihood ratios that so many pairs can support: -log(same + 1) to log(different + 1).

    A logistic curve goes on for ever, but 300 different pairs cannot tell one false accept in a thousand from none: by
    Laplace's rule of succession an event not seen in n trials still has a chance of about 1 / (n + 1). The same idea is
    behind the empirical bounds on likelihood ratios of forensic science (Vergeer et al. 2016).
    """
    return -math.log(same + 1), math.log(different + 1)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x) without overflow."""
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, e) / (1 + e))


def logit(p: float) -> float:
    """Log-odds of a probability strictly between 0 and 1."""
    return math.log(p) - math.log1p(-p)


def posterior(log_likelihood_ratio: float, prior: float) -> float:
    """Bayes' rule in log-odds: the probability after the evidence.

    Args:
        log_likelihood_ratio: log p(pair | same person) / p(pair | different people), natural logarithm.
        prior: Probability before the evidence, strictly between 0 and 1.
    """
    return float(sigmoid(np.array(log_likelihood_ratio + logit(prior))))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a probability rests on.

    Attributes:
        data: Name of the labelled pairs behind it.
        same_pairs: How many of them show one person.
        different_pairs: How many show two.
        head: `distance`, `absolute` or `chi_square`.
        prior: Assumed probability of the same person before the pictures are compared.
        lowest: Least probability that so few pairs can support under that prior.
        highest: Highest one.
    """

    data: str
    same_pairs: int
    different_pairs: int
    head: str
    prior: float
    lowest: float
    highest: float

    @property
    def pairs(self) -> int:
        """All of them."""
        return self.same_pairs + self.different_pairs

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "data": self.data,
            "same_pairs": self.same_pairs,
            "different_pairs": self.different_pairs,
            "head": self.head,
            "prior": self.prior,
            "lowest": self.lowest,
            "highest": self.highest,
        }


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """A share of errors among trials, with what so many trials can tell.

    Attributes:
        errors: Number of errors.
        trials: Number of trials, at least 1.
        low: Lower end of the exact two-sided 95 % interval (Clopper and Pearson 1934).
        high: Its upper end.
        at_most: One-sided: with 95 % confidence the true rate is at most this; about 3 / trials where none was seen.
    """

    errors: int
    trials: int
    low: float
    high: float
    at_most: float

    @property
    def value(self) -> float:
        """Errors / trials."""
        return self.errors / self.trials

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "errors": self.errors,
            "trials": self.trials,
        }


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Both kinds of error at a threshold.

    Attributes:
        tau: The threshold.
        false_accept: Different pairs with `distance <= tau`.
        false_reject: Same pairs beyond it.
    """

    tau: float
    false_accept: ErrorRate
    false_reject: ErrorRate

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"far": self.false_accept.as_dict(), "frr": self.false_reject.as_dict()}


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected number, with the 95 % interval of the rate that it comes from."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}
