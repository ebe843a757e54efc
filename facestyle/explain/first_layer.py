"""What a network's first convolution holds, as plain numbers that the teaching code can slide by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from torch import nn

from facestyle.models.vgg import Vgg

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FirstLayer:
    """conv1_1 over RGB.

    Attributes:
        filters: (filters, 3, 3, 3): filter, colour, row, column.
        biases: (filters,).
        mean: (3,) of what is taken off each colour, in units of 0 to 1.
        std: (3,) of what each colour is then divided by.
    """

    filters: Floats
    biases: Floats
    mean: Floats
    std: Floats

    def signal(self, photo: npt.NDArray[np.uint8]) -> Floats:
        """A photo (height, width, 3) as these filters take it, (3, height, width)."""
        shape = (3, 1, 1)
        return np.asarray(
            (photo.transpose(2, 0, 1) / 255 - self.mean.reshape(shape)) / self.std.reshape(shape), np.float64
        )


def first_layer(network: Vgg) -> FirstLayer:
    """The first convolution of a network."""
    convolution = cast("nn.Conv2d", network.get_submodule("conv1_1"))
    filters = convolution.weight.detach().double().cpu().numpy()
    biases = np.zeros(len(filters)) if convolution.bias is None else convolution.bias.detach().double().cpu().numpy()
    # Caffe's networks take blue first; red first here, whatever the network.
    ordered = filters[:, ::-1] if network.spec.bgr else filters
    return FirstLayer(np.ascontiguousarray(ordered), biases, np.array(network.spec.mean), np.array(network.spec.std))
