"""Bytes that are not the ones named: refused, deleted, fetched once more, then refused for good."""

import hashlib

import pytest
import torch
from huggingface_hub import constants

from facestyle import weights
from facestyle.errors import HubUnreachableError, WeightsDamagedError
from facestyle.hub import files
from tests.hub.conftest import DATA, SHA256, tensors
from tests.hub.server import Blob

WHOLE = pytest.mark.parametrize("model_id", ["pinned", "open"])
ALL = pytest.mark.parametrize("model_id", ["pinned", "open", "big"])


@WHOLE
def test_download_that_is_damaged_once_is_fetched_again(client, settings, model_id):
    client.faults.corruptions = 1
    loaded = weights.load_tensors(model_id, settings)
    assert all(torch.equal(loaded[name], value) for name, value in tensors().items())
    assert client.sent == 2 * len(DATA)


@WHOLE
def test_download_that_is_damaged_twice_is_refused_and_nothing_is_left(client, settings, cache, model_id):
    client.faults.corruptions = 2
    with pytest.raises(WeightsDamagedError, match=rf"arrived damaged twice.*expected {SHA256}.*deleted"):
        weights.load_tensors(model_id, settings)
    assert client.sent == 2 * len(DATA)
    assert cache.files() == []
    assert not weights.is_cached(model_id, settings)
    assert weights.load_tensors(model_id, settings)  # the next attempt begins anew


@ALL
def test_file_that_was_altered_in_the_cache_is_replaced(client, settings, caplog, model_id):
    (path,) = weights.resolve(model_id, settings)
    flip(path)
    assert weights.inspect(model_id, settings)[0].state == "damaged"
    client.requests.clear()
    loaded = weights.load_tensors(model_id, settings)
    assert all(torch.equal(value, tensors()[name]) for name, value in loaded.items())
    assert client.bodies()
    assert "altered" in caplog.text
    assert weights.inspect(model_id, settings)[0].state == "ok"


@ALL
def test_altered_file_is_deleted_even_if_the_hub_is_away(client, settings, cache, model_id):
    (path,) = weights.resolve(model_id, settings)
    flip(path)
    client.faults.status = 503
    with pytest.raises(HubUnreachableError, match=r"was altered.*It was deleted\..*HTTP status 503"):
        weights.load_tensors(model_id, settings)
    assert not weights.is_cached(model_id, settings)
    assert not [name for name in cache.files() if not name.endswith(".json")]


@ALL
def test_hub_that_offers_another_commit_is_not_believed(client, settings, cache, model_id):
    client.faults.other_commit = True
    with pytest.raises(WeightsDamagedError, match=r"offers another file.*commit 00000000.*not downloaded"):
        weights.load_tensors(model_id, settings)
    assert client.sent == 0
    assert cache.files() == []


@pytest.mark.parametrize("data", [DATA[::-1], DATA[:-8]], ids=["same size", "shorter"])
def test_hub_that_offers_another_file_than_the_pinned_one_is_not_believed(client, settings, cache, data):
    client.repos["someone/pinned"].files["model.safetensors"] = Blob(data)
    with pytest.raises(WeightsDamagedError, match="offers another file"):
        weights.load_tensors("pinned", settings)
    assert client.sent == 0
    assert cache.files() == []


@pytest.mark.parametrize("model_id", ["open", "big"])
@pytest.mark.parametrize(
    "data",
    [b"<html>Log in to this network</html>", b"\xff" * 5000, DATA[:200_000]],
    ids=["page", "noise", "half"],
)
def test_file_that_is_no_safetensors_is_refused(client, settings, model_id, data):
    client.repos[f"someone/{model_id}"].files["model.safetensors"] = Blob(data)
    with pytest.raises(WeightsDamagedError, match=r"safetensors file|ends before"):
        weights.load_tensors(model_id, settings)


def test_altered_slice_is_known_by_its_recorded_sum(client, settings):
    (path,) = weights.resolve("big", settings)
    sound = hashlib.sha256(path.read_bytes()).hexdigest()
    assert weights.inspect("big", settings)[0].sha256 == sound
    path.with_suffix(".json").unlink()
    assert not weights.is_cached("big", settings)  # without its record it counts for nothing
    assert weights.resolve("big", settings) == (path,)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sound


def test_nothing_outside_the_cache_is_ever_deleted(client, settings, tmp_path):
    (path,) = weights.resolve("open", settings)
    precious = tmp_path / "precious.safetensors"
    precious.write_bytes(b"mine")
    path.unlink()
    path.symlink_to(precious)
    files.discard(path)
    assert precious.read_bytes() == b"mine"
    assert not path.is_symlink()
    files.discard(precious)
    assert precious.exists()
    assert str(path).startswith(constants.HF_HUB_CACHE)


def flip(path):
    """One bit, in the middle of the file that a link leads to."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.resolve().write_bytes(data)
