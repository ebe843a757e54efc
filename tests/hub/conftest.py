"""A loopback Hub with three models, a catalogue that names them, and the client turned to it."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from facestyle.settings import Settings
from tests.hub.server import Blob, Hub, Repo

REVISION = "5" * 40

_ENTRY = """
[[model]]
id = "{id}"
title = "{title}"
role = "style_features"
architecture = "tiny"
licence = "MIT"
credit = "nobody"
source = "nowhere"
verified = "schema"
input = {{ size = 0, channels = "RGB", scaling = "x" }}
output = {{ kind = "features" }}
[model.hub]
repo = "{repo}"
revision = "{revision}"
files = [{{ name = "model.safetensors", {facts} }}]
{more}
"""


def tensors() -> dict[str, torch.Tensor]:
    """About 1.3 MB. In a file they stand sorted by name, so what lies between two wanted ones is unwanted."""
    generator = torch.Generator().manual_seed(3)
    sizes = {"features.0": 40_000, "features.30": 90_000, "features.7": 50_000, "head.fc": 150_000}
    return {f"{name}.weight": torch.randn(size, generator=generator) for name, size in sizes.items()}


WANTED = ("features.0.", "features.7.")
DATA = save(tensors())
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def hub():
    """The Hub; its repositories hold the same file."""
    repos = {f"someone/{name}": Repo(REVISION, {"model.safetensors": Blob(DATA)}) for name in ("pinned", "open", "big")}
    with Hub(repos=repos) as running:
        yield running


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A catalogue of three: `pinned` by its SHA-256, `open` by its commit only, `big` with only some tensors in use."""
    folder = tmp_path / "weights"
    folder.mkdir()
    exact = f'sha256 = "{SHA256}", bytes = {len(DATA)}'
    about = "about_bytes = 1_300_000"
    chosen = f"tensors = {list(WANTED)}\nabout_tensors_bytes = 360_000".replace("'", '"')
    rows = [("pinned", exact, ""), ("open", about, ""), ("big", about, chosen)]
    text = "".join(
        _ENTRY.format(id=name, title=name.title(), repo=f"someone/{name}", revision=REVISION, facts=facts, more=more)
        for name, facts, more in rows
    )
    (folder / "catalog.toml").write_text(text, "utf-8")
    return Settings(weights_dir=folder, cache_dir=tmp_path / "own", hub_timeout_s=1)


@pytest.fixture
def client(hub, settings, tmp_path, monkeypatch):
    """Turns huggingface_hub, in this process, to the loopback Hub and to an empty cache.

    HF_ENDPOINT and the others are read when huggingface_hub is imported, which happened long ago in this process; but
    the client looks these constants up anew in each call. `test_processes.py` sets the real variables, in processes of
    its own: exact, but two seconds of imports for each.
    """
    # Imported late: pytest may read this file before the suite has set HF_HUB_OFFLINE.
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return hub


@pytest.fixture
def nobody_there(client, monkeypatch) -> str:
    """An address that refuses connections."""
    from huggingface_hub import constants

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    return address


@dataclass(frozen=True)
class Cache:
    """The two caches on disk."""

    hub: Path
    own: Path

    def files(self) -> list[str]:
        """Names of all files but locks, of both caches."""
        found = [path for folder in (self.hub, self.own) for path in folder.rglob("*") if not path.is_dir()]
        return sorted(path.name for path in found if path.suffix != ".lock" and path.name != "CACHEDIR.TAG")


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "hub", tmp_path / "own")


@pytest.fixture
def start(settings, tmp_path):
    """Starts `python -m facestyle ...` with the real environment variables; give it HF_ENDPOINT."""

    def _start(*arguments: str, endpoint: str, **variables: str) -> subprocess.Popen[str]:
        environment = os.environ | {
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_OFFLINE": "0",
            "FACESTYLE_WEIGHTS_DIR": str(settings.weights_dir),
            "FACESTYLE_CACHE_DIR": str(settings.cache_dir),
        }
        command = [sys.executable, "-m", "facestyle", *arguments]
        return subprocess.Popen(
            command, env=environment | variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    return _start
