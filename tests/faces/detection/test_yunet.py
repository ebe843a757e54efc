"""YuNet's contract and decoding, on small ONNX networks that answer by a rule known to the test.

In a cell of the colour `SKIN` the network sees a face of 3 x 4 cells about the cell's centre. Confidences are means
over the cell, so that shifted or blended pixels lower the score; each of the two comes from a channel of its own.
"""

import math
import sys

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from facestyle.errors import WeightsDamagedError
from facestyle.faces.detection import load_detector
from facestyle.faces.detection.yunet import YuNetDetector, decode
from facestyle.models.onnx_session import OnnxRuntimeMissingError
from tests.models.catalogues import with_files
from tests.models.synthetic import uniform

SKIN = (100, 0, 200)  # RGB
NUMBERS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
POINTS = ((0.0, 0.1), (1.0, 0.2), (0.5, 0.5), (0.1, 1.0), (0.9, 1.1))


def network(*, sides=(640, 640), outputs=("cls", "obj", "bbox", "kps"), inputs=1):
    """A file with YuNet's inputs and outputs."""
    constants, nodes, results = [], [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.array(values), name))
        return name

    def node(kind, *arguments, to, **attributes):
        nodes.append(helper.make_node(kind, arguments, [to], **attributes))
        return to

    blue = constant("blue", np.array([1 / 200, 0, 0], np.float32).reshape(1, 3, 1, 1))
    red = constant("red", np.array([0, 0, 1 / 100], np.float32).reshape(1, 3, 1, 1))
    zero = constant("zero", np.zeros(1, np.float32))
    columns = constant("columns", np.array([1, -1, 1], np.int64))
    fixed = {
        "bbox": constant("box", np.array([[[0.5, 0.5, math.log(3), math.log(4)]]], np.float32)),
        "kps": constant("points", np.array(POINTS, np.float32).reshape(1, 1, 10)),
    }
    for stride in (8, 16, 32):
        for kind, weights in (("cls", blue), ("obj", red)):
            channel = node("Conv", "input", weights, to=f"{kind}_{stride}_channel")
            square = [stride, stride]
            mean = node("AveragePool", channel, to=f"{kind}_{stride}_mean", kernel_shape=square, strides=square)
            node("Reshape", mean, columns, to=f"{kind}_{stride}")
        nothing = node("Mul", f"cls_{stride}", zero, to=f"nothing_{stride}")
        for kind, values in fixed.items():
            node("Add", nothing, values, to=f"{kind}_{stride}")
        results += [
            helper.make_tensor_value_info(f"{kind}_{stride}", TensorProto.FLOAT, [1, f"cells_{stride}", NUMBERS[kind]])
            for kind in outputs
        ]
    shape = [1, 3, *sides]
    arguments = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
    arguments += [helper.make_tensor_value_info(f"input{n}", TensorProto.FLOAT, shape) for n in range(1, inputs)]
    graph = helper.make_graph(nodes, "yunet", arguments, results, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture(scope="module")
def files():
    return {"fixed": network(), "free": network(sides=("height", "width"))}


@pytest.fixture(params=["fixed", "free"])
def detector(request, files, tmp_path):
    detector = load_detector("yunet", with_files(tmp_path, {"yunet": files[request.param]}))
    assert isinstance(detector, YuNetDetector)
    return detector


def picture(height, width, left, top, side):
    image = np.full((height, width, 3), (0, 130, 0), np.uint8)
    image[top : top + side, left : left + side] = SKIN
    return image


def corners(face):
    return [face.box.left, face.box.top, face.box.right, face.box.bottom]


def test_face_is_found_where_it_is(detector):
    """The score is exactly 1 only if blue comes first, and values are not scaled."""
    (face,) = detector.detect(picture(480, 600, 200, 104, 8))
    assert face.score == pytest.approx(1)
    assert corners(face) == pytest.approx([204 - 12, 108 - 16, 204 + 12, 108 + 16], abs=1e-3)
    np.testing.assert_allclose(face.landmarks, [(200 + 8 * x, 104 + 8 * y) for x, y in POINTS], atol=1e-3)


def test_large_picture_is_scaled_to_fit_and_answered_in_its_own_pixels(files, tmp_path):
    detector = load_detector("yunet", with_files(tmp_path, {"yunet": files["fixed"]}))
    (face,) = detector.detect(picture(1000, 1280, 320, 160, 16))  # one cell after halving
    assert face.score == pytest.approx(1, abs=0.1)  # scaling blends the edges
    assert corners(face) == pytest.approx([328 - 24, 168 - 32, 328 + 24, 168 + 32], abs=1e-3)


def test_detection_size_bounds_what_a_free_file_sees(files, tmp_path, monkeypatch):
    for size, seen in ((1280, [(704, 1280), (512, 640)]), (320, [(192, 320), (512, 640)])):
        detector = load_detector("yunet", with_files(tmp_path, {"yunet": files["free"]}, detection_size=size))
        shapes = []
        run = detector._session.run
        monkeypatch.setattr(detector._session, "run", lambda x, s=shapes, run=run: (s.append(x.shape[2:]), run(x))[1])
        detector.detect(np.zeros((1100, 2000, 3), np.uint8))
        assert shapes == seen
        monkeypatch.undo()


def test_large_face_is_found_once_and_whole(detector):
    """In the close look a uniform block is many small faces; from afar it is one cell of the coarsest stride."""
    (face,) = detector.detect(picture(640, 640, 256, 192, 64))
    assert corners(face) == pytest.approx([288 - 96, 224 - 128, 288 + 96, 224 + 128], abs=1e-2)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (31, 33), (640, 640)])
