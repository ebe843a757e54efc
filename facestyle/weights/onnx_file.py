"""The weights inside an ONNX file: its initialisers, as torch tensors by name.

The rule for ONNX files, here and in `models/onnx_session.py`: where the file keeps the tensors of a network that this
project has as a torch module, under that module's own names (the five fast styles), its weights are read into the
module, which then runs on any device and in any input size. Where the export has folded and renamed them, so that only
the file's graph says what the network is (YuNet, SFace, MiniFASNet), the graph itself runs, in onnxruntime.

The `onnx` library reads the file; it is imported on first use.
"""

from __future__ import annotations

import numpy as np
import torch

from facestyle.errors import WeightsMissingError


def read_initializers(data: bytes) -> dict[str, torch.Tensor]:
    """Initialisers of an ONNX model.

    Args:
        data: The file's bytes; weights must be inside, not in files beside it.

    Returns:
        Tensors by name.

    Raises:
        WeightsMissingError: The `onnx` library is not installed.
        ValueError: The bytes are no ONNX model, or its weights are elsewhere.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise WeightsMissingError(
            "This model's weights are an ONNX file, and the onnx library that reads it is not installed. Run "
            "`pip install onnx`, or choose another model."
        ) from error
    try:
        graph = onnx.load_model_from_string(data).graph
    except Exception as error:  # protobuf's own class, which is in another place in each of its implementations
        raise ValueError("not an ONNX model") from error
    if not graph.node:  # protobuf accepts many a string that is nothing at all
        raise ValueError("not an ONNX model")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise ValueError("its weights are in another file")
    try:
        # A copy: the arrays may be views of bytes that torch must not write to.
        return {tensor.name: torch.from_numpy(np.array(numpy_helper.to_array(tensor))) for tensor in graph.initializer}
    except Exception as error:  # a type that numpy or torch has not, or fewer bytes than the shape asks for
        raise ValueError("its weights are damaged") from error
