"""RetinaFace on a quarter-width MobileNet: boxes, face probabilities and five points for every anchor, in one pass.

Deng et al. 2020, "RetinaFace: Single-shot multi-level face localisation in the wild" (arXiv:1905.00641), in the reduced
form of the published MobileNet-0.25 weights: a MobileNet v1 with channel multiplier 0.25 (Howard et al. 2017), a
feature pyramid of three levels, a context module on each (SSH, Najibi et al. 2017), and one 1x1 convolution for each
answer. The state dict has the key names of those weights.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

STRIDES = (8, 16, 32)
"""Pixels between neighbouring anchor centres, of each pyramid level."""

ANCHOR_SIDES = ((16, 32), (64, 128), (256, 512))
"""Sides of the square anchors of each level, pixels."""

_WIDTH = 64
_SLOPE = 0.1
_ANCHORS = 2


def _convolution(
    inputs: int, outputs: int, size: int = 3, stride: int = 1, *, groups: int = 1, activate: bool = True
) -> list[nn.Module]:
    """Convolution, batch normalisation and, unless left out, a leaky rectifier."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    # nothing needs what went into it, and in place it is a third less memory traffic
    return [*layers, nn.LeakyReLU(_SLOPE, inplace=True)] if activate else layers


def _separable(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution of each channel by itself, then a 1x1 convolution over all of them (MobileNet, figure 3)."""
    return nn.Sequential(*_convolution(inputs, inputs, 3, stride, groups=inputs), *_convolution(inputs, outputs, 1))


class _Body(nn.Module):
    """MobileNet v1 x 0.25 without its classifier; its stages end at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stage1 = nn.Sequential(
            nn.Sequential(*_convolution(3, 8, 3, 2)),
            _separable(8, 16),
            _separable(16, 32, 2),
            _separable(32, 32),
            _separable(32, 64, 2),
            _separable(64, 64),
        )
        self.stage2 = nn.Sequential(_separable(64, 128, 2), *(_separable(128, 128) for _ in range(5)))
        self.stage3 = nn.Sequential(_separable(128, 256, 2), _separable(256, 256))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.stage1(x)
        middle = self.stage2(fine)
        return fine, middle, self.stage3(middle)


class _Pyramid(nn.Module):
    """Brings the three stages to one width and passes what the coarse ones see down to the finer ones."""

    def __init__(self) -> None:
        super().__init__()
        self.output1 = nn.Sequential(*_convolution(64, _WIDTH, 1))
        self.output2 = nn.Sequential(*_convolution(128, _WIDTH, 1))
        self.output3 = nn.Sequential(*_convolution(256, _WIDTH, 1))
        self.merge1 = nn.Sequential(*_convolution(_WIDTH, _WIDTH))
        self.merge2 = nn.Sequential(*_convolution(_WIDTH, _WIDTH))

    def forward(self, stages: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        fine, middle, coarse = (self.output1(stages[0]), self.output2(stages[1]), self.output3(stages[2]))
        middle = self.merge2(middle + _as_large_as(coarse, middle))
        return self.merge1(fine + _as_large_as(middle, fine)), middle, coarse


def _as_large_as(x: Tensor, other: Tensor) -> Tensor:
    """Nearest-neighbour scaling; sizes need not be doubles of each other, as in pictures of any size they aren't."""
    return nn.functional.interpolate(x, size=other.shape[2:], mode="nearest")


class _Context(nn.Module):
    """SSH's context module: fields of view of 3, 5 and 7 cells side by side, the large ones as stacks of 3x3."""

    def __init__(self) -> None:
        super().__init__()
        half, quarter = _WIDTH // 2, _WIDTH // 4
        self.conv3X3 = nn.Sequential(*_convolution(_WIDTH, half, activate=False))
        self.conv5X5_1 = nn.Sequential(*_convolution(_WIDTH, quarter))
        self.conv5X5_2 = nn.Sequential(*_convolution(quarter, quarter, activate=False))
        self.conv7X7_2 = nn.Sequential(*_convolution(quarter, quarter))
        self.conv7x7_3 = nn.Sequential(*_convolution(quarter, quarter, activate=False))

    def forward(self, x: Tensor) -> Tensor:
        shared = self.conv5X5_1(x)
        views = self.conv3X3(x), self.conv5X5_2(shared), self.conv7x7_3(self.conv7X7_2(shared))
        return torch.cat(views, dim=1).relu()


class _Head(nn.Module):
    """One 1x1 convolution that gives some numbers for each of a cell's anchors."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.numbers = numbers
        self.conv1x1 = nn.Conv2d(_WIDTH, _ANCHORS * numbers, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, h * w * 2, numbers), row by row, a cell's anchors beside each other."""
        cells: Tensor = self.conv1x1(x).permute(0, 2, 3, 1)
        return cells.reshape(len(x), -1, self.numbers)


class RetinaFace(nn.Module):
    """The whole network; anchors and decoding are in `facestyle.faces.detection.anchors`."""

    MEAN = (104.0, 117.0, 123.0)
    """Subtracted from blue, green and red, each 0 to 255."""

    def __init__(self) -> None:
        super().__init__()
        self.body = _Body()
        self.fpn = _Pyramid()
        self.ssh1, self.ssh2, self.ssh3 = _Context(), _Context(), _Context()
        # The key names of the published weights, capitals and all.
        self.ClassHead = nn.ModuleList(_Head(2) for _ in STRIDES)
        self.BboxHead = nn.ModuleList(_Head(4) for _ in STRIDES)
        self.LandmarkHead = nn.ModuleList(_Head(10) for _ in STRIDES)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Answers for every anchor of a picture.

        Args:
            x: (B, 3, H, W), any H and W, BGR from 0 to 255 minus `MEAN`.

        Returns:
            Probability of a face (B, A); box corrections (B, A, 4) as dx, dy, dw, dh; point corrections (B, A, 5, 2) as
            dx, dy. A runs over levels (fine to coarse), rows, columns, and sides of anchors.
        """
        # these thin convolutions are faster on a CPU with the channels innermost
        levels = self.fpn(self.body(x.contiguous(memory_format=torch.channels_last)))
        levels = self.ssh1(levels[0]), self.ssh2(levels[1]), self.ssh3(levels[2])
        logits = self._ask(self.ClassHead, levels)
        # softmax over two classes is the sigmoid of their difference
        probability = torch.sigmoid(logits[..., 1] - logits[..., 0])
        points = self._ask(self.LandmarkHead, levels)
        return probability, self._ask(self.BboxHead, levels), points.view(*points.shape[:2], 5, 2)

    @staticmethod
    def _ask(heads: nn.ModuleList, levels: tuple[Tensor, ...]) -> Tensor:
        return torch.cat([cast("Tensor", head(level)) for head, level in zip(heads, levels, strict=True)], dim=1)


class FoldedRetinaFace(RetinaFace):
    """The same network with each batch normalisation folded into the convolution before it: what inference needs."""

    def __init__(self) -> None:
        super().__init__()
        fold(self)
        self.to(memory_format=torch.channels_last)  # weights that are loaded later keep the layout


def fold(network: RetinaFace) -> None:
    """Puts each batch normalisation into the convolution before it, in place; the answers stay the same.

    y = gamma (Wx - mean) / sqrt(variance + eps) + beta is a convolution too (Jacob et al. 2018, section 3.2).
    """
    for parent in list(network.modules()):
        if isinstance(parent, nn.Sequential):
            layers = list(parent)
            for place, (first, second) in enumerate(pairwise(layers)):
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    parent[place] = fuse_conv_bn_eval(first.eval(), second.eval())
                    parent[place + 1] = nn.Identity()  # keeps the names of the layers after it
