"""How often a threshold goes wrong, counted on labelled pairs, with exact intervals."""

from __future__ import annotations

import numpy as np

from facestyle.faces.calibration.base import ErrorRate, ErrorRates, Expected, Floats

CONFIDENCE = 0.95


def clopper_pearson(errors: int, trials: int) -> tuple[float, float]:
    """The exact two-sided 95 % interval of a share (Clopper and Pearson 1934)."""
    tail = (1 - CONFIDENCE) / 2
    return _lower(errors, trials, tail), _upper(errors, trials, tail)


def error_rate(errors: int, trials: int) -> ErrorRate:
    """A counted share with its intervals; `trials` at least 1."""
    low, high = clopper_pearson(errors, trials)
    return ErrorRate(errors, trials, low, high, at_most=_upper(errors, trials, 1 - CONFIDENCE))


def error_rates(same: Floats, different: Floats, tau: float) -> ErrorRates:
    """Both rates at a threshold.

    Args:
        same: Distances of same pairs, rising; at least one.
        different: Distances of different pairs, rising; at least one.
        tau: A pair is accepted where `distance <= tau`.
    """
    accepted = int(np.searchsorted(different, tau, side="right"))
    kept = int(np.searchsorted(same, tau, side="right"))
    return ErrorRates(tau, error_rate(accepted, len(different)), error_rate(len(same) - kept, len(same)))


def expected_false_accepts(rate: ErrorRate, enrolled: int) -> Expected:
    """How many enrolled people a stranger is expected to be taken for: the false accept rate times their number.

    Each person counts as one chance. Somebody enrolled with several pictures has somewhat more, since the nearest one
    decides: the number is then a little low.
    """
    return Expected(rate.value * enrolled, rate.low * enrolled, rate.high * enrolled)


def _lower(errors: int, trials: int, tail: float) -> float:
    from scipy.special import betaincinv  # takes half a second to import

    return 0.0 if errors == 0 else float(betaincinv(errors, trials - errors + 1, tail))


def _upper(errors: int, trials: int, tail: float) -> float:
    from scipy.special import betaincinv

    return 1.0 if errors == trials else float(betaincinv(errors + 1, trials - errors, 1 - tail))
