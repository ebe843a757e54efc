"""How far apart two embeddings are: one definition of d(f(a), f(b)) for verification, search and clustering.

Two metrics, each 0 for the same embedding and growing with difference:

* `squared_euclidean`: d = ||a - b||^2 (Schroff et al. 2015, "FaceNet", section 3).
* `cosine`: d = 1 - a.b / (||a|| ||b||), from 0 to 2.

The definition is `exact_distances`: differences taken in float64, rounded once to float32. The same embedding gives
exactly 0.0, no distance is ever negative, and a pair's distance does not depend on what stands beside it.
`distance_matrix` is the fast route over many pairs, one float32 matrix product; it cancels where two embeddings are
nearly the same, so those pairs are taken from the definition.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidEmbeddingError, InvalidRequestError, shown

METRICS: Final = ("squared_euclidean", "cosine")

_Floats = npt.NDArray[np.floating[Any]]

_UNIT_ROUNDOFF = 2.0**-24
"""Of float32."""
_NEAR = 1e-3
"""Below this share of its scale a distance from the matrix product has lost three digits to cancellation or more."""
_PAIR_BLOCK = 2**20
"""Values differenced at once by `exact_distances`: 8 MiB of float64 a buffer."""
_SAFE_SQUARED_NORMS = (1e-24, 1e24)
"""Squared norms whose products neither overflow nor vanish in float32."""


def check_metric(metric: str) -> None:
    """Refuse what is no metric.

    Raises:
        InvalidRequestError: `metric` is not one of `METRICS`.
    """
    if metric not in METRICS:
        raise InvalidRequestError(f"There is no metric {shown(metric)}. Choose one of: {', '.join(METRICS)}.")


def squared_norms(vectors: _Floats) -> npt.NDArray[np.float64]:
    """||v||^2 of each row of an (N, D) array, summed in float64; shape (N,)."""
    return np.asarray(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64), dtype=np.float64)


def tolerance(dimension: int) -> float:
    """How far `distance_matrix` may be from `exact_distances`, as a share of the scale of the pair.

    The scale is ||a||^2 + ||b||^2 for `squared_euclidean` and 1 for `cosine`. A dot product of D float32 values is off
    by at most D u / (1 - D u) ||a|| ||b|| with u = 2^-24, in whatever order it is summed (Higham 2002, "Accuracy and
    Stability of Numerical Algorithms", equation 3.5); the constant covers the denominator and the final rounding.
    """
    return (dimension + 8) * _UNIT_ROUNDOFF


def exact_distances(
    a: _Floats, b: _Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], metric: str
) -> npt.NDArray[np.float32]:
    """The distances of chosen pairs, by definition.

    Cosine is computed as ||a/||a|| - b/||b|| ||^2 / 2, which equals 1 - cos and does not cancel.

    Args:
        a: (M, D) embeddings, finite; for `cosine` not zero.
        b: (N, D) embeddings, likewise.
        rows: (P,) indices into `a`.
        columns: (P,) indices into `b`.
        metric: One of `METRICS`.

    Returns:
        (P,) distances, d(a[rows[i]], b[columns[i]]).

    Raises:
        InvalidRequestError: Unknown metric.
    """
    check_metric(metric)
    result = np.empty(len(rows), dtype=np.float32)
    step = max(1, _PAIR_BLOCK // max(1, a.shape[1]))
    for start in range(0, len(rows), step):
        stop = start + step
        left = a[rows[start:stop]].astype(np.float64)
        right = b[columns[start:stop]].astype(np.float64)
        if metric == "cosine":
            left /= np.sqrt(squared_norms(left))[:, None]
            right /= np.sqrt(squared_norms(right))[:, None]
        left -= right
        d = np.square(left, out=left).sum(axis=1)
        if metric == "cosine":
            d /= 2
        result[start:stop] = _to_float32(d)
    return result


def distance_matrix(
    a: _Floats, b: _Floats, metric: str, *, b_squared_norms: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float32]:
    """All distances between two sets of embeddings.

    ||a - b||^2 = ||a||^2 + ||b||^2 - 2 a.b, with norms in float64 and the products in float32 (float64 where float32
    would overflow or vanish). Each distance is within `tolerance` of `exact_distances`, and equal to it where it is
    below a thousandth of its scale: the same embedding gives exactly 0.0. Never negative.

    Args:
        a: (M, D) embeddings.
        b: (N, D) embeddings.
        metric: One of `METRICS`.
        b_squared_norms: (N,) `squared_norms(b)`, if already known.

    Returns:
        (M, N) float32.

    Raises:
        InvalidRequestError: Unknown metric.
        InvalidEmbeddingError: Not two matrices of the same D, a value is not finite, or (`cosine`) a row is zero.
    """
    check_metric(metric)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise InvalidEmbeddingError(
            f"Embeddings of shapes {a.shape} and {b.shape} cannot be compared: both must be (count, D) with the same D."
        )
    aa = squared_norms(a)
    bb = squared_norms(b) if b_squared_norms is None else b_squared_norms
    _check_norms(aa, metric)
    _check_norms(bb, metric)

    low, high = _SAFE_SQUARED_NORMS
    if any(np.any((norms < low) | (norms > high)) for norms in (aa, bb)):
        a = a.astype(np.float64)
    d = (a @ b.T).astype(np.float64)
    near_limit = max(_NEAR, 4 * tolerance(a.shape[1]))
    if metric == "squared_euclidean":
        scale = aa[:, None] + bb
        d *= -2
        d += scale
        near = d <= near_limit * scale
    else:
        d /= -np.sqrt(aa)[:, None]
        d /= np.sqrt(bb)
        d += 1
        np.minimum(d, 2, out=d)
        near = d <= near_limit
    result = _to_float32(d)
    rows, columns = np.nonzero(near)
    result[rows, columns] = exact_distances(a, b, rows, columns, metric)
    return result


def distance(a: _Floats, b: _Floats, metric: str) -> float:
    """d(a, b) of two embeddings of shape (D,), by definition.

    Raises:
        InvalidRequestError: Unknown metric.
        InvalidEmbeddingError: Not two vectors of the same length, a value is not finite, or (`cosine`) one is zero.
    """
    check_metric(metric)
    if a.ndim != 1 or a.shape != b.shape:
        raise InvalidEmbeddingError(
            f"Embeddings of shapes {a.shape} and {b.shape} cannot be compared: both must be (D,) with the same D."
        )
    _check_norms(squared_norms(np.stack([a, b])), metric)
    first = np.zeros(1, dtype=np.intp)
    return float(exact_distances(a[None], b[None], first, first, metric)[0])


def _check_norms(norms: npt.NDArray[np.float64], metric: str) -> None:
    if not np.isfinite(norms).all():
        raise InvalidEmbeddingError("An embedding holds NaN or infinite values: embed the picture again.")
    if metric == "cosine" and not norms.all():
        raise InvalidEmbeddingError("An embedding is all zeros and has no direction: embed the picture again.")


def _to_float32(d: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Rounded; a distance too large for float32 becomes the largest float32 rather than infinite."""
    return np.minimum(d, np.finfo(np.float32).max).astype(np.float32)
