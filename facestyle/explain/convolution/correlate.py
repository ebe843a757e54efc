"""The operation itself. What deep learning calls convolution is cross-correlation: the filter is not flipped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError
from facestyle.explain.convolution.arithmetic import output_size

Floats = npt.NDArray[np.float64]


def convolve(
    signal: npt.NDArray[np.floating],
    filters: npt.NDArray[np.floating],
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Floats:
    """Slides filters over a signal, a picture or a volume: one code for all numbers of dimensions.

    out[k, i] = sum over channels c and taps t of filters[k, c, t] * signal[c, i * stride + t * dilation - padding]

    with i and t running along each axis, and 0 beyond the signal's ends. The loop goes over the taps of the filter, not
    over the places of the output: each tap adds a shifted copy of the signal, times its weight.

    Args:
        signal: (channels, length), (channels, height, width) or (channels, time, height, width).
        filters: (filters, channels, taps ...), as many axes of taps as the signal has besides its channels.
        stride: From one place of a filter to the next, along all axes.
        padding: Zeros at both ends of all axes.
        dilation: From one tap to the next, along all axes.

    Returns:
        float64 (filters, size ...), each size floor((n + 2 padding - (taps - 1) dilation - 1) / stride) + 1.

    Raises:
        InvalidRequestError: Shapes that don't fit, or a filter wider than its padded input.
    """
    if filters.ndim != signal.ndim + 1 or signal.ndim < 2 or filters.shape[1] != signal.shape[0]:
        raise InvalidRequestError(
            f"Filters of shape {filters.shape} don't fit a signal of shape {signal.shape}: they must be (filters, "
            "channels, taps along each axis), with the signal's channels."
        )
    taps = filters.shape[2:]
    sizes = tuple(
        output_size(n, f, stride=stride, padding=padding, dilation=dilation)
        for n, f in zip(signal.shape[1:], taps, strict=True)
    )
    padded = np.pad(signal.astype(np.float64), [(0, 0), *[(padding, padding)] * len(taps)])
    result = np.zeros((len(filters), *sizes))
    for tap in np.ndindex(taps):
        shifted = padded[
            (
                slice(None),
                *(
                    slice(t * dilation, t * dilation + (size - 1) * stride + 1, stride)
                    for t, size in zip(tap, sizes, strict=True)
                ),
            )
        ]
        weights = filters[(slice(None), slice(None), *tap)]
        result += np.tensordot(weights, shifted, axes=1)
    return result
