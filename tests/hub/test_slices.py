"""A few tensors of a large file: only their bytes travel, and what arrives is a proper safetensors file."""

import hashlib
import json
import struct

import pytest
import torch
from huggingface_hub import HfApi
from safetensors.torch import load, load_file, save

from facestyle import weights
from facestyle.errors import WeightsDamagedError
from facestyle.hub import layout
from facestyle.hub.progress import bar_class
from facestyle.hub.remote import RemoteFile
from facestyle.hub.slices import Slice, download
from tests.hub.conftest import DATA, REVISION, WANTED, tensors
from tests.hub.server import Blob

WANTED_TENSORS = {name: value for name, value in tensors().items() if name.startswith(WANTED)}
WANTED_BYTES = sum(4 * len(value) for value in WANTED_TENSORS.values())
HEADER_BYTES = 1 << 16


def test_only_the_wanted_bytes_travel(client, settings):
    (path,) = weights.resolve("big", settings)
    assert client.sent == HEADER_BYTES + WANTED_BYTES
    assert client.sent < len(DATA) / 3
    assert [request.method for request in client.requests] == ["HEAD", "GET", "GET", "GET"]
    first, second, third = client.bodies()
    assert first.range == f"bytes=0-{HEADER_BYTES - 1}"
    assert second.sent == 4 * 40_000
    assert third.sent == 4 * 50_000
    found = load_file(path)
    assert found.keys() == WANTED_TENSORS.keys()
    assert all(torch.equal(found[name], value) for name, value in WANTED_TENSORS.items())


def test_slice_carries_its_own_sum(client, settings):
    (path,) = weights.resolve("big", settings)
    record = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert record == {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}


def test_server_without_range_sends_the_whole_file_once(client, settings):
    client.faults.ignore_range = True
    heard = []
    loaded = weights.load_tensors("big", settings, progress=heard.append)
    assert loaded.keys() == WANTED_TENSORS.keys()
    # the body that came instead of the header was not read: what the server had sent until then is lost in buffers
    whole = [request for request in client.requests if request.sent == len(DATA)]
    assert whole
    assert heard[-1].total_bytes == len(DATA)
    client.requests.clear()
    assert weights.load_tensors("big", settings).keys() == WANTED_TENSORS.keys()
    assert client.requests == []


@pytest.mark.parametrize("sound", [True, False])
def test_whole_file_in_the_clients_cache_is_cut_without_a_download(client, settings, sound):
    path = HfApi(endpoint=client.url).hf_hub_download("someone/big", "model.safetensors", revision=REVISION)
    if not sound:
        data = bytearray(DATA)
        data[-5] ^= 1
        with open(path, "r+b") as stream:
            stream.write(data)
    client.requests.clear()
    assert weights.load_tensors("big", settings).keys() == WANTED_TENSORS.keys()
    assert bool(client.requests) is not sound


def test_both_ways_make_the_same_file(client, settings):
    (path,) = weights.resolve("big", settings)
    ranged = path.read_bytes()
    path.unlink()
    client.faults.ignore_range = True
    assert weights.resolve("big", settings) == (path,)
    assert path.read_bytes() == ranged


def test_header_that_is_longer_than_the_first_read(client, settings):
    many = {f"features.0.{number:05}": torch.tensor([float(number)]) for number in range(2000)}
    client.repos["someone/big"].files["model.safetensors"] = Blob(save(many | {"features.7.x": torch.ones(3)}))
    loaded = weights.load_tensors("big", settings)
    assert len(loaded) == 2001
    assert loaded["features.0.01234"] == 1234


def test_file_without_the_wanted_tensors_is_refused(client, settings):
    client.repos["someone/big"].files["model.safetensors"] = Blob(save({"features.0.weight": torch.ones(3)}))
    with pytest.raises(WeightsDamagedError, match=r"no tensor features\.7\."):
        weights.resolve("big", settings)


@pytest.mark.parametrize("corruptions", [1, 2])
def test_pinned_slice_is_checked_and_fetched_once_more(client, settings, cache, corruptions):
    (path,) = weights.resolve("big", settings)
    sum_ = hashlib.sha256(path.read_bytes()).hexdigest()
    path.unlink()
    part = Slice(RemoteFile("someone/big", REVISION, "model.safetensors"), WANTED, sha256=sum_)
    client.faults.corruptions = 2 * corruptions  # the header's read takes one; its bit lies among the tensors
    client.requests.clear()
    if corruptions == 1:
        assert hashlib.sha256(download(part, settings, bar_class("Big")).read_bytes()).hexdigest() == sum_
    else:
        client.faults.corruptions = 6
        with pytest.raises(WeightsDamagedError, match="arrived damaged"):
            download(part, settings, bar_class("Big"))
        assert not [name for name in cache.files() if name.endswith((".safetensors", ".incomplete"))]
    assert len([request for request in client.requests if request.method == "HEAD"]) == 2


def test_another_selection_is_another_file():
    file = RemoteFile("someone/big", REVISION, "sub/model.safetensors")
    assert Slice(file, ("a.", "b.")).stem == Slice(file, ("b.", "a.")).stem
    assert Slice(file, ("a.",)).stem != Slice(file, ("a.", "b.")).stem
    assert "/" not in Slice(file, ("a.",)).stem


def test_layout_agrees_with_the_library():
    places = layout.parse(DATA)
    start = layout.header_bytes(DATA)
    assert [place.name for place in places] == sorted(tensors())
    for place in places:
        data = DATA[start + place.start : start + place.end]
        assert place.dtype == "F32"
        assert torch.equal(torch.frombuffer(bytearray(data), dtype=torch.float32), tensors()[place.name])
    assert load(layout.make_header(places) + DATA[start:]).keys() == tensors().keys()
    assert len(layout.make_header(places)) % 8 == 0


def test_neighbours_share_a_range():
    names = ["features.0.weight", "features.30.weight", "head.fc.weight"]
    chosen = [place for place in layout.parse(DATA) if place.name in names]
    assert layout.ranges(chosen) == ((0, 520_000), (720_000, 1_320_000))


def _header(entries: object, length: int | None = None) -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x01\x02",
        _header({}, 0),
        _header({}, 2**60),
        _header({}, 50),
        _header([1, 2]),
        _header({"a": 5}),
        _header({"a": {"dtype": "F32", "shape": [1]}}),
        _header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}),
        _header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, -4]}}),
        _header({"a": {"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}}),
        _header({"a": {"dtype": "F32", "shape": [float("inf")], "data_offsets": [0, 4]}}),
        struct.pack("<Q", 500_000) + b'{"a":' * 100_000,
        _header(
            {
                "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]},
            }
        ),
    ],
)
def test_malformed_header_is_refused(head):
    with pytest.raises(ValueError, match=r"header|tensor"):
        layout.parse(head)
