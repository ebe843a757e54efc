"""The catalogue, and what happens to whoever tampers with a weight file."""

import hashlib
import json
import shutil

import pytest
import torch
from safetensors.torch import save_file

from facestyle import weights
from facestyle.errors import CatalogueError, UnknownModelError, WeightsDamagedError, WeightsMissingError
from facestyle.models import zoo
from facestyle.settings import Settings


@pytest.fixture
def copy(tmp_path):
    """Settings over a copy of the weights folder that a test may damage."""
    shutil.copytree(Settings().weights_dir, tmp_path / "weights", ignore=shutil.ignore_patterns("__pycache__"))
    yield Settings(weights_dir=tmp_path / "weights")
    zoo.clear_cache()


@pytest.mark.parametrize("model_id", list(weights.catalogue()))
def test_every_embedded_file_is_the_one_named_and_small_enough(model_id):
    entry = weights.entry(model_id)
    for path, file in zip(weights.resolve(model_id), entry.embedded, strict=True):
        assert path.stat().st_size == file.bytes < 10_000_000
    assert entry.licence
    assert entry.credit
    assert entry.verified == "file"


@pytest.mark.parametrize("model_id", list(weights.catalogue()))
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


@pytest.mark.parametrize("text", ["", "[[model]]\nid = 3", "not toml ["])
def test_malformed_catalogue_is_named(copy, text):
    (copy.weights_dir / "catalog.toml").write_text(text, "utf-8")
    with pytest.raises(CatalogueError, match=r"catalog\.toml is malformed"):
        weights.catalogue(copy)


def test_missing_catalogue_is_named(tmp_path):
    with pytest.raises(CatalogueError, match="is missing"):
        weights.catalogue(Settings(weights_dir=tmp_path))
