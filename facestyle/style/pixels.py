"""Between pictures (uint8 arrays) and what the optimiser moves (float tensors in [0, 1])."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from facestyle import images

Picture = npt.NDArray[np.uint8]
Size = tuple[int, int]
"""(height, width) in pixels."""

NOISE_DEVIATION = 0.1
"""Standard deviation of the noise that G can start from, in units of [0, 1]: visible, and seldom out of range."""


def result_size(content: Size, longer_side: int) -> Size:
    """Size of the result: the content's aspect ratio, with the longer side as asked for; no side below one pixel."""
    longest = max(content)
    height, width = (max(1, int(side * longer_side / longest + 0.5)) for side in content)
    return height, width


def style_size(style: Size, result: Size) -> Size:
    """Size to which the painting is brought: its own aspect ratio, and the area of the result.

    A brush stroke then covers the same share of both pictures whatever the result's size, so that a small preview has
    the character of the large picture. The area, not a side, is what is matched: next to a narrow strip a square
    painting would otherwise be far larger than the picture that it serves.
    """
    scale = (result[0] * result[1] / (style[0] * style[1])) ** 0.5
    height, width = (max(1, round(side * scale)) for side in style)
    return height, width


def prepare_content(content: Picture, longer_side: int) -> tuple[Picture, Picture | None]:
    """Scale the content to the size of the result and set its transparency aside.

    Transparent parts are laid on white for the network: what hides in them was never meant to be seen.

    Args:
        content: uint8 (height, width, 3 or 4).
        longer_side: Of the result, pixels.

    Returns:
        uint8 (height, width, 3), and the alpha channel (height, width, 1) for `to_picture`, or None.
    """
    scaled = images.resize_longer_side(content, longer_side)
    return on_white(scaled), scaled[..., 3:] if scaled.shape[2] == 4 else None


def prepare_style(style: Picture, result: Size, scale: float = 1.0) -> Picture:
    """Scale the painting beside a result of that size (see `style_size`), transparent parts on white.

    Args:
        style: uint8 (height, width, 3 or 4).
        result: (height, width), pixels.
        scale: How much larger than the result it is, in length.

    Returns:
        uint8 (height', width', 3).
    """
    height, width = (max(1, round(side * scale)) for side in style_size((style.shape[0], style.shape[1]), result))
    return np.asarray(Image.fromarray(on_white(style)).resize((width, height), Image.Resampling.LANCZOS))


def on_white(picture: Picture) -> Picture:
    """Lay a picture with an alpha channel on white; one without passes."""
    if picture.shape[2] == 3:
        return picture
    share = picture[..., 3:].astype(np.float32) / 255
    return (picture[..., :3] * share + 255 * (1 - share) + 0.5).astype(np.uint8)


def to_tensor(picture: Picture, device: torch.device) -> Tensor:
    """From uint8 (height, width, 3) to float32 (1, 3, height, width) in [0, 1]."""
    return torch.from_numpy(picture.copy()).to(device).permute(2, 0, 1)[None].float().div(255).contiguous()


def to_mask(mask: Picture, size: Size, device: torch.device) -> Tensor:
    """From uint8 (height, width), 0 to 255, to float32 (1, 1, *size) in [0, 1]."""
    scaled = Image.fromarray(mask).resize((size[1], size[0]), Image.Resampling.BOX)
    return torch.from_numpy(np.array(scaled)).to(device)[None, None].float().div(255)


def to_picture(pixels: Tensor, alpha: Picture | None = None) -> Picture:
    """From float (1, 3, height, width) to uint8 (height, width, 3, or 4 with alpha), clamped to [0, 1] first."""
    rgb = pixels[0].clamp(0, 1).mul(255).add(0.5).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return np.ascontiguousarray(rgb) if alpha is None else np.concatenate([rgb, alpha], axis=2)


def to_deep_picture(pixels: Tensor, alpha: Picture | None = None) -> npt.NDArray[np.uint16]:
    """Like `to_picture`, to 65536 levels: uint16 (height, width, 3, or 4 with alpha)."""
    rgb = pixels[0].float().clamp(0, 1).mul(65535).add(0.5).permute(1, 2, 0).cpu().numpy().astype(np.uint16)
    if alpha is None:
        return np.ascontiguousarray(rgb)
    return np.concatenate([rgb, alpha.astype(np.uint16) * 257], axis=2)  # 255 * 257 = 65535


def rounded(pixels: Tensor) -> Tensor:
    """The 256 levels that `to_picture` leaves, as float32 in [0, 1]: what a saved picture is worth."""
    return pixels.clamp(0, 1).mul(255).add(0.5).floor().div(255)


def resize(pixels: Tensor, size: Size) -> Tensor:
    """Scale pixels or changes of pixels; no clamp, so that the sum of two is scaled to the sum of both.

    Args:
        pixels: float (1, 3, height, width).
        size: Wanted.

    Returns:
        float (1, 3, *size); bicubic, smoothed first where it shrinks.
    """
    if tuple(pixels.shape[-2:]) == size:
        return pixels
    smoothed = size[0] < pixels.shape[-2] or size[1] < pixels.shape[-1]
    return F.interpolate(pixels, size=size, mode="bicubic", align_corners=False, antialias=smoothed)


def noise(size: Size, seed: int, device: torch.device) -> Tensor:
    """Grey noise to start from: float32 (1, 3, *size) in [0, 1], drawn on the CPU so that each device gets the same."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn((1, 3, *size), generator=generator) * NOISE_DEVIATION + 0.5
    return drawn.clamp(0, 1).to(device)
