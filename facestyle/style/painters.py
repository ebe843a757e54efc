"""One call for both ways to paint: an optimisation, or one pass of a network."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from facestyle.settings import Settings
from facestyle.style.fast import stylize_fast
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize

Painter: TypeAlias = Callable[[npt.NDArray[np.uint8]], Generator[tuple[float, npt.NDArray[np.uint8]]]]
"""From a content, uint8 (height, width, 3 or 4), to pairs of the share of the work done and the picture so far."""


def optimising_painter(
    style: npt.NDArray[np.uint8], options: Mapping[str, Any], settings: Settings | None = None
) -> Painter:
    """Gatys et al. 2016, as `facestyle.style.service.stylize` does it.

    Args:
        style: The painting, uint8 (height, width, 3 or 4).
        options: Fields of `StyleRequest` besides the pictures.
        settings: Where to find the weights, and how much memory to use.
    """

    def paint(content: npt.NDArray[np.uint8]) -> Generator[tuple[float, npt.NDArray[np.uint8]]]:
        request = StyleRequest(content=content, style=style, **options)
        with closing(stylize(request, settings=settings)) as frames:
            for frame in frames:
                left = frame.seconds_left
                # Steps at coarse sizes are cheap: the share is one of time, not of steps.
                share = 0.0 if left is None else frame.seconds / max(frame.seconds + left, 1e-9)
                yield share, frame.image

    return paint


def fast_painter(
    style: str | npt.NDArray[np.uint8],
    *,
    size: int | None = None,
    strength: float = 1.0,
    settings: Settings | None = None,
) -> Painter:
    """One pass of a network, as `facestyle.style.fast.stylize_fast` does it; its arguments."""

    def paint(content: npt.NDArray[np.uint8]) -> Generator[tuple[float, npt.NDArray[np.uint8]]]:
        yield 1.0, stylize_fast(content, style=style, size=size, strength=strength, settings=settings)

    return paint
