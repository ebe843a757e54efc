"""One convolution with all that there is to show of it: what goes in, the filter, what comes out, and the counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facestyle.explain.convolution.arithmetic import Cost, cost, same_padding
from facestyle.explain.convolution.correlate import convolve

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sliding:
    """How a filter is slid.

    Attributes:
        stride: At least 1.
        same: Whether zeros are added so that, with stride 1, the size stays ("same"), or none ("valid").
        dilation: At least 1.
    """

    stride: int = 1
    same: bool = False
    dilation: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What one convolution did.

    Attributes:
        signal: (channels, size ...).
        filter: (channels, taps ...).
        answers: (size ...), one filter's.
        sliding: How it was slid.
        padding: Zeros added along each axis.
        cost: Of this one filter.
    """

    signal: Floats
    filter: Floats
    answers: Floats
    sliding: Sliding
    padding: tuple[int, ...]
    cost: Cost

    def centre(self, position: int, axis: int = 0) -> int:
        """Where the filter's middle lay over the signal for a position of the output."""
        taps = int(self.filter.shape[1 + axis])
        middle = (taps - 1) * self.sliding.dilation // 2
        return position * self.sliding.stride + middle - self.padding[axis]


def lesson(signal: npt.NDArray[np.floating], taps: npt.NDArray[np.floating], sliding: Sliding) -> Lesson:
    """Slides one filter over a signal.

    Args:
        signal: (channels, size ...), one to three axes of sizes.
        taps: (channels, taps ...).
        sliding: How.

    Raises:
        InvalidRequestError: Shapes that don't fit, or a filter wider than its input.
    """
    padding = tuple(same_padding(f, sliding.dilation) if sliding.same else 0 for f in taps.shape[1:])
    padded = np.pad(signal.astype(np.float64), [(0, 0), *((zeros, zeros) for zeros in padding)])
    answers = convolve(padded, taps[None], stride=sliding.stride, dilation=sliding.dilation)[0]
    counted = cost(
        padded.shape[1:], taps.shape[1:], channels=len(signal), stride=sliding.stride, dilation=sliding.dilation
    )
    of_signal = Cost(
        input=(*signal.shape[1:], len(signal)),
        filter=counted.filter,
        filters=1,
        output=counted.output,
        parameters=counted.parameters,
        multiplications=counted.multiplications,
    )
    return Lesson(signal.astype(np.float64), taps.astype(np.float64), answers, sliding, padding, of_signal)


def course_examples() -> Sequence[Cost]:
    """Andrew Ng's examples (week 4, "1D and 3D generalizations"): two layers in one, two and three dimensions."""
    return tuple(
        layer
        for axes in (1, 2, 3)
        for layer in (
            cost((14,) * axes, (5,) * axes, channels=3 if axes == 2 else 1, filters=16),
            cost((10,) * axes, (5,) * axes, channels=16, filters=32),
        )
    )
