"""Files like those of the ONNX Model Zoo's fast_neural_style: opset 9, one fixed size, weights under torch's names."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from facestyle.models.transformer_net import TransformerNet
from tests.models import synthetic


def tensors(name: str = "candy") -> dict[str, torch.Tensor]:
    """Weights that paint in the middle of the range from 0 to 255."""
    found = synthetic.weights(synthetic.shapes_of(TransformerNet()))
    # normalised activations of about 1 in, levels of 127 +- 45 out
    found["deconv3.conv2d.weight"] = 30 * found["deconv3.conv2d.weight"]
    found["deconv3.conv2d.bias"] = 127 + torch.from_numpy(synthetic.uniform(name, (3,)).astype(np.float32))
    return found


def onnx_file(weights: Mapping[str, torch.Tensor], height: int, width: int, *, names: str = "torch") -> bytes:
    """The network of the example, written down node by node.

    Args:
        weights: By their names in torch.
        height: Fixed in the file.
        width: Likewise.
        names: `torch`, or `numbers` for files whose exporter renamed the weights.
    """
    label = {key: key if names == "torch" else str(number) for number, key in enumerate(weights, 1)}
    nodes: list[onnx.NodeProto] = []
    fresh = (f"x{number}" for number in itertools.count())

    def add(kind, *arguments, **attributes):
        nodes.append(helper.make_node(kind, arguments, [next(fresh)], **attributes))
        return nodes[-1].output[0]

    def convolution(x, name, stride=1):
        edge = weights[f"{name}.conv2d.weight"].shape[-1] // 2
        x = add("Pad", x, mode="reflect", pads=[0, 0, edge, edge] * 2)
        return add("Conv", x, label[f"{name}.conv2d.weight"], label[f"{name}.conv2d.bias"], strides=[stride, stride])

    def normalisation(x, name):
        return add("InstanceNormalization", x, label[f"{name}.weight"], label[f"{name}.bias"], epsilon=1e-5)

    def doubled(x):
        scales = add("Constant", value=numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32)))
        return add("Upsample", x, scales, mode="nearest")

    x = "input1"
    for number, stride in ((1, 1), (2, 2), (3, 2)):
        x = add("Relu", normalisation(convolution(x, f"conv{number}", stride), f"in{number}"))
    for block in (f"res{number}" for number in range(1, 6)):
        y = add("Relu", normalisation(convolution(x, f"{block}.conv1"), f"{block}.in1"))
        x = add("Add", normalisation(convolution(y, f"{block}.conv2"), f"{block}.in2"), x)
    for number in (1, 2):
        x = add("Relu", normalisation(convolution(doubled(x), f"deconv{number}"), f"in{number + 3}"))
    convolution(x, "deconv3")
    nodes[-1].output[0] = "output1"

    size = [1, 3, height, width]
    values = [numpy_helper.from_array(tensor.numpy(), label[key]) for key, tensor in weights.items()]
    inputs = [helper.make_tensor_value_info("input1", TensorProto.FLOAT, size)]
    inputs += [helper.make_tensor_value_info(value.name, TensorProto.FLOAT, list(value.dims)) for value in values]
    output = helper.make_tensor_value_info("output1", TensorProto.FLOAT, size)
    graph = helper.make_graph(nodes, "torch-jit-export", inputs, [output], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=4)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data
