"""FaceNet's network as published by David Sandberg and ported to PyTorch: Inception-ResNet-v1 with a 512-D embedding.

Sources: Szegedy et al. 2016, "Inception-v4, Inception-ResNet and the impact of residual connections on learning"
(arXiv:1602.07261), figures 10 to 14 and table 1; Schroff et al. 2015, "FaceNet" (arXiv:1503.03832), for the unit-length
embedding. Departures from the first paper, as the published weights ask for them: convolutions are followed by batch
normalisation; inputs are 160x160; residuals are scaled by 0.17, 0.10 and 0.20; a sixth block of the last kind follows
without scaling or rectifier; the classifier is replaced by a 1792 -> 512 linear map with batch normalisation.

Input: an RGB face crop 160x160, (x - 127.5) / 128 with x in 0 to 255. Output: 512 numbers of unit length.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_Layer = tuple[int, int | tuple[int, int]]
"""Filters, kernel."""
_Branch = Sequence[_Layer]

_BLOCK_A: tuple[_Branch, ...] = ([(32, 1)], [(32, 1), (32, 3)], [(32, 1), (32, 3), (32, 3)])
_BLOCK_B: tuple[_Branch, ...] = ([(128, 1)], [(128, 1), (128, (1, 7)), (128, (7, 1))])
_BLOCK_C: tuple[_Branch, ...] = ([(192, 1)], [(192, 1), (192, (1, 3)), (192, (3, 1))])
_REDUCTION_A: tuple[_Branch, ...] = ([(384, 3)], [(192, 1), (192, 3), (256, 3)])
_REDUCTION_B: tuple[_Branch, ...] = ([(256, 1), (384, 3)], [(256, 1), (256, 3)], [(256, 1), (256, 3), (256, 3)])


class _Convolution(nn.Module):
    """Convolution without bias, batch normalisation with TensorFlow's epsilon, rectifier."""

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, filters, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


def _branch(channels: int, layers: _Branch, *, halves: bool) -> nn.Module:
    """Convolutions that keep the resolution, but for the last one of a branch that halves it (unpadded, stride 2)."""
    units = []
    for position, (filters, kernel) in enumerate(layers):
        if halves and position == len(layers) - 1:
            units.append(_Convolution(channels, filters, kernel, stride=2))
        else:
            padding = kernel // 2 if isinstance(kernel, int) else (kernel[0] // 2, kernel[1] // 2)
            units.append(_Convolution(channels, filters, kernel, padding=padding))
        channels = filters
    return units[0] if len(units) == 1 else nn.Sequential(*units)


class _Residual(nn.Module):
    """x + scale * (a 1x1 convolution of the branches' outputs side by side), rectified unless it is the last block."""

    def __init__(self, channels: int, branches: Sequence[_Branch], scale: float, *, rectified: bool = True) -> None:
        super().__init__()
        self.scale, self.rectified, self.count = scale, rectified, len(branches)
        for number, layers in enumerate(branches):
            self.add_module(f"branch{number}", _branch(channels, layers, halves=False))
        self.conv2d = nn.Conv2d(sum(layers[-1][0] for layers in branches), channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [self.get_submodule(f"branch{number}")(x) for number in range(self.count)]
        x = x + self.scale * self.conv2d(torch.cat(outputs, 1))
        return F.relu(x) if self.rectified else x


class _Reduction(nn.Module):
    """Halves the resolution by strided branches and a max-pooling, side by side."""

    def __init__(self, channels: int, branches: Sequence[_Branch]) -> None:
        super().__init__()
        self.count = len(branches)
        for number, layers in enumerate(branches):
            self.add_module(f"branch{number}", _branch(channels, layers, halves=True))

    def forward(self, x: Tensor) -> Tensor:
        outputs = [self.get_submodule(f"branch{number}")(x) for number in range(self.count)]
        return torch.cat([*outputs, F.max_pool2d(x, 3, 2)], 1)


class InceptionResnetV1(nn.Module):
    """The embedder f(x). Its state dict has the key names of facenet-pytorch, under which the weights are published.

    The published file also holds `logits.*`, the classifier over 8631 training identities, which an embedder has no use
    for: the catalogue names it as the one part to leave out.
    """

    SIZE = 160
    DIMENSION = 512

    def __init__(self) -> None:
        super().__init__()
        self.conv2d_1a = _Convolution(3, 32, 3, stride=2)
        self.conv2d_2a = _Convolution(32, 32, 3)
        self.conv2d_2b = _Convolution(32, 64, 3, padding=1)
        self.conv2d_3b = _Convolution(64, 80, 1)
        self.conv2d_4a = _Convolution(80, 192, 3)
        self.conv2d_4b = _Convolution(192, 256, 3, stride=2)
        self.repeat_1 = nn.Sequential(*[_Residual(256, _BLOCK_A, 0.17) for _ in range(5)])
        self.mixed_6a = _Reduction(256, _REDUCTION_A)
        self.repeat_2 = nn.Sequential(*[_Residual(896, _BLOCK_B, 0.10) for _ in range(10)])
        self.mixed_7a = _Reduction(896, _REDUCTION_B)
        self.repeat_3 = nn.Sequential(*[_Residual(1792, _BLOCK_C, 0.20) for _ in range(5)])
        self.block8 = _Residual(1792, _BLOCK_C, 1.0, rectified=False)
        self.last_linear = nn.Linear(1792, self.DIMENSION, bias=False)
        self.last_bn = nn.BatchNorm1d(self.DIMENSION, eps=1e-3)
        # Faster on CPUs and, with tensor cores, on CUDA; weights that are loaded later keep the layout.
        self.to(memory_format=torch.channels_last)

    def forward(self, chips: Tensor) -> Tensor:
        """Embeds face crops.

        Args:
            chips: (B, 3, 160, 160), RGB, 0 to 255, float.

        Returns:
            (B, 512), each row of unit length.
        """
        x = self.conv2d_2b(self.conv2d_2a(self.conv2d_1a((chips - 127.5) / 128)))
        x = self.conv2d_4b(self.conv2d_4a(self.conv2d_3b(F.max_pool2d(x, 3, 2))))
        x = self.repeat_2(self.mixed_6a(self.repeat_1(x)))
        x = self.block8(self.repeat_3(self.mixed_7a(x)))
        x = self.last_bn(self.last_linear(x.mean((2, 3))))
        return F.normalize(x, dim=1)
