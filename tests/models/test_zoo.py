"""The cache of loaded networks: one load however many ask, other models don't wait, the longest unused go first."""

import gc
import threading

import pytest
import torch
from torch import nn

from facestyle import weights
from facestyle.errors import CatalogueError, HubUnreachableError, WeightsDamagedError
from facestyle.models import zoo
from facestyle.settings import Settings

MEGABYTE = 2**20


class OneMegabyte(nn.Module):
    """A network that weighs 1 MiB."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(MEGABYTE // 4))


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)


@pytest.fixture
def files(monkeypatch):
    """Every ID is a model of 1 MiB; gives the list of loads, and a dict of hooks that run while a model is loading."""
    loads, hooks = [], {}

    class Entry:
        architecture = "one_megabyte"

    def load_tensors(model_id, settings, **_):
        loads.append(model_id)
        hooks.get(model_id, lambda: None)()
        return {"weight": torch.full((MEGABYTE // 4,), 1.0)}

    monkeypatch.setitem(zoo._ARCHITECTURES, "one_megabyte", "tests.models.test_zoo:OneMegabyte")
    monkeypatch.setattr(weights, "entry", lambda *_: Entry)
    monkeypatch.setattr(weights, "load_tensors", load_tensors)
    zoo.clear_cache()
    yield loads, hooks
    zoo.clear_cache()


@pytest.fixture
def room_for_two(tmp_path):
    return Settings(weights_dir=tmp_path, model_cache_mb=2)


def kept():
    return [model_id for model_id, _, _ in zoo.loaded()]


def load_and_let_go(model_id, settings):
    zoo.load_model(model_id, "cpu", settings)
    gc.collect()


def test_longest_unused_goes_first(files, room_for_two):
    loads, _ = files
    for model_id in ("a", "b", "a", "c"):
        load_and_let_go(model_id, room_for_two)
    assert kept() == ["a", "c"]
    assert zoo.loaded()[0] == ("a", "cpu", MEGABYTE)
    load_and_let_go("b", room_for_two)
    assert kept() == ["c", "b"]
    assert loads == ["a", "b", "c", "b"]


def test_network_larger_than_the_budget_is_kept_alone(files, tmp_path):
    none = Settings(weights_dir=tmp_path, model_cache_mb=0)
    for model_id in ("a", "b"):
        load_and_let_go(model_id, none)
    assert kept() == ["b"]


def test_evicted_network_that_is_still_in_use_is_not_loaded_twice(files, room_for_two):
    loads, _ = files
    network = zoo.load_model("a", "cpu", room_for_two)
    for model_id in ("b", "c"):
        load_and_let_go(model_id, room_for_two)
    assert "a" not in kept()
    assert zoo.load_model("a", "cpu", room_for_two) is network
    assert loads == ["a", "b", "c"]


def test_release_forgets_one_network(files, room_for_two):
    loads, _ = files
    for model_id in ("a", "b"):
        load_and_let_go(model_id, room_for_two)
    zoo.release("a")
    zoo.release("never loaded")
    assert kept() == ["b"]
    load_and_let_go("a", room_for_two)
    assert loads == ["a", "b", "a"]


def test_many_threads_share_one_load(files, room_for_two):
    loads, hooks = files
    arrived = threading.Event()
    hooks["a"] = lambda: arrived.wait(1)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(zoo.load_model("a", "cpu", room_for_two))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    arrived.set()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert loads == ["a"]


def test_other_models_do_not_wait_for_a_long_download(files, room_for_two):
    _, hooks = files
    begun, go_on = threading.Event(), threading.Event()

    def download():
        begun.set()
        assert go_on.wait(10)

    hooks["slow"] = download
    slow = threading.Thread(target=zoo.load_model, args=("slow", "cpu", room_for_two))
    slow.start()
    assert begun.wait(10)
    zoo.load_model("quick", "cpu", room_for_two)
    assert kept() == ["quick"]
    assert slow.is_alive()
    go_on.set()
    slow.join(10)
    assert kept() == ["quick", "slow"]


def test_load_that_failed_is_tried_anew(files, room_for_two):
    loads, hooks = files

    def fail():
        raise HubUnreachableError("away")

    hooks["a"] = fail
    with pytest.raises(HubUnreachableError):
        zoo.load_model("a", "cpu", room_for_two)
    del hooks["a"]
    assert zoo.load_model("a", "cpu", room_for_two).weight[0] == 1
    assert loads == ["a", "a"]


def test_unknown_architecture_is_named(files, room_for_two, monkeypatch):
    monkeypatch.delitem(zoo._ARCHITECTURES, "one_megabyte")
    with pytest.raises(CatalogueError, match="one_megabyte"):
        zoo.load_model("a", "cpu", room_for_two)


@pytest.mark.parametrize("counters", ["as in the network", "missing", "of another part"])
def test_counters_of_batchnorm_are_no_reason_to_refuse_a_file(files, room_for_two, monkeypatch, counters):
    monkeypatch.setitem(zoo._ARCHITECTURES, "one_megabyte", "tests.models.test_zoo:Counting")
    tensors = {name: value.float() + 2 for name, value in Counting().state_dict().items()}
    if counters == "missing":
        del tensors["norm.num_batches_tracked"]
    if counters == "of another part":
        tensors["head.num_batches_tracked"] = torch.tensor(7.0)
    monkeypatch.setattr(weights, "load_tensors", lambda *_, **__: tensors)
    assert torch.equal(zoo.load_model("a", "cpu", room_for_two).norm.running_var, torch.full((3,), 3.0))


@pytest.mark.parametrize("damage", ["missing", "unexpected", "misshapen"])
def test_tensors_that_do_not_fit_are_refused(files, room_for_two, monkeypatch, damage):
    monkeypatch.setitem(zoo._ARCHITECTURES, "one_megabyte", "tests.models.test_zoo:Counting")
    tensors = dict(Counting().state_dict())
    if damage == "missing":
        del tensors["norm.weight"]
    elif damage == "unexpected":
        tensors["head.weight"] = torch.ones(3)
    else:
        tensors["norm.weight"] = torch.ones(4)
    monkeypatch.setattr(weights, "load_tensors", lambda *_, **__: tensors)
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        zoo.load_model("a", "cpu", room_for_two)
    assert kept() == []
