"""Which pixels one position of a layer depends on: the receptive field, computed from the windows below it.

Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning" (arXiv:1603.07285); Araujo, Norris
& Sim 2019, "Computing receptive fields of convolutional neural networks" (Distill, doi:10.23915/distill.00021).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """What a convolution or a pooling slides over its input, along one axis.

    Attributes:
        size: Taps.
        stride: From one window to the next, positions of the input.
        padding: Positions added at each end.
        dilation: From one tap to the next, positions of the input.
    """

    size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """How positions of a layer lie over the picture, along one axis.

    Position n depends on the pixels from `start + n * jump` up to, but without, `start + n * jump + size`.

    Attributes:
        size: Pixels.
        jump: From one position to the next, pixels: the product of the strides.
        start: First pixel of position 0; negative where it reaches into the padding.
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, window: Window) -> ReceptiveField:
        """The field of the layer that this window makes of the present one."""
        return ReceptiveField(
            size=self.size + (window.size - 1) * window.dilation * self.jump,
            jump=self.jump * window.stride,
            start=self.start - window.padding * self.jump,
        )

    def span(self, position: int) -> tuple[int, int]:
        """First pixel of a position, and the one after its last; either may lie outside the picture."""
        first = self.start + position * self.jump
        return first, first + self.size

    def inside(self, pixels: int, positions: int) -> range:
        """The positions that depend on no padding.

        Args:
            pixels: Length of the picture.
            positions: Length of the layer.
        """
        first = -(self.start // self.jump)
        last = (pixels - self.size - self.start) // self.jump
        return range(min(first, positions), max(first, min(last + 1, positions)))


def receptive_field(windows: Iterable[Window]) -> ReceptiveField:
    """The field of what comes out of the last of these windows, the first of which slides over the picture."""
    field = ReceptiveField()
    for window in windows:
        field = field.through(window)
    return field
