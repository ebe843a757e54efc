"""From what the optimiser moves to what the network sees and what is saved: where to paint, and in whose colours."""

from __future__ import annotations

from torch import Tensor

from facestyle.style.color import luma
from facestyle.style.pixels import Size, resize

Window = tuple[slice, slice]
"""Rows and columns of a picture."""

EVERYWHERE: Window = (slice(None), slice(None))


class Canvas:
    """The content, the region of it that is painted, and whether only its luminance is.

    The optimiser moves all pixels of G. Inside the region they are the picture; outside the content stays. So J is that
    of the whole picture, and what is painted can follow what is not.

    Args:
        content: C, float (1, 3, height, width) in [0, 1].
        region: float (1, 1, height, width) in [0, 1], 1 where G shows; None for everywhere.
        luminance: Whether the network sees grey pictures, and the content's colours are put back at the end
            (Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 4).
    """

    def __init__(self, content: Tensor, region: Tensor | None = None, *, luminance: bool = False) -> None:
        self._content = content
        self.region = region
        self._luminance = luminance
        self.target = self.seen(content)
        """What the network sees of C."""

    def seen(self, picture: Tensor) -> Tensor:
        """What the network sees of a picture, float (1, 3, height, width)."""
        return luma(picture).expand_as(picture) if self._luminance else picture

    def compose(self, pixels: Tensor, window: Window = EVERYWHERE) -> Tensor:
        """What the network sees of the picture that G makes; differentiable.

        Args:
            pixels: G, or the window of it.
            window: Which part of the picture it is.
        """
        return self._inside(self.seen(pixels), self.target[..., *window], window)

    def unmasked(self) -> Canvas:
        """The same for finished pictures, in which the region's outside is the content already."""
        return Canvas(self._content, luminance=self._luminance)

    def finish(self, pixels: Tensor) -> Tensor:
        """The picture that G makes, as it is saved, in [0, 1]."""
        if not self._luminance:
            return self._inside(pixels, self._content)
        # A picture is its luma and what its channels differ from it by; only the luma is replaced.
        painted = self._inside(luma(pixels), luma(self._content))
        return (self._content + (painted - luma(self._content))).clamp(0, 1)

    def at(self, size: Size) -> Canvas:
        """The same at another size."""
        content = resize(self._content, size).clamp(0, 1)
        region = None if self.region is None else resize(self.region, size).clamp(0, 1)
        return Canvas(content, region, luminance=self._luminance)

    def _inside(self, painted: Tensor, outside: Tensor, window: Window = EVERYWHERE) -> Tensor:
        return painted if self.region is None else outside + self.region[..., *window] * (painted - outside)
