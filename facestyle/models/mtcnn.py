"""MTCNN's three networks: P-Net proposes on an image pyramid, R-Net refines, O-Net decides and places five points.

Source: Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks", IEEE SPL
2016. Input of all three: RGB, (x - 127.5) / 128. The weights come from a framework that walks pictures column by
column; where that order shows (the flattening before a dense layer), the code says so.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# All three networks compute in channels_last: on a CPU their thin convolutions and their pooling are two to six times
# as fast in that layout.


class ProposalNet(nn.Module):
    """P-Net: fully convolutional, one 12x12 window every 2 pixels."""

    WINDOW = 12
    STRIDE = 2

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 10, 3)
        self.prelu1 = nn.PReLU(10)
        self.conv2 = nn.Conv2d(10, 16, 3)
        self.prelu2 = nn.PReLU(16)
        self.conv3 = nn.Conv2d(16, 32, 3)
        self.prelu3 = nn.PReLU(32)
        self.conv4_1 = nn.Conv2d(32, 2, 1)
        self.conv4_2 = nn.Conv2d(32, 4, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores every window.

        Args:
            x: (B, 3, H, W), H and W at least 12.

        Returns:
            Probability of a face (B, h, w) and box corrections (B, 4, h, w): dx1, dy1, dx2, dy2 as fractions of the
            window's side.
        """
        x = x.contiguous(memory_format=torch.channels_last)  # see the module's comment
        x = _halve_by_maximum(self.prelu1(self.conv1(x)))
        x = self.prelu3(self.conv3(self.prelu2(self.conv2(x))))
        # softmax over two classes is the sigmoid of their difference: one exponential instead of two and a sum
        logits = self.conv4_1(x)
        return torch.sigmoid(logits[:, 1] - logits[:, 0]), self.conv4_2(x)


def _halve_by_maximum(x: Tensor) -> Tensor:
    """2x2 max-pooling in ceil mode, as maxima of slices: on a CPU five times as fast as the pooling operator."""
    if x.shape[2] % 2 or x.shape[3] % 2:
        x = F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2), mode="replicate")  # repeats what is in the window anyway
    rows = torch.maximum(x[:, :, ::2], x[:, :, 1::2])
    return torch.maximum(rows[..., ::2], rows[..., 1::2])


def _flatten_columns_first(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, W*H*C), the order in which the dense weights were trained."""
    return x.permute(0, 3, 2, 1).flatten(1)


class RefineNet(nn.Module):
    """R-Net: accepts or rejects 24x24 crops."""

    SIZE = 24

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 28, 3)
        self.prelu1 = nn.PReLU(28)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2 = nn.Conv2d(28, 48, 3)
        self.prelu2 = nn.PReLU(48)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv3 = nn.Conv2d(48, 64, 2)
        self.prelu3 = nn.PReLU(64)
        self.dense4 = nn.Linear(576, 128)
        self.prelu4 = nn.PReLU(128)
        self.dense5_1 = nn.Linear(128, 2)
        self.dense5_2 = nn.Linear(128, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores crops.

        Args:
            x: (N, 3, 24, 24).

        Returns:
            Probability of a face (N,) and box corrections (N, 4) as fractions of the box's sides.
        """
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.pool2(self.prelu2(self.conv2(x)))
        x = _flatten_columns_first(self.prelu3(self.conv3(x)))
        x = self.prelu4(self.dense4(x))
        return self.dense5_1(x).softmax(1)[:, 1], self.dense5_2(x)


class OutputNet(nn.Module):
    """O-Net: decides on 48x48 crops and places five points."""

    SIZE = 48

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3)
        self.prelu1 = nn.PReLU(32)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.prelu2 = nn.PReLU(64)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv3 = nn.Conv2d(64, 64, 3)
        self.prelu3 = nn.PReLU(64)
        self.pool3 = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv4 = nn.Conv2d(64, 128, 2)
        self.prelu4 = nn.PReLU(128)
        self.dense5 = nn.Linear(1152, 256)
        self.prelu5 = nn.PReLU(256)
        self.dense6_1 = nn.Linear(256, 2)
        self.dense6_2 = nn.Linear(256, 4)
        self.dense6_3 = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores crops and places the points.

        Args:
            x: (N, 3, 48, 48).

        Returns:
            Probability of a face (N,), box corrections (N, 4) as fractions of the box's sides, and points (N, 5, 2) as
            (x, y) fractions of the box: left eye, right eye, nose, left and right mouth corner, as seen.
        """
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.pool2(self.prelu2(self.conv2(x)))
        x = self.pool3(self.prelu3(self.conv3(x)))
        x = _flatten_columns_first(self.prelu4(self.conv4(x)))
        x = self.prelu5(self.dense5(x))
        points = self.dense6_3(x).view(-1, 2, 5).transpose(1, 2)  # five x, then five y
        return self.dense6_1(x).softmax(1)[:, 1], self.dense6_2(x), points


class MTCNN(nn.Module):
    """The three stages with their weights; the cascade that drives them is `facestyle.faces.detection`."""

    def __init__(self) -> None:
        super().__init__()
        self.pnet = ProposalNet()
        self.rnet = RefineNet()
        self.onet = OutputNet()

    def propose(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """P-Net; see `ProposalNet.forward`."""
        return cast("tuple[Tensor, Tensor]", self.pnet(x))

    def refine(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """R-Net; see `RefineNet.forward`."""
        return cast("tuple[Tensor, Tensor]", self.rnet(x))

    def output(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """O-Net; see `OutputNet.forward`."""
        return cast("tuple[Tensor, Tensor, Tensor]", self.onet(x))
