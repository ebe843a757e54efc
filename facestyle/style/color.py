"""Colours: luminance, and a painting's colours moved to those of the photo.

Source: Gatys, Bethge, Hertzmann & Shechtman 2016, "Preserving color in neural artistic style transfer".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LUMA = (0.299, 0.587, 0.114)
"""Weights of R', G', B' in Y' (ITU-R BT.601), the Y of the YIQ space that the paper uses."""

_LMS_FROM_RGB = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_LAB_FROM_ROOTS = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip
"""Björn Ottosson 2020, "A perceptual color space for image processing" (Oklab)."""

_LEAST_VARIANCE = 1e-6
"""Of Oklab's coordinates: what is as flat as this has no spread to match."""


def luma(pixels: Tensor) -> Tensor:
    """Y' of float (1, 3, height, width): (1, 1, height, width)."""
    weights = torch.tensor(LUMA, dtype=pixels.dtype, device=pixels.device).view(1, 3, 1, 1)
    return (pixels * weights).sum(dim=1, keepdim=True)


def match_luma(style: Picture, content: Picture) -> Picture:
    """A painting in grey, with the mean and the spread of the content's luminance (the paper's section 4).

    Args:
        style: uint8 (height, width, 3).
        content: uint8 (height', width', 3).

    Returns:
        uint8 (height, width, 3), three equal channels.
    """
    of_style, of_content = (picture.astype(np.float64) @ np.array(LUMA) for picture in (style, content))
    spread = of_content.std() / max(of_style.std(), 1e-3)
    matched = np.clip((of_style - of_style.mean()) * spread + of_content.mean(), 0, 255)
    return np.repeat((matched + 0.5).astype(np.uint8)[..., None], 3, axis=2)


def match_colors(style: Picture, content: Picture) -> Picture:
    """A painting with the mean and the covariance of the content's colours (the paper's section 3).

    The paper does this in RGB. Here it is done in Oklab, where equal steps look equal: in RGB a dark painting's matched
    shadows turn out too saturated. Of the maps with the wanted covariance the one that moves colours least is taken
    (optimal transport between Gaussians), C = S_s^-1/2 (S_s^1/2 S_c S_s^1/2)^1/2 S_s^-1/2.

    Args:
        style: uint8 (height, width, 3).
        content: uint8 (height', width', 3).

    Returns:
        uint8 (height, width, 3); colours that no screen can show are clipped.
    """
    of_style, of_content = (to_oklab(picture.reshape(-1, 3)) for picture in (style, content))
    flat = _LEAST_VARIANCE * np.eye(3)
    root = _root(np.cov(of_style.T, bias=True) + flat)
    inverse = np.linalg.inv(root)
    change = inverse @ _root(root @ (np.cov(of_content.T, bias=True) + flat) @ root) @ inverse
    moved = (of_style - of_style.mean(axis=0)) @ change.T + of_content.mean(axis=0)
    return from_oklab(moved).reshape(style.shape)


def to_oklab(colors: Picture) -> Floats:
    """From sRGB, uint8 (N, 3), to Oklab (N, 3): lightness 0 to 1, green-red, blue-yellow."""
    encoded = colors.astype(np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _LMS_FROM_RGB.T) @ _LAB_FROM_ROOTS.T
    return lab


def from_oklab(colors: Floats) -> Picture:
    """From Oklab (N, 3) to sRGB, uint8 (N, 3), clipped to what a screen can show."""
    linear = (colors @ np.linalg.inv(_LAB_FROM_ROOTS).T) ** 3 @ np.linalg.inv(_LMS_FROM_RGB).T
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)


def _root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)
