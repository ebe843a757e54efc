"""Frames that were painted one by one -> a film that does not flicker."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from facestyle.style.video import flow as optical

Picture = npt.NDArray[np.uint8]

WEIGHT = 0.8
"""Share of the frame before in the present one, where it can be followed. Each frame so lives on for about five."""

_CONTRAST_WINDOW = 6.0
_CONTRAST_GAIN = 1.2
"""Deviation, pixels, of the window in which contrast is compared, and the most that it is raised by in one frame."""

_LEVEL_SLACK = 0.08
"""How much a pixel may change its look on its way, in [0, 1], before it counts as another one."""

_SOFTNESS = 1.5
"""Deviation, pixels, by which the edges of what can be followed are softened, lest they show."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """From the present content to the one before.

    Attributes:
        backward: float32 (height, width, 2), see `flow.estimate`.
        followed: bool (height, width), see `flow.reliable`, and of about the same look.
    """

    backward: optical.Flow
    followed: npt.NDArray[np.bool_]


def motion(before: Picture, now: Picture) -> Motion:
    """What moved between two contents, uint8 (height, width, 3)."""
    backward, forward = optical.estimate(now, before), optical.estimate(before, now)
    # After a cut the flow is nonsense, and here and there consistent nonsense: so the looks are compared, too.
    change = np.abs(optical.warp(to_float(before), backward) - to_float(now)).mean(axis=2)
    same = cv2.GaussianBlur(change, (0, 0), _SOFTNESS) < _LEVEL_SLACK
    return Motion(backward, optical.reliable(backward, forward) & same)


def warp_error(before: npt.NDArray[np.float32], now: npt.NDArray[np.float32], moved: Motion) -> float | None:
    """Flicker between two frames: mean squared difference to the frame before, followed along the content's motion.

    E_warp of Lai et al. 2018 ("Learning blind video temporal consistency"), equation 8, over pixels that can be
    followed.

    Args:
        before: float32 (height, width, 3) in [0, 1].
        now: Likewise.
        moved: Of the content between the two.

    Returns:
        0 or more, in squared units of [0, 1]; None where no pixel can be followed.
    """
    if not moved.followed.any():
        return None
    difference = (optical.warp(before, moved.backward) - now)[moved.followed]
    return float(np.square(difference).mean())


class Consistency:
    """Blends each painted frame with the frame before, warped along the motion of the content.

    Departs from Ruder et al. 2016, who make the warped frame the start and a penalty of an optimisation: a network of
    one pass has neither, so the frames themselves are blended, weighted by the same reliability.

    Args:
        weight: Of the frame before, 0 (frame by frame) to below 1.

    Attributes:
        alone: Mean warp error of the frames as they were painted; None before the second frame.
        blended: Mean warp error of the frames handed out.
    """

    def __init__(self, weight: float = WEIGHT) -> None:
        self._weight = weight
        self._before: tuple[Picture, npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None
        self._alone: list[float] = []
        self._blended: list[float] = []

    @property
    def alone(self) -> float | None:  # noqa: D102
        return float(np.mean(self._alone)) if self._alone else None

    @property
    def blended(self) -> float | None:  # noqa: D102
        return float(np.mean(self._blended)) if self._blended else None

    def add(self, content: Picture, painted: Picture) -> Picture:
        """The next frame.

        Args:
            content: uint8 (height, width, 3).
            painted: Likewise, of the same size.

        Returns:
            uint8 (height, width, 3); the first frame as it was painted.
        """
        single = to_float(painted)
        frame = single
        if self._before is not None:
            content_before, single_before, frame_before = self._before
            moved = motion(content_before, content)
            trust = cv2.GaussianBlur(moved.followed.astype(np.float32), (0, 0), _SOFTNESS) * moved.followed
            share = np.asarray(self._weight * trust, np.float32)[..., None]
            frame = single + share * (optical.warp(frame_before, moved.backward) - single)
            frame = np.clip(with_contrast_of(single, frame), 0, 1, dtype=np.float32)
            alone, blended = warp_error(single_before, single, moved), warp_error(frame_before, frame, moved)
            if alone is not None and blended is not None:
                self._alone.append(alone)
                self._blended.append(blended)
        # The blend is carried on in floating point: rounded to 256 levels each time it would stand still.
        self._before = content, single, frame
        return np.asarray(frame * 255 + 0.5, np.uint8)


def with_contrast_of(single: npt.NDArray[np.float32], blended: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give a blend the local contrast of the frame as it was painted, where it has less.

    Strokes that lie a little differently in each frame cancel out in their mean, and each warp blurs a little: without
    this a pan looks washed out after some frames. As the next frame is blended with this one, a small step a frame is
    enough, and noise is never raised by much.

    Args:
        single: float32 (height, width, 3) in [0, 1].
        blended: Likewise.

    Returns:
        float32 (height, width, 3), not clipped; `blended` where its contrast is no less.
    """
    mean, deviation = _contrast(blended)
    gain = np.clip(_contrast(single)[1] / deviation, 1, _CONTRAST_GAIN)
    return np.asarray(mean + (blended - mean) * gain, np.float32)


def _contrast(picture: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Local mean (height, width, 3) and standard deviation (height, width, 1), a quarter of a level at least."""
    mean = np.asarray(cv2.GaussianBlur(picture, (0, 0), _CONTRAST_WINDOW), np.float32)
    square = np.asarray(cv2.GaussianBlur(np.square(picture - mean), (0, 0), _CONTRAST_WINDOW), np.float32)
    return mean, np.sqrt(np.maximum(square.mean(axis=2, keepdims=True), 1e-6))


def to_float(picture: Picture) -> npt.NDArray[np.float32]:
    """uint8 -> float32 in [0, 1]."""
    return np.asarray(picture, np.float32) / np.float32(255)
