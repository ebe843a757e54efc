from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from facestyle.faces.gallery import Gallery, MemoryGallery, SqliteGallery

MODEL = {"model": "resnet", "preprocessing": "mtcnn-1"}


def vectors(count: int, dimension: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)


@pytest.fixture(params=["memory", "sqlite"])
def new_gallery(request, tmp_path) -> Iterator[Callable[[], Gallery]]:
    """Makes one more empty gallery of the kind under test."""
    made: list[Gallery] = []

    def make() -> Gallery:
        made.append(MemoryGallery() if request.param == "memory" else SqliteGallery(tmp_path / f"{len(made)}.sqlite"))
        return made[-1]

    yield make
    for gallery in made:
        gallery.close()


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
