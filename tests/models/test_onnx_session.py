"""ONNX files in onnxruntime: what they answer, and what is said about files and machines that can't."""

import gc
import sys
import threading

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from facestyle.errors import DownloadCancelledError, UnknownModelError, WeightsDamagedError
from facestyle.models import onnx_session
from facestyle.models.onnx_session import OnnxRuntimeMissingError, OnnxSession, load_session
from tests.models.catalogues import with_files


def network(inputs=1):
    """x -> double: 2x, square: x * x."""
    shape = [1, "n"]
    names = ["x", "y"][:inputs]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["double"]), helper.make_node("Mul", ["x", names[-1]], ["square"])],
        "twice",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("double", "square")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def test_outputs_come_by_name():
    session = OnnxSession(network(), "Twice", threads=1)
    assert session.outputs == ("double", "square")
    assert session.input_shape == (1, "n")
    answers = session.run(np.array([[1.0, 3.0]], np.float64))  # any numbers are taken as float32
    assert {name: values.tolist() for name, values in answers.items()} == {"double": [[2, 6]], "square": [[1, 9]]}
    assert all(values.dtype == np.float32 for values in answers.values())


def test_views_that_are_not_contiguous_are_taken():
    session = OnnxSession(network(), "Twice", threads=1)
    numbers = np.arange(8, dtype=np.float32)[None]
    assert session.run(numbers[:, ::-2])["double"].tolist() == [[14, 10, 6, 2]]


@pytest.mark.parametrize(
    ("data", "says"),
    [(network(inputs=2), "2 inputs"), (b"nothing", "no valid ONNX"), (network()[:-20], "no valid ONNX")],
)
def test_other_files_are_refused(data, says):
    with pytest.raises(WeightsDamagedError, match=f"(?s)Twice.*{says}"):
        OnnxSession(data, "Twice", threads=1)


def test_one_session_for_all_while_anybody_holds_it(tmp_path):
    settings = with_files(tmp_path, {"yunet": network()})
    found = []
    threads = [threading.Thread(target=lambda: found.append(load_session("yunet", settings))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({id(session) for session in found}) == 1
    found.clear()
    gc.collect()
    assert load_session("yunet", settings).outputs == ("double", "square")


@pytest.fixture
def reading(monkeypatch):
    """Reads a file only once its hook lets it; the hooks by catalogue ID, and the IDs in the order of their reads."""
    hooks, reads = {}, []
    real = onnx_session.sources

    def held(model, settings):
        (source,) = real(model, settings)

        class Held:
            @staticmethod
            def read(bar):
                reads.append(model.id)
                hooks.get(model.id, lambda _: None)(bar)
                return source.read(bar)

        return iter([Held])

    monkeypatch.setattr(onnx_session, "sources", held)
    return hooks, reads


def test_other_models_do_not_wait_for_a_long_download(tmp_path, reading):
    settings = with_files(tmp_path, {"yunet": network(), "sface": network()})
    begun, go_on, found = threading.Event(), threading.Event(), []

    def download(_):
        begun.set()
        assert go_on.wait(30)

    hooks, reads = reading
    hooks["yunet"] = download
    threads = [threading.Thread(target=lambda: found.append(load_session("yunet", settings))) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    assert load_session("sface", settings).outputs == ("double", "square")
    assert found == []
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert reads == ["yunet", "sface"]
    assert found[0] is found[1]


def test_a_download_reports_and_can_be_cancelled_and_tried_again(tmp_path, reading):
    settings = with_files(tmp_path, {"yunet": network()})
    hooks, reads = reading
    hooks["yunet"] = lambda bar: bar(total=1000).update(10)
    told, cancel = [], threading.Event()

    def enough(progress):
        told.append((progress.title, progress.done_bytes, progress.total_bytes))
        cancel.set()

    with pytest.raises(DownloadCancelledError, match="YuNet was cancelled"):
        load_session("yunet", settings, progress=enough, cancel=cancel)
    assert told == [("YuNet", 0, 1000)]
    assert load_session("yunet", settings).outputs == ("double", "square")
    assert reads == ["yunet", "yunet"]


def test_altered_file_is_refused(tmp_path):
    settings = with_files(tmp_path, {"yunet": network()})
    (path,) = tmp_path.glob("*.onnx")
    path.write_bytes(path.read_bytes().replace(b"double", b"triple"))
    with pytest.raises(WeightsDamagedError, match="SHA-256"):
        load_session("yunet", settings)


def test_unknown_model(tmp_path):
    with pytest.raises(UnknownModelError):
        load_session("sphinx", with_files(tmp_path, {"yunet": network()}))


def test_missing_library_is_named_before_anything_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("facestyle.models.onnx_session.sources", lambda *_: pytest.fail("looked for the file"))
    with pytest.raises(OnnxRuntimeMissingError, match="YuNet needs the package onnxruntime") as refusal:
        load_session("yunet", with_files(tmp_path, {"yunet": network()}))
    assert refusal.value.code == "onnxruntime_missing"
