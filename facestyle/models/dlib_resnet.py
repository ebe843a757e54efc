"""dlib's face recognition network: a ResNet of 29 convolutions with a 128-D embedding.

Source: Davis King, "High Quality Face Recognition with Deep Metric Learning", dlib.net, 2017; architecture after He et
al. 2016 with fewer layers and half the filters per layer.

Input: an aligned 150x150 RGB chip, (x - [122.782, 117.001, 104.298]) / 256 with x in 0 to 255. Output: 128 numbers,
not normalised; two pictures show the same person where their Euclidean distance is below 0.6, in the author's words.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_BLOCKS: tuple[tuple[int, bool], ...] = (
    *[(32, False)] * 3,
    (64, True),
    *[(64, False)] * 3,
    (128, True),
    *[(128, False)] * 2,
    (256, True),
    *[(256, False)] * 2,
    (256, True),
)
"""Residual blocks of two 3x3 convolutions each: (filters, whether the block halves the resolution)."""


_MEAN = (122.782, 117.001, 104.298)
"""Of red, green and blue over the training chips."""


class DlibFaceResNet(nn.Module):
    """The embedder f(x), its batch normalisations folded into the convolutions."""

    SIZE = 150
    DIMENSION = 128

    def __init__(self) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(3, 32, 7, stride=2)]
        channels = 32
        for filters, halves in _BLOCKS:
            # dlib pads a 3x3 convolution by one pixel where it keeps the resolution, and not at all where it halves it.
            first = nn.Conv2d(channels, filters, 3, stride=2 if halves else 1, padding=0 if halves else 1)
            convolutions += [first, nn.Conv2d(filters, filters, 3, padding=1)]
            channels = filters
        self.convolutions = nn.ModuleList(convolutions)
        self.embedding = nn.Linear(channels, self.DIMENSION, bias=False)
        # On a CPU the channels innermost are a seventh (one chip) to a quarter (many) faster; loading keeps the layout.
        self.to(memory_format=torch.channels_last)

    def forward(self, chips: Tensor) -> Tensor:
        """Embeds aligned chips.

        Args:
            chips: (B, 3, 150, 150), RGB, 0 to 255, float.

        Returns:
            (B, 128), not normalised, in the precision of the weights; the mean is taken off in that of the chips.
        """
        chips = chips.contiguous(memory_format=torch.channels_last)
        centred = (chips - chips.new_tensor(_MEAN).view(3, 1, 1)).div_(256).to(self.embedding.weight.dtype)
        # in place where nobody needs what was there: a sum or a rectifier costs little but its memory traffic
        x = F.relu(self.convolutions[0](centred), inplace=True)
        x = F.max_pool2d(x, 3, 2)
        for block, (_, halves) in enumerate(_BLOCKS):
            skip = F.avg_pool2d(x, 2, 2) if halves else x
            x = self.convolutions[2 * block + 2](F.relu(self.convolutions[2 * block + 1](x), inplace=True))
            x = F.relu(_add_padded(x, skip), inplace=True)
        return cast("Tensor", self.embedding(x.mean((2, 3))))


def _add_padded(x: Tensor, y: Tensor) -> Tensor:
    """Sum of both, the smaller of each dimension thought zero-padded at its end (dlib's add_prev).

    Where nothing needs padding, x is overwritten.

    A halving block changes the number of channels, and its unpadded convolution and its 2x2 average pool round an odd
    size differently, so the two summands can differ in all three dimensions.
    """
    if x.shape == y.shape:
        return x.add_(y)
    channels, height, width = (max(p, q) for p, q in zip(x.shape[1:], y.shape[1:], strict=True))
    return _pad_end(x, channels, height, width) + _pad_end(y, channels, height, width)


def _pad_end(x: Tensor, channels: int, height: int, width: int) -> Tensor:
    return F.pad(x, (0, width - x.shape[3], 0, height - x.shape[2], 0, channels - x.shape[1]))
