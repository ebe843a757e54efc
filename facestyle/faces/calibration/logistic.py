"""L2-regularised logistic regression by Newton's method, its penalty chosen by the evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from facestyle.faces.calibration.base import Bools, Floats, sigmoid

PENALTIES = tuple(10.0 ** (half / 2) for half in range(-6, 7))
"""Tried on standardised features."""

_ITERATIONS = 200
_ENOUGH = 1e-14
"""Stop where half the squared Newton decrement, the decrease still to come, is below this share of the objective."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A logistic regression.

    Attributes:
        weights: (F,).
        bias: Of the pairs' own base rate.
        l2: The penalty, on the features that it was fitted with.
        log_evidence: Laplace's approximation, up to a constant that depends on F only.
    """

    weights: Floats
    bias: float
    l2: float
    log_evidence: float


def fit(x: Floats, same: Bools, l2: float, *, start: Fitted | None = None) -> Fitted:
    """Minimises sum log(1 + exp(-s (w.x + b))) + l2/2 ||w||^2, with s = 1 for same pairs and -1 for others.

    Newton's method (iteratively reweighted least squares) with step halving, in float64. The bias is not penalised, so
    that the fit reproduces the base rate. With l2 > 0 and both kinds present the minimum is finite and unique, for
    perfectly separable data too.

    Args:
        x: (N, F), finite.
        same: (N,), both values present.
        l2: Penalty, above 0.
        start: A fit to begin at, of the same F.
    """
    n, f = x.shape
    design = np.column_stack([x, np.ones(n)])
    sign = np.where(same, 1.0, -1.0)
    penalty = np.append(np.full(f, l2), 0.0)
    theta = np.zeros(f + 1) if start is None else np.append(start.weights, start.bias)
    value = _objective(design, sign, penalty, theta)
    hessian = np.empty((f + 1, f + 1))
    for _ in range(_ITERATIONS):
        p = sigmoid(design @ theta)
        gradient = design.T @ (p - same) + penalty * theta
        # Where every pair is certain, p (1 - p) vanishes; the floor keeps the bias's row solvable.
        curvature = np.maximum(p * (1 - p), 1e-12)
        hessian = (design.T * curvature) @ design + np.diag(penalty)
        step = cho_solve(cho_factor(hessian), gradient)
        decrement = float(gradient @ step)
        if decrement / 2 <= _ENOUGH * max(1.0, value):
            break
        length = 1.0
        while length > 1e-10:
            candidate = theta - length * step
            reached = _objective(design, sign, penalty, candidate)
            if reached <= value - 1e-4 * length * decrement:
                break
            length /= 2
        else:
            break  # rounding hides any further decrease
        theta, value = candidate, reached
    log_det = 2 * float(np.log(np.diag(np.linalg.cholesky(hessian))).sum())
    return Fitted(theta[:-1], float(theta[-1]), l2, -value + f / 2 * float(np.log(l2)) - log_det / 2)


def fit_by_evidence(x: Floats, same: Bools) -> Fitted:
    """The fit whose penalty explains the pairs best.

    Each penalty is a Gaussian prior on the weights; the one with the largest marginal likelihood is taken, in Laplace's
    approximation (MacKay 1992, "The evidence framework applied to classification networks"). No pair is held out for
    that, so that small data keeps all of its pairs, and cross-validation need not be nested.
    """
    best: Fitted | None = None
    last: Fitted | None = None
    for l2 in reversed(PENALTIES):
        last = fit(x, same, l2, start=last)
        if best is None or last.log_evidence > best.log_evidence:
            best = last
    assert best is not None  # noqa: S101 - PENALTIES is not empty
    return best


def fit_pairs(x: Floats, same: Bools) -> Fitted:
    """`fit_by_evidence` on standardised features, its result in terms of the given ones, as a likelihood ratio.

    The base rate of the pairs is taken out of the bias (King and Zeng 2001, "Logistic regression in rare events data",
    section 4.1): w.x + b is the log-likelihood ratio, whatever the share of same pairs in the data was.

    Args:
        x: (N, F), finite.
        same: (N,), both values present.
    """
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 1e-12 * np.maximum(1e-300, np.abs(mean)), spread, 1.0)  # a constant says nothing
    found = fit_by_evidence((x - mean) / spread, same)
    weights = found.weights / spread
    base = float(np.log(same.sum() / (~same).sum()))
    return Fitted(weights, found.bias - float(weights @ mean) - base, found.l2, found.log_evidence)


def _objective(design: Floats, sign: Floats, penalty: Floats, theta: Floats) -> float:
    return float(np.logaddexp(0, -sign * (design @ theta)).sum() + (penalty * theta * theta).sum() / 2)
