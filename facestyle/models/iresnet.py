"""The improved ResNets of ArcFace and AdaFace (IR-18, IR-50, IR-101) with a 512-D embedding.

Sources: Deng et al. 2019, "ArcFace" (arXiv:1801.07698), section 3.1, and Han et al. 2017, "Deep pyramidal residual
networks" (arXiv:1610.02915), figure 6d, for the block BN - convolution - BN - PReLU - convolution - BN; Kim et al.
2022, "AdaFace" (arXiv:2204.00964), for the weights, published with CVLface. The stride is in the block's second
convolution, and each stage begins by halving the resolution, the first one too.

Input: an aligned RGB chip 112x112, (x / 255 - 0.5) / 0.5 with x in 0 to 255. Output: 512 numbers, not normalised: their
direction is the identity, and their length grows with the picture's quality (AdaFace, section 3.2).
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

_STAGES = (64, 128, 256, 512)
"""Channels of the four stages."""


class _Block(nn.Module):
    """Two 3x3 convolutions and a shortcut; nothing follows their sum."""

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module
        if channels == filters:
            self.shortcut_layer = nn.MaxPool2d(1, stride)  # every stride-th pixel
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, filters, 3, 1, 1, bias=False),
            nn.BatchNorm2d(filters),
            nn.PReLU(filters),
            nn.Conv2d(filters, filters, 3, stride, 1, bias=False),
            nn.BatchNorm2d(filters),
        )

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.res_layer(x) + self.shortcut_layer(x))


class IResNet(nn.Module):
    """The embedder f(x). Its state dict has the key names of the published weights, less their common prefix.

    Args:
        blocks: Number of blocks in each of the four stages.
    """

    SIZE = 112
    DIMENSION = 512

    def __init__(self, blocks: tuple[int, int, int, int]) -> None:
        super().__init__()
        width = _STAGES[0]
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.PReLU(width)
        )
        body = []
        for filters, count in zip(_STAGES, blocks, strict=True):
            for position in range(count):
                body.append(_Block(width, filters, stride=1 if position else 2))
                width = filters
        self.body = nn.Sequential(*body)
        side = self.SIZE // 2 ** len(_STAGES)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.Identity(),  # dropout while it was trained; keeps the numbers of the published keys
            nn.Flatten(),
            nn.Linear(width * side * side, self.DIMENSION),
            nn.BatchNorm1d(self.DIMENSION, affine=False),
        )
        # Faster on CPUs and, with tensor cores, on CUDA; weights that are loaded later keep the layout.
        self.to(memory_format=torch.channels_last)

    def forward(self, chips: Tensor) -> Tensor:
        """Embeds aligned chips.

        Args:
            chips: (B, 3, 112, 112), RGB, 0 to 255, float.

        Returns:
            (B, 512), not normalised.
        """
        x = self.input_layer((chips / 255 - 0.5) / 0.5)
        return cast("Tensor", self.output_layer(self.body(x)))


class IR18(IResNet):
    """24.0 million parameters."""

    def __init__(self) -> None:
        super().__init__((2, 2, 2, 2))


class IR50(IResNet):
    """43.6 million parameters."""

    def __init__(self) -> None:
        super().__init__((3, 4, 14, 3))


class IR101(IResNet):
    """65.2 million parameters."""

    def __init__(self) -> None:
        super().__init__((3, 13, 30, 3))
