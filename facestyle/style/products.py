"""Products of matrices, one side of which are a layer's activations.

On a CPU they go as convolutions of one position. torch multiplies matrices by MKL, which on some processors leaves half
of each vector unit idle: measured on an AMD Zen 5, 2 threads, float32, 256 channels: 210 GFLOP/s, and 500 by oneDNN's
convolutions, which sum in float32 as well; on Intel's they are level. Elsewhere, and in float64, the plain product is
used: on CUDA convolutions may round to TF32, which a Gram matrix, from which another is subtracted, does not stand.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.grad import conv2d_weight


def outer(left: Tensor, right: Tensor) -> Tensor:
    """left^T right: the sum over the positions of the outer products.

    Args:
        left: float (positions, m).
        right: float (positions, n), of the same type.

    Returns:
        (m, n).
    """
    if not _by_convolution(left):
        return left.T @ right
    shape = (left.shape[1], right.shape[1], 1, 1)
    summed: Tensor = conv2d_weight(  # type: ignore[no-untyped-call]
        _picture(right), shape, _picture(left)
    )
    return summed[:, :, 0, 0]


def apply(values: Tensor, matrix: Tensor, constant: Tensor | None = None) -> Tensor:
    """Compute values matrix + constant, for a symmetric matrix, in the precision of `values`.

    Args:
        values: float (positions, channels).
        matrix: float (channels, channels).
        constant: float (channels,).

    Returns:
        (positions, channels).
    """
    matrix = matrix.to(values.dtype)
    constant = None if constant is None else constant.to(values.dtype)
    if not _by_convolution(values):
        return values @ matrix if constant is None else torch.addmm(constant, values, matrix)
    return F.conv2d(_picture(values), matrix[:, :, None, None], constant)[0, :, :, 0].T


def _by_convolution(values: Tensor) -> bool:
    return values.device.type == "cpu" and values.dtype in {torch.float32, torch.bfloat16}


def _picture(values: Tensor) -> Tensor:
    """(positions, channels) as a picture one position wide, (1, channels, positions, 1), channels last."""
    return values[None, :, None].movedim(3, 1)
