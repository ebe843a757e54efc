"""MiniFASNet: does a face stand before the camera, or a print or a screen? Networks of 0.4 million parameters.

By Minivision (Silent-Face-Anti-Spoofing, 2020): MobileFaceNet (Chen et al. 2018) with most of its channels pruned away,
on crops of 80 x 80 pixels. Two variants look at crops of different width: V2 close to the face, V1SE, with squeeze and
excitation (Hu et al. 2018), at more of its surroundings. The state dicts have the key names of the original weights.
"""

from __future__ import annotations

import io
from pathlib import Path

import torch
from torch import Tensor, nn

from facestyle.errors import WeightsDamagedError, WeightsMissingError, refused

SIZE = 80
"""Side of the input, pixels."""

LIVE = 1
"""Which of the three classes is a live face; 0 and 2 are fakes."""


class _Unit(nn.Module):
    """Convolution, batch normalisation and, unless left out, a rectifier with a slope for each channel."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        padding: int = 0,
        depthwise: bool = False,
        activate: bool = True,
    ) -> None:
        super().__init__()
        groups = inputs if depthwise else 1
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        if activate:
            self.prelu = nn.PReLU(outputs)
        self._activate = activate

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return self.prelu(x) if self._activate else x


class _SqueezeExcite(nn.Module):
    """Scales each channel by what all channels' means say about it (Hu et al. 2018, section 3)."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels // reduction)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean(dim=(2, 3), keepdim=True)
        return x * torch.sigmoid(self.bn2(self.fc2(torch.relu(self.bn1(self.fc1(means))))))


class _Bottleneck(nn.Module):
    """1x1 to the inner width, 3x3 for each channel by itself, 1x1 to the outer width."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv = _Unit(inputs, inner)
        self.conv_dw = _Unit(inner, inner, 3, stride, depthwise=True, padding=1)
        self.project = _Unit(inner, outputs, activate=False)

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.project(self.conv_dw(self.conv(x)))
        return projected


class _ResidualBlock(_Bottleneck):
    """A bottleneck that adds to what came in."""

    def __init__(self, channels: int, inner: int, *, excite: bool) -> None:
        super().__init__(channels, inner, channels, stride=1)
        if excite:
            self.se_module = _SqueezeExcite(channels)
        self._excite = excite

    def forward(self, x: Tensor) -> Tensor:
        change = super().forward(x)
        return x + (self.se_module(change) if self._excite else change)


class _Stage(nn.Module):
    """Residual blocks of the given inner widths; only the last one may excite."""

    def __init__(self, channels: int, inner: tuple[int, ...], *, excite: bool) -> None:
        super().__init__()
        last = len(inner) - 1
        blocks = (_ResidualBlock(channels, width, excite=excite and i == last) for i, width in enumerate(inner))
        self.model = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.model(x)
        return out


class MiniFASNet(nn.Module):
    """The network over the inner widths that pruning has left.

    Args:
        early: Inner widths of the four blocks at 20 x 20 cells.
        middle: Of the six blocks at 10 x 10.
        excite: Squeeze and excitation in the last block of each stage.
    """

    def __init__(self, early: tuple[int, ...], middle: tuple[int, ...], *, excite: bool) -> None:
        super().__init__()
        self.conv1 = _Unit(3, 32, 3, 2, padding=1)
        self.conv2_dw = _Unit(32, 32, 3, 1, depthwise=True, padding=1)
        self.conv_23 = _Bottleneck(32, 103, 64, stride=2)
        self.conv_3 = _Stage(64, early, excite=excite)
        self.conv_34 = _Bottleneck(64, 231, 128, stride=2)
        self.conv_4 = _Stage(128, middle, excite=excite)
        self.conv_45 = _Bottleneck(128, 308, 128, stride=2)
        self.conv_5 = _Stage(128, (26, 26), excite=excite)
        self.conv_6_sep = _Unit(128, 512)
        self.conv_6_dw = _Unit(512, 512, SIZE // 16, depthwise=True, activate=False)  # the whole map: 5 x 5 -> 1 x 1
        self.linear = nn.Linear(512, 128, bias=False)
        self.bn = nn.BatchNorm1d(128)
        self.prob = nn.Linear(128, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Classifies crops.

        Args:
            x: (B, 3, 80, 80), BGR from 0 to 255.

        Returns:
            (B, 3): logits of the three classes (see `LIVE`).
        """
        x = self.conv_3(self.conv_23(self.conv2_dw(self.conv1(x))))
        x = self.conv_5(self.conv_45(self.conv_4(self.conv_34(x))))
        x = self.conv_6_dw(self.conv_6_sep(x)).flatten(1)
        logits: Tensor = self.prob(self.bn(self.linear(x)))
        return logits


class MiniFASNetV2(MiniFASNet):
    """For crops of 2.7 times the face's box."""

    CROP_SCALE = 2.7

    def __init__(self) -> None:
        super().__init__(early=(13, 13, 13, 13), middle=(231, 52, 26, 77, 26, 26), excite=False)


class MiniFASNetV1SE(MiniFASNet):
    """For crops of 4 times the face's box."""

    CROP_SCALE = 4.0

    def __init__(self) -> None:
        super().__init__(early=(13, 26, 13, 52), middle=(154, 52, 26, 52, 26, 26), excite=True)


def load_checkpoint(path: Path) -> MiniFASNetV2 | MiniFASNetV1SE:
    """One of the two original weight files: a state dict whose names begin with `module.`.

    Returns:
        The network that it belongs to: float32, evaluation mode, no parameter requires a gradient, on the CPU.

    Raises:
        WeightsMissingError: The file can't be read.
        WeightsDamagedError: It is neither of the two.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsMissingError(f"The weight file {path} can't be read ({error.strerror}).") from error
    with refused(WeightsDamagedError(f"{path} is no weight file of MiniFASNet V2 or V1SE.")):
        # weights_only: an unpickler that makes tensors and nothing else; the files come from anywhere
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        tensors = {name.removeprefix("module."): tensor for name, tensor in content.items()}
        excites = any(".se_module." in name for name in tensors)
        network = MiniFASNetV1SE() if excites else MiniFASNetV2()
        network.load_state_dict(tensors, strict=True)
    return network.requires_grad_(False).eval()
