"""Embeddings on their way in and out of a gallery: validation, and the bytes that are stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facestyle.errors import InvalidEmbeddingError
from facestyle.faces.gallery.base import Embeddings
from facestyle.faces.similarity import squared_norms

MAX_DIMENSION = 65_536


class DamagedRowError(ValueError):
    """What a store holds cannot be what was put into it."""


def check_embeddings(embeddings: Embeddings, dimension: int | None) -> None:
    """Refuse what cannot be compared.

    Args:
        embeddings: Should be float32 (N, D).
        dimension: The D that the gallery holds for this model, or None if it holds none.

    Raises:
        InvalidEmbeddingError: Not float32, not two-dimensional, D is 0, above `MAX_DIMENSION` or not `dimension`, a
            value is not finite, or a row is zero.
    """
    if embeddings.dtype != np.float32:
        raise InvalidEmbeddingError(f"Embeddings must be float32, not {embeddings.dtype}.")
    if embeddings.ndim != 2 or not 1 <= embeddings.shape[1] <= MAX_DIMENSION:
        raise InvalidEmbeddingError(
            f"Embeddings must have shape (count, D), D from 1 to {MAX_DIMENSION}, not {embeddings.shape}."
        )
    check_dimension(embeddings, dimension)
    norms = squared_norms(embeddings)
    if not np.isfinite(norms).all():
        raise InvalidEmbeddingError("An embedding holds NaN or infinite values: embed the picture again.")
    if not norms.all():
        raise InvalidEmbeddingError("An embedding is all zeros: embed the picture again.")


def check_dimension(embeddings: Embeddings, dimension: int | None) -> None:
    """Refuse embeddings of another model's length; `dimension` None goes with any.

    Raises:
        InvalidEmbeddingError: D is not `dimension`.
    """
    if dimension is not None and embeddings.shape[1] != dimension:
        raise InvalidEmbeddingError(
            f"These embeddings have {embeddings.shape[1]} dimensions, but this model's in the gallery have "
            f"{dimension}: they come from another model."
        )


def to_bytes(embeddings: Embeddings) -> list[bytes]:
    """Each row as little-endian float32, whatever the machine."""
    return [row.tobytes() for row in embeddings.astype("<f4")]


def from_bytes(rows: Sequence[bytes]) -> Embeddings:
    """The inverse of `to_bytes`; (0, 0) without rows.

    Raises:
        DamagedRowError: The rows differ in length, are no whole number of float32 values, or are no valid embeddings.
    """
    if not rows:
        return np.empty((0, 0), dtype=np.float32)
    if len({len(row) for row in rows}) != 1:
        raise DamagedRowError("embeddings of different lengths under one model")
    if not rows[0] or len(rows[0]) % 4:
        raise DamagedRowError("an embedding that is no row of float32 values")
    embeddings = np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(rows), -1).astype(np.float32)
    try:
        check_embeddings(embeddings, None)
    except InvalidEmbeddingError as error:
        raise DamagedRowError(error.message) from error
    return embeddings
