"""One network, one style: feed-forward stylisation, in the form of PyTorch's fast_neural_style example.

Johnson, Alahi, Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution", ECCV 2016, with
instance normalisation (Ulyanov et al. 2016) instead of batch normalisation, and nearest-neighbour upsampling before a
convolution instead of a transposed one (Odena et al. 2016). The state dict has the names of that example's weights,
which are also the names of the initialisers in their ONNX files.

Departure: those files are traced at 224 x 224 pixels. Here a picture may have any size; sides that are no multiple of 4
are continued by reflection and cut off again.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MIN_SIDE = 16
"""Smallest picture side, pixels: below it the reflected borders would outweigh the picture."""

_STEP = 4
"""The network halves a picture twice and doubles it twice."""


class _Convolution(nn.Module):
    """Reflection padding that keeps the size, then a convolution."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)
        self._padding = (kernel // 2,) * 4

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv2d(F.pad(x, self._padding, mode="reflect"))
        return out


class _Upsampling(nn.Module):
    """Twice the size by nearest neighbour, reflection padding, then a 3x3 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(inputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        # The reflected pixel is the twin of the one at the edge, so the border can be there before the doubling; what
        # is too much of it is cut off at the end. No second copy of the largest tensor, which limits a picture's size.
        x = F.interpolate(F.pad(x, (1, 1, 1, 1), mode="replicate"), scale_factor=2, mode="nearest")
        out: Tensor = self.conv2d(x)
        return out[:, :, 1:-1, 1:-1]


class _Residual(nn.Module):
    """Two normalised convolutions whose result is added to what came in; no rectifier after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = _Convolution(channels, channels, 3)
        self.in1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = _Convolution(channels, channels, 3)
        self.in2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        change = self.in1(self.conv1(x)).relu_()
        out: Tensor = self.in2(self.conv2(change)) + x
        return out


class TransformerNet(nn.Module):
    """A picture in, the same picture painted out."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _Convolution(3, 32, 9)
        self.in1 = nn.InstanceNorm2d(32, affine=True)
        self.conv2 = _Convolution(32, 64, 3, 2)
        self.in2 = nn.InstanceNorm2d(64, affine=True)
        self.conv3 = _Convolution(64, 128, 3, 2)
        self.in3 = nn.InstanceNorm2d(128, affine=True)
        for number in range(1, 6):
            self.add_module(f"res{number}", _Residual(128))
        self.deconv1 = _Upsampling(128, 64)
        self.in4 = nn.InstanceNorm2d(64, affine=True)
        self.deconv2 = _Upsampling(64, 32)
        self.in5 = nn.InstanceNorm2d(32, affine=True)
        self.deconv3 = _Convolution(32, 3, 9)

    def forward(self, x: Tensor) -> Tensor:
        """Paints pictures.

        Args:
            x: (B, 3, H, W), RGB in [0, 1]; H, W >= `MIN_SIDE`.

        Returns:
            (B, 3, H, W), RGB in [0, 1].

        Raises:
            ValueError: Another shape.
        """
        if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < MIN_SIDE:
            raise ValueError(f"expected (B, 3, H, W) with H, W >= {MIN_SIDE}, got {tuple(x.shape)}")
        height, width = x.shape[2:]
        y = F.pad(x * 255, (0, -width % _STEP, 0, -height % _STEP), mode="reflect")  # trained on 0 to 255
        for number in range(1, 4):
            y = self._normalise(f"in{number}", self.get_submodule(f"conv{number}")(y))
        for number in range(1, 6):
            y = self.get_submodule(f"res{number}")(y)
        y = self._normalise("in4", self.deconv1(y))
        y = self._normalise("in5", self.deconv2(y))
        painted: Tensor = self.deconv3(y)[:, :, :height, :width] / 255
        return painted.clamp(0, 1)

    def _normalise(self, name: str, x: Tensor) -> Tensor:
        y: Tensor = self.get_submodule(name)(x)
        return torch.relu_(y)
