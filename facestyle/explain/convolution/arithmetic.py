"""Sizes and costs of a convolutional layer, in any number of dimensions.

Source: Ng, "Convolutional neural networks" (deeplearning.ai), week 1, "Strided convolutions" and "One layer of a
convolutional network"; week 4, "1D and 3D generalizations". Dilation: Dumoulin & Visin 2016 (arXiv:1603.07285), 5.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from facestyle.errors import InvalidRequestError


def output_size(n: int, f: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """floor((n + 2p - f) / s) + 1; a dilated filter of f taps is as wide as one of (f - 1) d + 1.

    Args:
        n: Length of the input along one axis, at least 1.
        f: Taps of the filter along it, at least 1.
        stride: From one place of the filter to the next, at least 1.
        padding: Zeros added at each end, at least 0.
        dilation: From one tap to the next, at least 1.

    Raises:
        InvalidRequestError: A number is out of its range, or the filter is wider than the padded input.
    """
    if min(n, f, stride, dilation) < 1 or padding < 0:
        raise InvalidRequestError(
            f"A convolution has a length, a filter, a stride and a dilation of at least 1 and a padding of at least 0, "
            f"not {n}, {f}, {stride}, {dilation} and {padding}."
        )
    width = (f - 1) * dilation + 1
    if width > n + 2 * padding:
        raise InvalidRequestError(
            f"The filter is {width} wide, its input {n + 2 * padding} with its padding. "
            "Choose less dilation, a smaller filter or more padding."
        )
    return (n + 2 * padding - width) // stride + 1


def same_padding(f: int, dilation: int = 1) -> int:
    """Zeros at each end with which a filter of an odd number of taps and stride 1 keeps the length."""
    return (f - 1) * dilation // 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What a convolutional layer has and does.

    Attributes:
        input: (length, ...) along each axis, then the channels.
        filter: Taps along each axis, then the channels.
        filters: How many.
        output: (length, ...) along each axis, then the channels: one a filter.
        parameters: Weights, and one bias a filter.
        multiplications: For one pass.
    """

    input: tuple[int, ...]
    filter: tuple[int, ...]
    filters: int
    output: tuple[int, ...]
    parameters: int
    multiplications: int


def cost(
    sizes: Sequence[int],
    taps: Sequence[int],
    *,
    channels: int = 1,
    filters: int = 1,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Cost:
    """Counts a layer.

    Args:
        sizes: Of the input, along each axis.
        taps: Of a filter, along each axis.
        channels: Of the input; a filter has as many.
        filters: How many: the channels of the output.
        stride: Along all axes, as are the two below.
        padding: See `output_size`.
        dilation: See `output_size`.

    Raises:
        InvalidRequestError: As for `output_size`.
    """
    out = tuple(
        output_size(n, f, stride=stride, padding=padding, dilation=dilation) for n, f in zip(sizes, taps, strict=True)
    )
    weights = math.prod(taps) * channels
    return Cost(
        input=(*sizes, channels),
        filter=(*taps, channels),
        filters=filters,
        output=(*out, filters),
        parameters=(weights + 1) * filters,
        multiplications=math.prod(out) * filters * weights,
    )
