"""Volumes of time, height and width to slide a filter through: from a photo, or from a clip."""

from __future__ import annotations

import math
import os

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle.explain.convolution.signals import luma
from facestyle.settings import Settings
from facestyle.style.video.reading import Clip, Still, VideoLimits

Floats = npt.NDArray[np.float64]

FRAMES = 16
SIDE = 192
"""Longer side of a frame, pixels."""

_RATE = 12.0
"""Frames a second taken from a clip: enough that what moves has moved."""


def wandering(photo: npt.NDArray[np.uint8], frames: int = FRAMES) -> Floats:
    """A clip made of one photo: a disc cut from its middle wanders over the photo, which stands still.

    Args:
        photo: uint8 (height, width, 3).
        frames: How many.

    Returns:
        Brightness (frames, height, width), 0 to 1.
    """
    still = luma(_small(photo))
    height, width = still.shape
    radius = min(height, width) // 5
    top, left = height // 2 - radius, width // 2 - radius
    ys, xs = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    inside = ys**2 + xs**2 <= radius**2
    disc = still[top : top + 2 * radius + 1, left : left + 2 * radius + 1]
    clip = np.repeat(still[None], frames, axis=0)
    for number, frame in enumerate(clip):
        share = number / max(1, frames - 1)
        y = round(height * 0.08 + (height * 0.84 - 2 * radius - 1) * 0.5 * (1 - math.cos(math.pi * share)))
        x = round(width * 0.04 + (width * 0.92 - 2 * radius - 1) * share)
        target = frame[max(0, y) : max(0, y) + 2 * radius + 1, x : x + 2 * radius + 1]
        target[inside] = disc[inside]
    return clip


def read_volume(path: str | os.PathLike[str], settings: Settings, frames: int = FRAMES) -> Floats:
    """The first frames of a clip, some twelve a second.

    Returns:
        Brightness (at most `frames`, height, width), 0 to 1, the longer side `SIDE`.

    Raises:
        VideoError: It can't be read, or is above a cap.
    """
    with Clip(path, VideoLimits.of(settings)) as clip:
        height, width = clip.size
        scale = SIDE / max(height, width)
        size = (max(8, round(height * scale)), max(8, round(width * scale)))
        every = max(1, round(float(clip.rate) / _RATE))
        taken: list[Floats] = []
        number = 0
        for item in clip.read(size):
            if not isinstance(item, Still):
                continue
            if number % every == 0:
                taken.append(luma(item.image))
            number += 1
            if len(taken) == frames:
                break
    return np.stack(taken)


def _small(photo: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = photo.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))
