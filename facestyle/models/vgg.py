"""The convolutional layers of VGG, with a name each, for style transfer and feature views.

Source: Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image recognition"
(arXiv:1409.1556), table 1, configurations D (VGG-16) and E (VGG-19). `convB_N` is the N-th convolution of block B,
`reluB_N` the same after its rectifier.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Pooling = Literal["max", "average"]

_CHANNELS = (64, 128, 256, 512, 512)


@dataclass(frozen=True, slots=True)
class VggSpec:
    """What sets one published VGG apart from another: its depth, and the input its weights were trained on.

    Attributes:
        convolutions: Number of convolutions in each of the five blocks.
        mean: Subtracted from each channel of the input, RGB order, in units of [0, 1].
        std: Each channel is then divided by this, RGB order, in units of [0, 1].
        bgr: Whether conv1_1 expects blue first.
    """

    convolutions: tuple[int, int, int, int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr: bool

    @property
    def layers(self) -> tuple[str, ...]:
        """The convolutions' names in the order of the network: `conv1_1`, `conv1_2`, `conv2_1` ..."""
        return tuple(f"conv{b}_{n}" for b, count in enumerate(self.convolutions, 1) for n in range(1, count + 1))


_CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
_CAFFE_STD = (1 / 255, 1 / 255, 1 / 255)

SPECS: dict[str, VggSpec] = {
    # The original weights (Caffe, kept by Keras): BGR, 0 to 255, mean subtracted, not scaled.
    "vgg16": VggSpec(convolutions=(2, 2, 3, 3, 3), mean=_CAFFE_MEAN, std=_CAFFE_STD, bgr=True),
    # torchvision's own training run: RGB, ImageNet's mean and standard deviation.
    "vgg19": VggSpec(convolutions=(2, 2, 4, 4, 4), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), bgr=False),
}


def torchvision_key(spec: VggSpec, layer: str) -> str:
    """Where torchvision and timm keep a convolution: `conv2_1` -> `features.5`.

    Their `features` list holds a convolution and a rectifier per layer, and a pooling at the end of each block.

    Raises:
        ValueError: The network has no such convolution.
    """
    position = spec.layers.index(layer)
    pools_before = int(layer.removeprefix("conv").split("_")[0]) - 1
    return f"features.{2 * position + pools_before}"


def layer_names(spec: VggSpec, deepest: str = "conv5_1") -> tuple[str, ...]:
    """Every layer up to a convolution's rectifier, shallow to deep: `conv1_1`, `relu1_1`, `conv1_2` ...

    Raises:
        ValueError: The network has no such convolution.
    """
    names = spec.layers[: spec.layers.index(deepest) + 1]
    return tuple(f"{kind}{name.removeprefix('conv')}" for name in names for kind in ("conv", "relu"))


def layer_channels(layer: str) -> int:
    """How many channels a layer has: 64 for `conv1_2` and `relu1_2`."""
    return _CHANNELS[int(layer.lstrip("convrelu").split("_")[0]) - 1]


class Vgg(nn.Module):
    """VGG's convolutions, rectifiers and poolings, without the classifier.

    Its state dict has the keys `convB_N.weight` and `convB_N.bias`.

    Args:
        spec: Which VGG.
        deepest: The last convolution to build, so that files without the deeper ones can be loaded.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, spec: VggSpec, *, deepest: str = "conv5_1") -> None:
        super().__init__()
        self.spec = spec
        self._names = spec.layers[: spec.layers.index(deepest) + 1]
        incoming = 3
        for name in self._names:
            outgoing = _CHANNELS[int(name[4]) - 1]
            self.add_module(name, nn.Conv2d(incoming, outgoing, kernel_size=3, padding=1))
            incoming = outgoing
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1), persistent=False)

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that `forward` can return, shallow to deep."""
        return layer_names(self.spec, self._names[-1])

    def converted(self, dtype: torch.dtype) -> Vgg:
        """A copy whose convolutions compute in `dtype` and keep channels last in memory, faster on CPUs and CUDA alike.

        Pictures are still preprocessed in float32. The activations come in `dtype`.
        """
        network = copy.deepcopy(self)
        for convolution in network.children():
            convolution.to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network

    def preprocess(self, pictures: Tensor) -> Tensor:
        """Turn RGB in [0, 1] into what conv1_1 was trained on; shape (batch, 3, height, width) stays."""
        centred = (pictures - self.mean) / self.std
        return centred.flip(1) if self.spec.bgr else centred

    def forward(self, pictures: Tensor, layers: Sequence[str], *, pooling: Pooling = "max") -> dict[str, Tensor]:
        """Compute the activations of some layers, and nothing deeper than the deepest of them.

        Args:
            pictures: float (batch, 3, height, width), RGB in [0, 1]; odd sizes lose their last row or column at a
                pooling, as in training. A side must be at least 16 px to reach block 5.
            layers: Names such as `relu3_1` or `conv4_2`.
            pooling: `max` as trained, or `average`, which lets every position have a say in the gradient (Gatys et al.
                2016, section 2).

        Returns:
            One tensor (batch, channels, height / 2^(block-1), width / 2^(block-1)) for each name.

        Raises:
            ValueError: An unknown layer.
        """
        missing = [name for name in layers if name not in self.layers]
        if missing:
            raise ValueError(f"no layer {', '.join(missing)}; this network has {', '.join(self.layers)}")
        wanted = set(layers)
        found: dict[str, Tensor] = {}
        signal = self.preprocess(pictures).to(next(self.parameters()).dtype)
        for name in self._names:
            if len(found) == len(wanted):
                break
            if name.endswith("_1") and name != "conv1_1":
                signal = F.avg_pool2d(signal, 2) if pooling == "average" else F.max_pool2d(signal, 2)
            signal = self.get_submodule(name)(signal)
            if name in wanted:
                found[name] = signal
            rectified = f"relu{name.removeprefix('conv')}"
            # In place halves the memory that autograd keeps, unless the value before the rectifier was asked for.
            signal = F.relu(signal, inplace=name not in wanted)
            if rectified in wanted:
                found[rectified] = signal
        return found


class VGG16(Vgg):
    """VGG-16 with its original weights' input contract (see `SPECS`), up to the layer that its weight file ends with.

    Args:
        deepest: The last convolution to build.
    """

    def __init__(self, *, deepest: str = "conv5_1") -> None:
        super().__init__(SPECS["vgg16"], deepest=deepest)
