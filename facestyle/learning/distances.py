"""Distances between embeddings, as tensors that gradients flow through."""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST = 1e-12
"""Below it a square root's gradient would be infinite; a distance of 1e-6 is none."""


def squared_distances(embeddings: Tensor) -> Tensor:
    """||f(i) - f(j)||^2 of every pair of rows.

    By the inner products, ||a||^2 + ||b||^2 - 2 a.b: one matrix product, where the differences themselves would take
    (N, N, D). Rounding is clamped at 0 and the diagonal is exactly 0.

    Args:
        embeddings: float (N, D).

    Returns:
        (N, N), 0 or more.
    """
    products = embeddings @ embeddings.T
    norms = products.diagonal()
    result = (norms[:, None] + norms[None, :] - 2 * products).clamp_min(0)
    return result * (1 - torch.eye(len(embeddings), dtype=result.dtype, device=result.device))


def paired_squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """||a - b||^2 of rows that belong together, by definition.

    Args:
        a: float (N, D).
        b: float (N, D).

    Returns:
        (N,).
    """
    return ((a - b) ** 2).sum(dim=1)


def root(squared: Tensor) -> Tensor:
    """The distance itself from its square; where that is 0 so is the gradient."""
    return torch.where(squared > _LEAST, squared.clamp_min(_LEAST).sqrt(), torch.zeros_like(squared))