def test_pictures_without_a_face(detector, shape):
    assert detector.detect(np.full((*shape, 3), 255, np.uint8) * np.array([0, 1, 0], np.uint8)) == ()


def test_min_face_size(files, tmp_path):
    settings = with_files(tmp_path, {"yunet": files["fixed"]}, min_face_size=33)
    assert load_detector("yunet", settings).detect(picture(480, 600, 200, 104, 8)) == ()


# --- decoding -----------------------------------------------------------------------------------------------------


def by_loop(answers, height, width):
    """OpenCV's decoding, cell by cell, up to suppression."""
    found = []
    for stride in (8, 16, 32):
        for row in range(height // stride):
            for column in range(width // stride):
                cell = row * (width // stride) + column
                cls, obj = (min(max(answers[f"{kind}_{stride}"][0, cell, 0], 0), 1) for kind in ("cls", "obj"))
                if (score := math.sqrt(cls * obj)) < 0.6:
                    continue
                dx, dy, w, h = answers[f"bbox_{stride}"][0, cell]
                cx, cy, w, h = (column + dx) * stride, (row + dy) * stride, math.exp(w) * stride, math.exp(h) * stride
                marks = answers[f"kps_{stride}"][0, cell].reshape(5, 2)
                points = [((x + column) * stride, (y + row) * stride) for x, y in marks]
                found.append((score, (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), points))
    return sorted(found, key=lambda face: -face[0])


def iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inter = max(width, 0) * max(height, 0)
    return inter / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter)


def test_decoding_against_a_loop():
    height, width = 64, 96
    answers = {}
    for stride in (8, 16, 32):
        cells = (height // stride) * (width // stride)
        for kind, numbers, spread in (("cls", 1, 1.4), ("obj", 1, 1.4), ("bbox", 4, 1.5), ("kps", 10, 3.0)):
            values = uniform(f"{kind}_{stride}", (1, cells, numbers)) * spread - (0.2 if numbers == 1 else spread / 2)
            answers[f"{kind}_{stride}"] = values.astype(np.float32)
    expected = []
    for face in by_loop(answers, height, width):
        if all(iou(face[1], kept[1]) <= 0.3 for kept in expected):
            expected.append(face)
    boxes, scores, points = decode(answers, height, width)
    assert 5 < len(expected) == len(scores)
    np.testing.assert_allclose(scores, [face[0] for face in expected], rtol=1e-5)
    np.testing.assert_allclose(boxes, [face[1] for face in expected], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(points, [face[2] for face in expected], rtol=1e-4, atol=1e-3)


def test_nonsense_stays_finite():
    answers = {
        f"{kind}_{stride}": np.full((1, 32 * 32 // stride**2, numbers), 1e5, np.float32)
        for stride in (8, 16, 32)
        for kind, numbers in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
    }
    assert all(torch.isfinite(values).all() for values in decode(answers, 32, 32))


# --- files that are none ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (lambda: network(outputs=("cls", "obj", "bbox")), "another network"),
        (lambda: network(sides=(650, 640)), "multiples of 32"),
        (lambda: network(inputs=2), "2 inputs, expected one"),
        (lambda: b"\x08\x07 this is no network", "no valid ONNX file"),
        (lambda: b"", "no valid ONNX file"),
    ],
)
def test_another_file_is_refused(tmp_path, data, says):
    settings = with_files(tmp_path, {"yunet": data() or b"\0"})
    with pytest.raises(WeightsDamagedError, match=says):
        load_detector("yunet", settings)


def test_without_onnxruntime_the_sentence_says_what_to_install(files, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(OnnxRuntimeMissingError, match="pip install onnxruntime") as refusal:
        load_detector("yunet", with_files(tmp_path, {"yunet": files["fixed"]}))
    assert refusal.value.code == "onnxruntime_missing"
