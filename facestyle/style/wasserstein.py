"""The distance of two clouds of activations as if they were Gaussians: an alternative to Gram matrices.

Sources: Dowson & Landau 1982, "The Fréchet distance between multivariate normal distributions"; its use as a style loss
is that of Risser 2020, "Optimal textures", and of Katherine Crowson's style-transfer-pytorch. A Gram matrix holds mean
and covariance as one sum, so that a darker mean can pay for more variance; here they are compared apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from facestyle.style.statistics import Statistics, measure

_RIDGE = 1e-6
"""Least eigenvalue, as a share of the mean one, whose root is taken: the slope of a root at 0 is infinite."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean (channels,) and covariance (channels, channels) of the activations over the positions, float32."""

    mean: Tensor
    covariance: Tensor


def moments(activations: Tensor, mask: Tensor | None = None) -> Moments:
    """Mean and covariance over the positions.

    Args:
        activations: float (channels, height, width).
        mask: Weights of the positions, float32 (height, width), 0 or more, not all 0; None for equal ones.
    """
    return moments_of(measure(activations, mask, centred=True))


def moments_of(found: Statistics) -> Moments:
    """Mean and covariance of what was measured about the mean."""
    assert found.mean is not None  # noqa: S101  (narrowing)
    return Moments(found.mean, found.scatter / found.weight)


def square_root(covariance: Tensor) -> Tensor:
    """The symmetric root of a positive semidefinite matrix (channels, channels)."""
    values, vectors = torch.linalg.eigh(_exact(covariance))
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root


def wasserstein_loss(generated: Moments, style: Moments, style_root: Tensor) -> Tensor:
    """The squared 2-Wasserstein distance of two Gaussians, per channel.

        (||m_G - m_S||^2 + tr(C_G + C_S - 2 (C_S^1/2 C_G C_S^1/2)^1/2)) / n_C

    The trace of the root is the sum of the roots of the eigenvalues, so the gradient needs no derivative of
    eigenvectors, which is undefined where two eigenvalues coincide.

    Args:
        generated: Of G.
        style: Of S.
        style_root: `square_root(style.covariance)`, computed once.

    Returns:
        A scalar, 0 or more but for rounding.
    """
    channels = len(style.mean)
    product = style_root @ _exact(generated.covariance) @ style_root
    values = torch.linalg.eigvalsh((product + product.T) / 2)
    least = _RIDGE * values.detach().mean().clamp_min(torch.finfo(values.dtype).tiny)
    cross = values.clamp_min(least).sqrt().sum().to(generated.mean.dtype)
    traces = generated.covariance.trace() + style.covariance.trace()
    distance: Tensor = torch.sum((generated.mean - style.mean) ** 2) + traces - 2 * cross
    return distance / channels


def _exact(covariance: Tensor) -> Tensor:
    """In float64, where the device has it: the slope at a small eigenvalue would be that of its rounding otherwise."""
    return covariance if covariance.device.type == "mps" else covariance.double()
