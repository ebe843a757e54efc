"""Everything that can go wrong on the way has a name and says what to do; nothing of it takes long."""

import errno
import re
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest
from huggingface_hub import constants

from facestyle import weights
from facestyle.errors import (
    CacheUnwritableError,
    DiskFullError,
    HubGatedError,
    HubNotFoundError,
    HubUnreachableError,
    WeightsDamagedError,
    WeightsMissingError,
)
from facestyle.hub import ranges
from tests.hub.conftest import REVISION
from tests.hub.server import Repo

BOTH = pytest.mark.parametrize("model_id", ["open", "big"])
"""A whole file, and a slice of one."""


RETRIES_S = 20.0
"""The client's own retries would take 23 s. What is meant is "at once"; the rest is for a busy computer."""


def refusal(model_id, settings, kind, within=RETRIES_S):
    """The message of the expected error, which must come within some seconds."""
    begin = time.monotonic()
    with pytest.raises(kind) as caught:
        weights.resolve(model_id, settings)
    assert time.monotonic() - begin < within
    assert type(caught.value) is kind
    assert isinstance(caught.value, (WeightsMissingError, WeightsDamagedError))
    assert f"someone/{model_id}@55555555/model.safetensors" in caught.value.message
    assert not weights.is_cached(model_id, settings)
    return caught.value.message


@BOTH
@pytest.mark.parametrize("token", [None, "hf_a_token_of_the_test"])
def test_gated_says_where_to_accept_the_terms(client, settings, monkeypatch, model_id, token):
    if token:  # 403 instead of 401
        monkeypatch.setenv("HF_TOKEN", token)
    client.repos[f"someone/{model_id}"].gated = True
    assert "Accept its terms" in refusal(model_id, settings, HubGatedError)


@BOTH
def test_private_or_deleted_repository(client, settings, model_id):
    client.repos[f"someone/{model_id}"].private = True
    assert "no longer this repository" in refusal(model_id, settings, HubNotFoundError)


@BOTH
def test_missing_revision(client, settings, model_id):
    client.repos[f"someone/{model_id}"].revision = "6" * 40
    assert "no longer this revision" in refusal(model_id, settings, HubNotFoundError)


@BOTH
def test_missing_file(client, settings, model_id):
    client.repos[f"someone/{model_id}"] = Repo(REVISION, {})
    assert "no longer this file" in refusal(model_id, settings, HubNotFoundError)


@BOTH
@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, HubGatedError, "hf auth login"),
        (403, HubGatedError, "hf auth login"),
        (404, HubNotFoundError, "Update facestyle"),
        (429, HubUnreachableError, "HTTP status 429"),
        (500, HubUnreachableError, "HTTP status 500"),
        (503, HubUnreachableError, "HTTP status 503"),
    ],
)
def test_any_refusal_of_the_first_request(client, settings, model_id, status, kind, words):
    client.faults.status = status
    assert words in refusal(model_id, settings, kind)
    assert len(client.requests) == 1  # no long retries


@BOTH
@pytest.mark.parametrize("status", [401, 403, 404, 407, 451, 502])
def test_refusal_that_is_not_the_hubs_own_blames_the_network(client, settings, model_id, status):
    client.faults.status, client.faults.proxy = status, True
    assert f"HTTP status {status} without the Hub's own words" in refusal(model_id, settings, HubUnreachableError)


@BOTH
def test_refusal_between_head_and_get(client, settings, model_id):
    client.faults.status_of_get = 503
    assert "HTTP status 503" in refusal(model_id, settings, HubUnreachableError)


@BOTH
def test_refused_connection_is_known_at_once(nobody_there, settings, model_id):
    message = refusal(model_id, settings, HubUnreachableError)
    assert nobody_there in message
    assert "embedded models work" in message


@BOTH
def test_silent_hub_is_given_up_after_the_time_out(client, settings, model_id):
    client.faults.head_delay_s = 2 * RETRIES_S
    assert "Check the network" in refusal(model_id, settings, HubUnreachableError)
    assert len(client.requests) == 1


@BOTH
@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1", "http://[::1", "http://name.invalid"])
def test_impossible_endpoint(client, settings, monkeypatch, model_id, address):
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    message = refusal(model_id, settings, HubUnreachableError)
    assert address in message
    assert "HF_ENDPOINT" in message


@BOTH
def test_server_that_is_no_hub(client, settings, model_id):
    client.faults.plain_web_server = True
    assert "no Hugging Face Hub" in refusal(model_id, settings, HubUnreachableError)


@BOTH
def test_connection_that_breaks_goes_on_where_it_broke(client, settings, model_id):
    client.faults.cuts, client.faults.cut_after = 2, 100_000
    assert weights.load_tensors(model_id, settings)
    assert client.faults.cuts == 0
    parts = client.bodies()
    assert [part.range for part in parts[1:]] != [None] * len(parts[1:])
    assert client.sent < 1.5 * len(client.repos["someone/open"].files["model.safetensors"].read(0, 10**9))


@BOTH
def test_connection_that_always_breaks_is_given_up(client, settings, cache, monkeypatch, model_id):
    monkeypatch.setattr(time, "sleep", lambda _: None)  # the client waits a second before each of its attempts
    client.faults.cuts, client.faults.cut_after = 10**6, 0
    assert "Check the network" in refusal(model_id, settings, HubUnreachableError)
    assert cache.files() == []


@BOTH
def test_stalling_body_is_given_up(client, settings, cache, monkeypatch, model_id):
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.1)
    monkeypatch.setattr(ranges, "_PAUSE_S", 0)
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(seconds if seconds == 0.5 else 0))
    client.faults.chunk_delay_s = 0.5
    assert "Check the network" in refusal(model_id, settings, HubUnreachableError)
    assert cache.files() == []


@BOTH
def test_too_little_room_is_known_before_the_download(client, settings, cache, monkeypatch, model_id):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 1000, 1000))
    message = refusal(model_id, settings, DiskFullError)
    assert "Make room" in message
    needed, left = (float(number) for number in re.findall(r"([0-9.]+) MB", message))
    assert needed > left  # what is asked for counts the room that is left over
    assert client.sent <= ranges.CHUNK_BYTES // 16  # nothing, or a header
    assert cache.files() == []


@BOTH
def test_disk_that_fills_up_in_the_middle(client, settings, cache, tmp_path, monkeypatch, model_id):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if model_id == "open":
        monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    else:  # where the kernel says so of what it had taken already
        monkeypatch.setattr("os.fsync", full)
    assert "the disk is full" in refusal(model_id, settings, DiskFullError)
    assert cache.files() == []


@BOTH
def test_unwritable_cache(client, settings, cache, monkeypatch, model_id):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(cache.hub))

    # as root any folder can be written, so the refusal is made here
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr("os.makedirs", refuse)
    assert "FACESTYLE_CACHE_DIR" in refusal(model_id, settings, CacheUnwritableError)


@BOTH
def test_a_file_stands_where_the_cache_should_be(client, settings, tmp_path, monkeypatch, model_id):
    in_the_way = tmp_path / "in_the_way"
    in_the_way.write_bytes(b"")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(in_the_way / "hub"))
    elsewhere = settings.model_copy(update={"cache_dir": in_the_way / "own"})
    message = refusal(model_id, elsewhere, CacheUnwritableError)
    assert "Not a directory" in message
    assert "HF_HOME and FACESTYLE_CACHE_DIR" in message
    assert in_the_way.read_bytes() == b""
