"""Whole files: downloaded once, found again without a request."""

import pytest
import torch
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import RevisionNotFoundError

from facestyle import weights
from facestyle.errors import HubOfflineError
from facestyle.hub import records
from facestyle.hub.remote import RemoteFile
from facestyle.models import zoo
from tests.hub.conftest import DATA, REVISION, SHA256, tensors
from tests.hub.server import Blob, Repo


def test_fresh_download_gives_the_tensors(client, settings):
    assert not weights.is_cached("pinned", settings)
    loaded = weights.load_tensors("pinned", settings)
    assert loaded.keys() == tensors().keys()
    assert all(torch.equal(loaded[name], value) for name, value in tensors().items())
    assert client.sent == len(DATA)
    assert weights.is_cached("pinned", settings)


@pytest.mark.parametrize("model_id", ["pinned", "open", "big"])
def test_cached_model_costs_no_request(client, settings, model_id):
    first = weights.load_tensors(model_id, settings)
    client.requests.clear()
    again = weights.load_tensors(model_id, settings)
    assert weights.is_cached(model_id, settings)
    assert weights.inspect(model_id, settings)[0].state == "ok"
    assert client.requests == []
    assert all(torch.equal(first[name], again[name]) for name in first)


@pytest.mark.parametrize("model_id", ["pinned", "open", "big"])
def test_offline_a_cached_model_still_loads(client, settings, monkeypatch, model_id):
    weights.resolve(model_id, settings)
    client.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert weights.load_tensors(model_id, settings)
    assert client.requests == []


@pytest.mark.parametrize("model_id", ["pinned", "open", "big"])
def test_offline_a_missing_model_says_so_without_a_request(client, settings, monkeypatch, model_id):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubOfflineError, match=r"not on this computer yet.*HF_HUB_OFFLINE.*embedded"):
        weights.resolve(model_id, settings)
    assert client.requests == []


def test_file_without_a_pinned_sum_is_recorded_with_the_one_the_hub_names(client, settings):
    weights.resolve("open", settings)
    record = records.read(RemoteFile("someone/open", REVISION, "model.safetensors"), settings)
    assert record == records.Record(sha256=SHA256, bytes=len(DATA))
    (state,) = weights.inspect("open", settings)
    assert (state.sha256, state.pinned) == (SHA256, False)
    assert weights.inspect("pinned", settings)[0].state == "missing"


def test_file_of_another_program_counts_as_it_was_first_seen(client, settings, cache, monkeypatch):
    # no symbolic links: the name of the blob can't tell the sum
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS", True)
    HfApi(endpoint=client.url).hf_hub_download("someone/open", "model.safetensors", revision=REVISION)
    assert "model.safetensors.json" not in cache.files()
    client.requests.clear()
    (path,) = weights.resolve("open", settings)
    assert not path.is_symlink()
    assert "model.safetensors.json" in cache.files()
    path.write_bytes(path.read_bytes()[::-1])
    assert weights.inspect("open", settings)[0].state == "damaged"
    assert client.requests == []


def test_small_file_is_checked_against_gits_hash(client, settings):
    client.repos["someone/open"] = Repo(REVISION, {"model.safetensors": Blob(DATA, large=False)})
    assert weights.load_tensors("open", settings)
    client.requests.clear()
    assert weights.load_tensors("open", settings)
    assert client.requests == []


@pytest.mark.parametrize("model_id", ["pinned", "open", "big"])
def test_files_on_a_storage_host_are_found_and_the_login_stays_at_the_hub(client, settings, monkeypatch, model_id):
    client.faults.storage_host = True
    monkeypatch.setenv("HF_TOKEN", "hf_a_token_of_the_test")
    assert weights.load_tensors(model_id, settings)
    at_hub = [request for request in client.requests if request.host == "127.0.0.1"]
    elsewhere = [request for request in client.requests if request.host == "localhost"]
    assert at_hub
    assert all(request.authorised for request in at_hub)
    assert elsewhere
    assert not any(request.authorised for request in elsewhere)


@pytest.mark.parametrize("model_id", ["pinned", "big"])
def test_renamed_repository_is_followed(client, settings, model_id):
    client.repos["new/home"] = client.repos.pop(f"someone/{model_id}")
    client.repos[f"someone/{model_id}"] = Repo(REVISION, {}, moved_to="new/home")
    assert weights.load_tensors(model_id, settings)


def test_network_is_built_from_a_downloaded_file(client, settings, monkeypatch):
    monkeypatch.setitem(zoo._ARCHITECTURES, "tiny", "tests.hub.test_download:Tiny")
    network = zoo.load_model("big", "cpu", settings)
    assert torch.equal(network.state_dict()["features.7.weight"], tensors()["features.7.weight"])
    assert zoo.load_model("big", "cpu", settings) is network
    zoo.clear_cache()


class Tiny(torch.nn.Module):
    """What the wanted tensors of `big` fit."""

    def __init__(self) -> None:
        super().__init__()
        self.features = torch.nn.Module()
        for name in ("0", "7"):
            layer = torch.nn.Module()
            layer.weight = torch.nn.Parameter(torch.zeros_like(tensors()[f"features.{name}.weight"]))
            self.features.add_module(name, layer)


def test_without_the_client_fixture_no_test_reaches_a_hub():
    assert constants.is_offline_mode()


def test_the_loopback_hub_answers_as_one(client):
    api = HfApi(endpoint=client.url)
    info = api.model_info("someone/big")
    assert info.sha == REVISION
    assert [sibling.rfilename for sibling in info.siblings] == ["model.safetensors"]
    with pytest.raises(RevisionNotFoundError):
        api.model_info("someone/big", revision="6" * 40)
    assert api.parse_safetensors_file_metadata("someone/big", "model.safetensors").tensors.keys() == tensors().keys()
