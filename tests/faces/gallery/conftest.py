from __future__ import annotations

import platform
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle.faces.gallery import Gallery, MemoryGallery, SqliteGallery, index
from facestyle.faces.gallery.accelerator import Mirror
from facestyle.faces.gallery.milvus import MilvusGallery
from facestyle.faces.results import Consent
from tests.faces.gallery.milvus_server import TOKEN, running_server

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONSENT = Consent("I agree to be recognised here.", "2026-11", datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
MODEL = {"model": "resnet", "preprocessing": "mtcnn-1"}


def vectors(count: int, dimension: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)


def copy_here() -> Mirror:
    """What a search on a GPU works with, on this processor."""
    return Mirror(torch.device("cpu"))


class FakeClock:
    """Tells whatever time it is set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


SLOW = pytest.mark.slow


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, object]]:
    """How to reach a real standalone server on this machine: `address`, `token`, `authority`."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the package that carries a Milvus server exists for Linux on x86_64 only")
    with running_server() as found:
        yield {
            "address": f"https://localhost:{found['port']}",
            "token": TOKEN,
            "authority": Path(found["authority"]),
        }


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        "sqlite and a copy",
        pytest.param("milvus lite", marks=SLOW),
        pytest.param("milvus server", marks=SLOW),
    ]
)
def driver(request) -> str:
    """Which store is under test."""
    return request.param


@pytest.fixture
def on_server(request) -> Iterator[Callable[..., Gallery]]:
    """Opens a gallery on the server; its namespace, by default a new one, is emptied afterwards."""
    opened: list[Gallery] = []
    used: set[str] = set()

    def make(namespace: str | None = None, **options) -> Gallery:
        namespace = uuid.uuid4().hex if namespace is None else namespace
        opened.append(MilvusGallery(**request.getfixturevalue("server"), namespace=namespace, **options))
        used.add(namespace)
        return opened[-1]

    yield make
    for gallery in opened:
        gallery.close()
    for namespace in used:
        with MilvusGallery(**request.getfixturevalue("server"), namespace=namespace) as gallery:
            gallery.clear()


@pytest.fixture
def new_gallery(driver, tmp_path, on_server, monkeypatch) -> Iterator[Callable[..., Gallery]]:
    """Makes one more empty gallery of the kind under test."""
    made: list[Gallery] = []
    if driver == "sqlite and a copy":  # as on a GPU
        monkeypatch.setattr(index, "LEAST_ROWS", 1)

    def make(**options) -> Gallery:
        if driver == "memory":
            made.append(MemoryGallery(**options))
        elif driver == "sqlite":
            made.append(SqliteGallery(tmp_path / f"{len(made)}.sqlite", **options))
        elif driver == "sqlite and a copy":
            made.append(SqliteGallery(tmp_path / f"{len(made)}.sqlite", accelerate=copy_here, **options))
        elif driver == "milvus server":
            made.append(on_server(**options))
        else:
            made.append(MilvusGallery(str(tmp_path / f"{len(made)}.db"), **options))
        return made[-1]

    yield make
    for gallery in made:
        gallery.close()


@pytest.fixture
def timed(new_gallery) -> tuple[Gallery, FakeClock]:
    """A gallery that keeps people for 30 days, and its clock."""
    clock = FakeClock()
    return new_gallery(retention=timedelta(days=30), clock=clock), clock


@pytest.fixture
def open_namespace(driver, tmp_path, on_server) -> Iterator[Callable[[str], Gallery]]:
    """Opens a namespace of one store."""
    if driver in {"memory", "sqlite and a copy"}:
        driver = "sqlite"  # each gallery in memory is a store of its own
    opened: list[Gallery] = []

    def make(namespace: str, **options) -> Gallery:
        if driver == "sqlite":
            opened.append(SqliteGallery(tmp_path / "shared.sqlite", namespace=namespace, **options))
        elif driver == "milvus server":
            opened.append(on_server(namespace, **options))
        else:
            opened.append(MilvusGallery(str(tmp_path / "shared.db"), namespace=namespace, **options))
        return opened[-1]

    yield make
    for gallery in opened:
        gallery.clear()
    for gallery in opened:
        gallery.close()


@pytest.fixture
def in_namespaces(open_namespace) -> tuple[Gallery, Gallery]:
    """Two namespaces of one store."""
    return open_namespace("session one"), open_namespace("session two")


@pytest.fixture
def gallery(new_gallery) -> Gallery:
    return new_gallery()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gallery.sqlite"


@pytest.fixture
def on_disk(path) -> Iterator[SqliteGallery]:
    with SqliteGallery(path) as opened:
        yield opened
