"""SFace's embedder over small ONNX files made here, which hold their own normalisation as the published one does."""

import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from facestyle.errors import WeightsDamagedError
from facestyle.faces.embedding import load_embedder
from facestyle.faces.embedding.arcface import align_arcface
from facestyle.faces.results import Box, Face
from facestyle.models.onnx_session import OnnxRuntimeMissingError
from facestyle.settings import Settings

NAME = "face_recognition_sface_2021dec.onnx"
MATRIX = np.random.default_rng(0).normal(size=(48, 128)).astype(np.float32)


def onnx_file(dimension=128, size=112, inputs=1):
    """(x - 127.5) / 128, means over a 4x4 grid, a linear map; batch size fixed to 1, as in the published file."""
    nodes = [
        helper.make_node("Sub", ["data", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "factor"], ["scaled"]),
        helper.make_node("AveragePool", ["scaled"], ["means"], kernel_shape=[size // 4] * 2, strides=[size // 4] * 2),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["fc1"]),
    ]
    constants = {"mean": np.float32(127.5), "factor": np.float32(1 / 128), "matrix": MATRIX[:, :dimension]}
    graph = helper.make_graph(
        nodes,
        "sface",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, size, size])
            for name in ("data", "unused")[:inputs]
        ],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, dimension])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture
def embedder(with_file):
    return load_embedder("sface", with_file("sface", NAME, onnx_file()))


def test_embeddings_are_those_of_the_graph_over_raw_rgb(embedder):
    chips = np.random.default_rng(1).integers(0, 256, (3, 112, 112, 3), np.uint8)
    chips[..., 2] //= 3  # red and blue differ, so that their order matters
    grid = ((chips - 127.5) / 128).reshape(3, 4, 28, 4, 28, 3).mean((2, 4))
    features = grid.transpose(0, 3, 1, 2).reshape(3, 48) @ MATRIX
    found = embedder.embed(chips)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, features / np.linalg.norm(features, axis=1, keepdims=True), atol=1e-5)
    assert np.abs(embedder.embed(chips[..., ::-1]) - found).max() > 0.05
    assert embedder.embed(chips[:0]).shape == (0, 128)


def test_contract_is_opencvs(embedder):
    assert (embedder.model, embedder.metric) == ("sface", "cosine")
    assert embedder.tau == pytest.approx(1 - 0.363)
    image = np.random.default_rng(2).integers(0, 256, (200, 200, 3), np.uint8)
    face = Face(Box(0, 0, 1, 1), 1.0, ((60, 70), (110, 72), (84, 100), (66, 130), (108, 131)))
    np.testing.assert_array_equal(embedder.align(image, [face]), align_arcface(image, [face]))


def test_embedders_share_one_session(with_file):
    settings = with_file("sface", NAME, onnx_file())
    first, second = (load_embedder("sface", settings) for _ in range(2))
    assert first._session is second._session


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"this is no network", "no valid ONNX file"),
        (onnx_file(dimension=64), "another network"),
        (onnx_file(size=128), "another network"),
        (onnx_file(inputs=2), "2 inputs"),
    ],
)
def test_other_files_are_refused(with_file, data, why):
    with pytest.raises(WeightsDamagedError, match=why):
        load_embedder("sface", with_file("sface", NAME, data))


def test_missing_onnxruntime_is_named_with_what_to_do_before_any_download(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # makes the import fail
    with pytest.raises(OnnxRuntimeMissingError, match="pip install onnxruntime") as caught:
        load_embedder("sface", Settings())
    assert caught.value.code == "onnxruntime_missing"
