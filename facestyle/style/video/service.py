"""A clip in, a painted clip out: frame by frame through a fast network, without flicker, with its sound."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facestyle.errors import ImageTooSmallError, InvalidRequestError
from facestyle.settings import Settings
from facestyle.style.fast import MIN_SIZE, AnyFastStyle, check_fast, stylize_fast
from facestyle.style.pixels import result_size
from facestyle.style.vectors import StyleVectors
from facestyle.style.video.consistency import WEIGHT, Consistency
from facestyle.style.video.reading import Clip, Still, VideoLimits
from facestyle.style.video.writing import VideoWriter, check_video_path

DEFAULT_SIZE = 512
"""Longer side, pixels: a quarter of a second a frame on two CPU cores."""

_SHORTEST_SIDE = 16


@dataclass(frozen=True, slots=True)
class VideoResult:
    """A painted clip.

    Attributes:
        path: The file.
        frames: Its pictures.
        size: (height, width), pixels.
        rate: Pictures a second, on average.
        sound: Whether it has the clip's sound.
        seconds: What the work took.
        flicker: Mean warp error of its frames (`consistency.warp_error`); None without consistency, or where nothing
            can be followed.
        flicker_alone: Likewise, as the frames were painted one by one.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    rate: float
    sound: bool
    seconds: float
    flicker: float | None
    flicker_alone: float | None


@dataclass(frozen=True, slots=True, eq=False)
class VideoStep:
    """How far the work is.

    Attributes:
        image: The last frame painted, uint8 (height, width, 3).
        frame: Frames painted.
        frames: All, as the file says; None where it does not.
        seconds: Since the work began.
        seconds_left: Estimate; None where the number of frames is not known.
        result: At the end.
    """

    image: npt.NDArray[np.uint8] = field(repr=False)
    frame: int
    frames: int | None
    seconds: float
    seconds_left: float | None
    result: VideoResult | None = None


def stylize_video(
    clip: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    style: AnyFastStyle,
    size: int | None = None,
    strength: float = 1.0,
    consistent: bool = True,
    settings: Settings | None = None,
    vectors: StyleVectors | None = None,
) -> Generator[VideoStep]:
    """Paint a clip.

    Args:
        clip: MP4, MOV, WebM, MKV, AVI, MPEG or GIF.
        out: .mp4; an existing file is replaced, at the end and in one step.
        style: ID of a trained style, a painting or a mix, as for `stylize_fast`.
        size: Longer side of the result, pixels, 64 or more; default: that of the clip, `DEFAULT_SIZE` at most.
        strength: Share of the painted frame in the result, 0 to 1.
        consistent: Whether frames are blended with those before them (see `Consistency`).
        settings: Limits, weights, device.
        vectors: What paintings were read as before, as for `stylize_fast`; within a clip each is read once.

    Returns:
        A generator of steps, one a frame, and one with the result. Closing it stops the work and leaves no file.

    Raises:
        InvalidRequestError: An unknown style, an option out of range, or a file that can't be written.
        ImageError: The painting is no picture.
        ImageTooSmallError: The clip or the painting is too small or too narrow.
        NotEnoughMemoryError: Frames of that size would not fit.
        VideoError: The clip can't be used.
        WeightsError: The network's weights are not usable.
    """
    settings = settings or Settings()
    limits = VideoLimits.of(settings)
    check_fast(style, size=size, strength=strength, settings=settings)
    check_video_path(out)
    if size is not None and size > limits.size:
        raise InvalidRequestError(f"A video may be painted at up to {limits.size} pixels, not {size}. Choose less.")
    if Path(out).exists() and Path(clip).exists() and os.path.samefile(out, clip):
        raise InvalidRequestError("The result would replace the clip itself. Choose another name.")
    with Clip(clip, limits):  # a clip that can't be used is told at once, not at the first step
        pass
    work = _Work(Path(clip), Path(out), style, size, strength, consistent)
    return _run(work, limits, settings, StyleVectors() if vectors is None else vectors)


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    clip: Path
    out: Path
    style: AnyFastStyle
    size: int | None
    strength: float
    consistent: bool


def _run(work: _Work, limits: VideoLimits, settings: Settings, vectors: StyleVectors) -> Generator[VideoStep]:
    began = time.perf_counter()
    consistency = Consistency(WEIGHT) if work.consistent else None
    step: VideoStep | None = None
    with Clip(work.clip, limits) as clip:
        size = _even_size(clip.size, work.size, limits)
        frames = None if clip.seconds is None else max(1, round(clip.seconds * clip.rate))
        with VideoWriter(work.out, size, rate=clip.rate, time_base=clip.time_base, sound=clip.sound) as writer:
            for part in clip.read(size):
                if not isinstance(part, Still):
                    writer.add_sound(part)
                    continue
                painted = stylize_fast(
                    part.image, style=work.style, strength=work.strength, settings=settings, vectors=vectors
                )
                frame = painted if consistency is None else consistency.add(part.image, painted)
                writer.add(frame, part.pts)
                number = 1 if step is None else step.frame + 1
                step = _step(frame, number, frames, began)
                yield step
        sound = clip.sound is not None
        rate = float(clip.rate)
    if step is None:
        return
    seconds = time.perf_counter() - began
    flicker = (None, None) if consistency is None else (consistency.blended, consistency.alone)
    result = VideoResult(work.out, step.frame, size, rate, sound, seconds, *flicker)
    yield VideoStep(step.image, step.frame, step.frame, seconds, 0.0, result)


def _step(image: npt.NDArray[np.uint8], number: int, frames: int | None, began: float) -> VideoStep:
    seconds = time.perf_counter() - began
    if frames is not None:
        frames = max(frames, number)  # the length in the file is a promise only
    left = None if frames is None else seconds / number * (frames - number)
    return VideoStep(image, number, frames, seconds, left)


def _even_size(clip: tuple[int, int], size: int | None, limits: VideoLimits) -> tuple[int, int]:
    """Size of the result: the clip's aspect ratio within a pixel, both sides even, as 4:2:0 colours ask for."""
    longer = min(max(clip), DEFAULT_SIZE, limits.size) if size is None else size
    height, width = (max(2, round(side / 2) * 2) for side in result_size(clip, longer))
    if min(height, width) < _SHORTEST_SIDE or max(height, width) < MIN_SIZE:
        raise ImageTooSmallError(
            f"The clip would be painted at {width} x {height} pixels, but it needs {MIN_SIZE} x {_SHORTEST_SIDE} or "
            "more. Choose a larger size, or a clip that is less narrow."
        )
    return height, width
