"""The catalogue, and what happens to whoever tampers with a weight file."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file

from facestyle import weights
from facestyle.errors import CatalogueError, UnknownModelError, WeightsDamagedError, WeightsMissingError
from facestyle.models import zoo
from facestyle.settings import Settings
from facestyle.weights.loading import parse_tensors
from facestyle.weights.onnx_file import read_initializers


@pytest.fixture
def copy(tmp_path):
    """Settings over a copy of the weights folder that a test may damage."""
    shutil.copytree(Settings().weights_dir, tmp_path / "weights", ignore=shutil.ignore_patterns("__pycache__"))
    yield Settings(weights_dir=tmp_path / "weights")
    zoo.clear_cache()


EMBEDDED = [entry.id for entry in weights.catalogue().values() if entry.embedded]
ON_HUB = [entry.id for entry in weights.catalogue().values() if not entry.embedded]


@pytest.mark.parametrize("model_id", EMBEDDED)
def test_every_embedded_file_is_the_one_named_and_small_enough(model_id):
    entry = weights.entry(model_id)
    for path, file in zip(weights.resolve(model_id), entry.embedded, strict=True):
        assert path.stat().st_size == file.bytes < 10_000_000
    assert entry.licence
    assert entry.credit
    assert entry.verified == "file"
    assert weights.is_cached(model_id)
    assert {state.state for state in weights.inspect(model_id)} == {"ok"}


@pytest.mark.parametrize("model_id", ON_HUB)
def test_every_model_on_the_hub_is_pinned_and_described(model_id):
    entry = weights.entry(model_id)
    assert len(entry.hub.revision) == 40
    assert entry.licence
    assert entry.credit
    assert entry.size > 100_000
    # Only what was loaded and looked at here may call itself verified.
    assert entry.verified == "schema"


@pytest.mark.parametrize("model_id", EMBEDDED)
def test_every_model_loads_strictly_in_float32_and_frozen(model_id):
    network = zoo.load_model(model_id, "cpu")
    parameters = list(network.parameters())
    assert parameters
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in parameters)
    assert not network.training
    assert zoo.load_model(model_id, "cpu") is network


def test_shard_indices_list_exactly_the_shards_tensors():
    for path in Settings().weights_dir.glob("*.index.json"):
        index = json.loads(path.read_text("utf-8"))["weight_map"]
        model_id = path.name.removesuffix(".safetensors.index.json")
        assert index.keys() == weights.load_tensors(model_id).keys()


def test_unknown_model_names_those_that_exist():
    with pytest.raises(UnknownModelError, match="mtcnn"):
        weights.entry("resnet_9000")


def test_missing_file_says_which_and_what_to_do(copy):
    (copy.weights_dir / "mtcnn.safetensors").unlink()
    with pytest.raises(WeightsMissingError, match=r"mtcnn\.safetensors is missing.*convert\.py"):
        zoo.load_model("mtcnn", "cpu", copy)


def test_truncated_file_is_refused(copy):
    path = copy.weights_dir / "mtcnn.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsDamagedError, match=r"1,986,624 bytes, expected 1,987,624"):
        zoo.load_model("mtcnn", "cpu", copy)


def test_one_flipped_bit_is_refused(copy):
    path = copy.weights_dir / "dlib_resnet-00002-of-00002.safetensors"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsDamagedError, match="SHA-256"):
        zoo.load_model("dlib_resnet", "cpu", copy)


def _replace_mtcnn(copy, tensors):
    """Puts another file in MTCNN's place and adapts the catalogue, so that only the contents are wrong."""
    path = copy.weights_dir / "mtcnn.safetensors"
    if isinstance(tensors, bytes):
        path.write_bytes(tensors)
    else:
        save_file(tensors, path)
    old = weights.entry("mtcnn").embedded[0]
    catalogue = copy.weights_dir / "catalog.toml"
    text = catalogue.read_text("utf-8").replace(old.sha256, hashlib.sha256(path.read_bytes()).hexdigest())
    catalogue.write_text(text.replace(f"bytes = {old.bytes}", f"bytes = {path.stat().st_size}"), "utf-8")


def test_file_of_another_network_is_refused(copy):
    _replace_mtcnn(copy, {"pnet.conv1.weight": torch.zeros(10, 3, 3, 3)})
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        zoo.load_model("mtcnn", "cpu", copy)


def test_file_that_is_no_safetensors_is_refused(copy):
    _replace_mtcnn(copy, b"\x80\x04 this is a pickle, or nothing at all")
    with pytest.raises(WeightsDamagedError, match="no valid safetensors file"):
        zoo.load_model("mtcnn", "cpu", copy)


def test_tensors_of_a_kind_that_is_not_known_are_refused():
    head = b'{"a": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}'
    with pytest.raises(WeightsDamagedError, match="no valid safetensors file"):
        parse_tensors(Path("a.safetensors"), len(head).to_bytes(8, "little") + head + b"\0")


def test_onnx_weights_that_lack_bytes_are_refused():
    node = onnx.helper.make_node("Mul", ["x", "w"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [4]) for name in "xy"]
    w = onnx.numpy_helper.from_array(np.ones(4, np.float32), "w")
    w.raw_data = w.raw_data[:-3]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [w]))
    with pytest.raises(WeightsDamagedError, match="no valid ONNX file"):
        parse_tensors(Path("a.onnx"), model.SerializeToString())


