"""A picture as the optimiser sees it: Fourier coefficients in colours that don't correlate.

Source: Olah, Mordvintsev & Schubert 2017, "Feature visualization" (Distill, doi:10.23915/distill.00007),
"Preconditioning and parameterization": in this basis steepest descent doesn't favour high frequencies.
"""

from __future__ import annotations

import torch
from torch import Tensor

_SPREAD = 0.01
"""Standard deviation of the coefficients at the start."""

_CONTRAST = 4.0
"""What the picture is divided by before the sigmoid: with the steps of Adam it stays in its middle for long."""

# A square root of the covariance of colours in ImageNet's pictures, over its largest column norm; the values of the
# article's code (lucid, lucent), to two digits.
_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


class Spectrum:
    """What is optimised.

    Args:
        side: Of the picture, pixels.
        seed: Of the coefficients at the start.
        device: Where it lives.

    Attributes:
        coefficients: float32 (3, side, side // 2 + 1, 2), real and imaginary, requires a gradient.
    """

    def __init__(self, side: int, *, seed: int, device: torch.device) -> None:
        generator = torch.Generator().manual_seed(seed)
        start = _SPREAD * torch.randn(3, side, side // 2 + 1, 2, generator=generator)
        self.coefficients = start.to(device).requires_grad_()
        rows, columns = torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None]
        frequency = (rows**2 + columns**2).sqrt().clamp_min(1 / side)
        self._scale = (side / frequency / side).to(device)
        colours = torch.tensor(_COLOURS)
        self._colours = (colours / colours.norm(dim=0).max()).to(device)
        self._side = side

    def picture(self) -> Tensor:
        """RGB in 0 to 1, (1, 3, side, side); differentiable."""
        spectrum = torch.view_as_complex(self.coefficients) * self._scale
        values = torch.fft.irfft2(spectrum, s=(self._side, self._side), norm="ortho") / _CONTRAST
        mixed = torch.einsum("ij,jhw->ihw", self._colours, values)
        return torch.sigmoid(mixed)[None]
