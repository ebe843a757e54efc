"""Where each pixel was in the picture before, and whether that can be relied on.

The flow is OpenCV's implementation of dense inverse search (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse
Search"): a few hundredths of a second at 512 pixels on two CPU cores, and no weights. Learned flows (RAFT) are more
exact, but would take longer than the painting itself.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.floating[Any]]
Flow = npt.NDArray[np.float32]
"""float32 (height, width, 2): (x, y) in pixels to be added to a position to find it in the other picture."""

MIN_SIDE = 16
"""Shortest side, pixels, that the search's patches of 8 pixels and its pyramid make sense of."""


def estimate(here: npt.NDArray[np.uint8], there: npt.NDArray[np.uint8]) -> Flow:
    """For each pixel of one picture, where it is in another.

    Args:
        here: uint8 (height, width, 3).
        there: Likewise.

    Returns:
        `there` at position + flow looks like `here` at position.
    """
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (here, there)]
    if min(grey[0].shape) < MIN_SIDE:
        return np.zeros((*grey[0].shape, 2), np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(search.calc(grey[0], grey[1], None), np.float32)  # type: ignore[call-overload]


def warp(there: npt.NDArray[np.float32], flow: Flow) -> npt.NDArray[np.float32]:
    """What another picture looks like from here: sampled at position + flow, bicubic, its edge repeated outside.

    Args:
        there: float32 (height, width) or (height, width, channels).
        flow: From here to there.
    """
    height, width = flow.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    warped = cv2.remap(there, x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float32)


def reliable(backward: Flow, forward: Flow) -> npt.NDArray[np.bool_]:
    """Where a pixel of the present picture can be followed to the one before.

    Ruder et al. 2016 ("Artistic style transfer for videos"), section 5.2, after Sundaram et al. 2010: not where the way
    there and back does not lead home (disocclusion, equation 5), and not where the flow itself has an edge (motion
    boundary, equation 6). Also not where it leads out of the picture.

    Args:
        backward: w-hat, from the present picture to the one before.
        forward: w, from the one before to the present one.

    Returns:
        bool (height, width).
    """
    height, width = backward.shape[:2]
    home = warp(forward, backward)  # w-tilde: the way on, from where the way back leads
    there_and_back = ((home + backward) ** 2).sum(axis=2)
    disoccluded = there_and_back > 0.01 * ((home**2).sum(axis=2) + (backward**2).sum(axis=2)) + 0.5
    slopes = sum(
        (np.square(np.gradient(backward[..., axis], axis=(0, 1))).sum(axis=0) for axis in (0, 1)),
        start=np.zeros((height, width)),
    )
    boundary = slopes > 0.01 * (backward**2).sum(axis=2) + 0.002
    y, x = np.mgrid[0:height, 0:width]
    x, y = x + backward[..., 0], y + backward[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return np.asarray(~disoccluded & ~boundary & inside, np.bool_)