HUB = """
[[model]]
id = "x"
title = "X"
role = "detector"
architecture = "x"
licence = "MIT"
credit = "x"
source = "x"
verified = "schema"
input = { size = 0, channels = "RGB", scaling = "x" }
output = { kind = "x" }
"""
SOURCE = '[model.hub]\nrepo = "a/b"\nrevision = "%s"\nfiles = [{ name = "%s", %s }]\n%s'
SHA256 = "5" * 64


def test_hub_entry_in_full_is_accepted(copy):
    keys = f'keys = {{ count = 2, sha256 = "{SHA256}", ignore = ["head."], strip_prefix = "net." }}\n'
    selection = 'tensors = ["net.a", "net.b"]\nabout_tensors_bytes = 100'
    source = SOURCE % ("5" * 40, "m.safetensors", "about_bytes = 1000", selection)
    (copy.weights_dir / "catalog.toml").write_text(HUB + keys + source, "utf-8")
    entry = weights.entry("x", copy)
    assert (entry.size, entry.hub.files[0].sha256, entry.keys.ignore) == (100, None, ("head.",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[model]]\nid = 3",
        "not toml [",
        HUB,
        HUB + SOURCE % ("main", "m.safetensors", "bytes = 5", ""),
        HUB + SOURCE % ("5" * 40, "m.safetensors", "sha256 = 'abc', bytes = 5", ""),
        HUB + SOURCE % ("5" * 40, "m.safetensors", f"sha256 = '{SHA256}'", ""),
        HUB + SOURCE % ("5" * 40, "m.safetensors", "bytes = 5, about_bytes = 5", ""),
        HUB + SOURCE % ("5" * 40, "m.safetensors", "bytes = 5", "tensors = ['a']"),
        HUB + SOURCE % ("5" * 40, "m.onnx", "bytes = 5", "tensors = ['a']\nabout_tensors_bytes = 1"),
    ],
)
def test_malformed_catalogue_is_named(copy, text):
    (copy.weights_dir / "catalog.toml").write_text(text, "utf-8")
    with pytest.raises(CatalogueError, match=r"catalog\.toml is malformed"):
        weights.catalogue(copy)


def test_model_that_is_named_twice_is_refused(copy):
    path = copy.weights_dir / "catalog.toml"
    path.write_text(path.read_text("utf-8") + HUB + SOURCE % ("5" * 40, "m.safetensors", "bytes = 5", ""), "utf-8")
    assert weights.entry("x", copy)
    path.write_text(path.read_text("utf-8") + HUB + SOURCE % ("5" * 40, "m.safetensors", "bytes = 5", ""), "utf-8")
    with pytest.raises(CatalogueError, match="twice"):
        weights.catalogue(copy)


def _onnx(**options):
    from onnx import TensorProto, helper, numpy_helper

    weight = np.arange(6, dtype=np.float16).reshape(2, 3)
    inputs, outputs = (helper.make_tensor_value_info(name, TensorProto.FLOAT16, [1, 2]) for name in "xy")
    tensor = numpy_helper.from_array(weight, "fc.weight")
    for name, value in options.items():
        setattr(tensor, name, value)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "fc.weight"], ["y"])], "g", [inputs], [outputs], [tensor]
    )
    return helper.make_model(graph).SerializeToString(), weight


def test_onnx_file_gives_its_initialisers():
    data, weight = _onnx()
    found = read_initializers(data)
    assert found.keys() == {"fc.weight"}
    assert np.array_equal(found["fc.weight"].numpy(), weight)
    found["fc.weight"] += 1  # its own memory, not the file's


@pytest.mark.parametrize("data", [b"", b"\x80\x04 nothing", b"\xff" * 100, _onnx(data_location=1)[0]])
def test_file_that_is_no_self_contained_onnx_is_refused(data):
    with pytest.raises(WeightsDamagedError, match="no valid ONNX file"):
        parse_tensors(Path("model.onnx"), data)


def test_missing_onnx_library_is_named(monkeypatch):
    data, _ = _onnx()
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(WeightsMissingError, match="pip install onnx"):
        read_initializers(data)


@pytest.mark.parametrize("change", ["none", "counter", "name", "shape", "ignored"])
def test_key_digest_sees_names_and_shapes(change):
    shapes = {"a.weight": (3, 4), "a.scale": (), "b.num_batches_tracked": ()}
    other = dict(reversed(shapes.items()))
    if change == "counter":
        del other["b.num_batches_tracked"]
    elif change == "name":
        other["a.bias"] = other.pop("a.scale")
    elif change == "shape":
        other["a.weight"] = (4, 3)
    elif change == "ignored":
        other["c.weight"] = (5,)
    same = weights.key_digest(shapes) == weights.key_digest(other)
    assert same == (change in {"none", "counter"})


def test_missing_catalogue_is_named(tmp_path):
    with pytest.raises(CatalogueError, match="is missing"):
        weights.catalogue(Settings(weights_dir=tmp_path))
