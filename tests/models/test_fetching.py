"""Download and load in one call, for networks in torch and networks in onnxruntime alike."""

import gc
import sys
import threading

import pytest

from facestyle import weights
from facestyle.errors import DownloadCancelledError, UnknownModelError, WeightsDamagedError
from facestyle.models import zoo
from facestyle.models.fetching import fetch_model
from facestyle.models.onnx_session import OnnxRuntimeMissingError, OnnxSession, load_session
from facestyle.models.transformer_net import TransformerNet
from facestyle.models.zoo import load_model
from tests.models import fast_neural_style
from tests.models.catalogues import with_files
from tests.models.test_onnx_session import network


@pytest.fixture(autouse=True)
def _empty_cache():
    yield
    zoo.clear_cache()


def test_what_it_gives_is_what_is_used_next(tmp_path):
    candy = fast_neural_style.onnx_file(fast_neural_style.tensors(), 16, 16)
    settings = with_files(tmp_path, {"yunet": network(), "candy": candy}, device="cpu")
    graph, module = fetch_model("yunet", settings), fetch_model("candy", settings)
    assert isinstance(graph, OnnxSession)
    assert load_session("yunet", settings) is graph
    assert isinstance(module, TransformerNet)
    assert load_model("candy", settings=settings) is module


def test_which_onnx_files_run_as_they_are_is_read_off_the_catalogue():
    """The rule that `onnx_session` and `onnx_file` state, held against the catalogue and the zoo."""
    onnx = {
        entry.id: entry.architecture
        for entry in weights.catalogue().values()
        if entry.hub and any(file.name.endswith(".onnx") for file in entry.hub.files)
    }
    as_they_are = {model for model, architecture in onnx.items() if architecture.endswith("_onnx")}
    assert as_they_are == {"yunet", "sface", "minifasnet_v2", "minifasnet_v1se"}
    for model, architecture in onnx.items():
        assert (architecture in zoo._ARCHITECTURES) == (model not in as_they_are)
        # what is read into a module is recorded by the module's names
        assert (weights.entry(model).keys is not None) == (model not in as_they_are)


def test_a_damaged_file_is_refused_here_and_not_when_it_is_first_used(tmp_path):
    settings = with_files(tmp_path, {"yunet": network(), "vgg16": b"nothing"}, device="cpu")
    for path in tmp_path.glob("*.onnx"):
        path.write_bytes(path.read_bytes()[:-1])
    for model in ("yunet", "vgg16"):
        with pytest.raises(WeightsDamagedError):
            fetch_model(model, settings)


def test_a_missing_package_is_known_before_a_download(tmp_path, monkeypatch):
    gc.collect()  # no session of an earlier test
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("facestyle.models.onnx_session.sources", lambda *_: pytest.fail("looked for the file"))
    with pytest.raises(OnnxRuntimeMissingError):
        fetch_model("yunet", with_files(tmp_path, {"yunet": network()}))


def test_unknown_model(tmp_path):
    with pytest.raises(UnknownModelError):
        fetch_model("sphinx", with_files(tmp_path, {"yunet": network()}))


@pytest.mark.parametrize("model", ["sface", "vgg19"])
def test_progress_and_cancel_reach_the_download(monkeypatch, model):
    cancel, seen = threading.Event(), []

    def refuse(bar):
        seen.append((bar.listener, bar.cancel))
        raise DownloadCancelledError("enough")

    class Source:
        read = staticmethod(refuse)

    def listener(_):
        """Never called: nothing comes."""

    for place in ("facestyle.models.onnx_session.sources", "facestyle.weights.loading.sources"):
        monkeypatch.setattr(place, lambda *_: iter([Source]))
    with pytest.raises(DownloadCancelledError):
        fetch_model(model, progress=listener, cancel=cancel)
    assert seen == [(listener, cancel)]
