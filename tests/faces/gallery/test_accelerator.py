"""Searching with the matrix product elsewhere. That it finds the same people the contract tests, see `driver`."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from facestyle.faces.gallery import MemoryGallery, SqliteGallery, index
from facestyle.faces.gallery.accelerator import Mirror, cuda_mirror
from facestyle.faces.gallery.base import EmbeddingSet, Record
from facestyle.faces.similarity import METRICS
from facestyle.settings import Settings
from tests.faces.gallery.conftest import MODEL, copy_here, vectors


class Noted(Mirror):
    """A copy that counts what it is asked."""

    def __init__(self):
        super().__init__(torch.device("cpu"))
        self.asked = 0

    def best(self, *arguments):
        self.asked += 1
        return super().best(*arguments)


def crowd(count, seed, per=1):
    rows = vectors(count * per, 16, seed=seed).reshape(count, per, 16)
    return [Record(f"{seed} {i}", (EmbeddingSet(**MODEL, vectors=row),)) for i, row in enumerate(rows)]


@pytest.fixture
def pair(path, monkeypatch):
    """The same people twice, once with a copy elsewhere, in chunks of 1,024 embeddings; and that copy."""
    monkeypatch.setattr(index, "LEAST_ROWS", 100)
    monkeypatch.setattr(index, "_CHUNK_BYTES", 4 * 16 * 1024)
    noted = Noted()
    with SqliteGallery(path, accelerate=lambda: noted) as copied, MemoryGallery() as plain:
        yield copied, plain, noted


def both(copied, plain, probes, top_k, metric, **options):
    found = [
        [[(m.name, m.distance) for m in matches] for matches in g.search(
            probes, metric=metric, top_k=top_k, **MODEL, **options
        )]
        for g in (copied, plain)
    ]  # fmt: skip
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_people_are_found_whatever_comes_and_goes(pair, metric):
    copied, plain, noted = pair
    probes = np.concatenate([vectors(5, 16, seed=1), vectors(3, 16, seed=2)])
    for gallery in (copied, plain):
        gallery.upsert(crowd(60, 2))
    both(copied, plain, probes, 5, metric)
    assert noted.asked == 0  # too few to be worth it
    for gallery in (copied, plain):
        gallery.upsert(crowd(3000, 3))
    both(copied, plain, probes, 5, metric)
    assert noted.asked > 3  # chunks
    for gallery in (copied, plain):
        gallery.upsert([*crowd(500, 4, per=3), *crowd(1, 5, per=400)])
    for top_k in (1, 100, 10_000):
        both(copied, plain, probes, top_k, metric)
    both(copied, plain, probes, 3, metric, mean=True)
    nearest = {matches[0][0] for matches in both(copied, plain, probes, 1, metric)}
    for gallery in (copied, plain):
        for name in nearest:
            gallery.remove(name)
    assert not nearest & {name for matches in both(copied, plain, probes, 5, metric) for name, _ in matches}
    assert both(copied, plain, probes[:0], 5, metric) == []


def test_somebody_with_more_embeddings_near_the_probe_than_are_fetched_hides_nobody(pair):
    copied, plain, noted = pair
    probe = vectors(1, 16, seed=9)
    swarm = probe + np.linspace(0.001, 0.002, 900, dtype=np.float32)[:, None]
    for gallery in (copied, plain):
        gallery.upsert([Record("Swarm", (EmbeddingSet(**MODEL, vectors=swarm),)), *crowd(900, 2)])
    (matches,) = both(copied, plain, probe, 5, "squared_euclidean")
    assert matches[0][0] == "Swarm"
    assert len(matches) == 5
    assert noted.asked > 0


def test_nothing_of_whoever_is_forgotten_stays_in_the_copy(pair):
    copied, plain, noted = pair
    for gallery in (copied, plain):
        gallery.upsert(crowd(200, 2))
    both(copied, plain, vectors(1, 16), 5, "cosine")
    gone = copied.embeddings_of("2 7", **MODEL)[0]
    assert any(bool((rows == torch.from_numpy(gone)).all(dim=1).any()) for rows, *_ in noted._tensors)
    copied.remove("2 7")
    assert not any(bool((rows == torch.from_numpy(gone)).all(dim=1).any()) for rows, *_ in noted._tensors)


def test_what_does_not_fit_is_searched_here(pair, monkeypatch, caplog):
    copied, plain, noted = pair
    for gallery in (copied, plain):
        gallery.upsert(crowd(200, 2))

    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch, "empty", full)
    for _ in range(2):
        both(copied, plain, vectors(1, 16), 5, "cosine")
    assert noted.asked == 0
    assert caplog.text.count("does not fit") == 1


def test_a_gpu_is_looked_for_only_where_it_can_be_of_use(monkeypatch):
    assert cuda_mirror(Settings(device="cpu")) is None
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert isinstance(cuda_mirror(Settings(device="auto")), Mirror)
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "high")
    assert cuda_mirror(Settings(device="auto")) is None  # its products would not be exact enough
    monkeypatch.undo()
    monkeypatch.delitem(sys.modules, "torch")
    assert cuda_mirror(Settings(device="auto")) is None
    assert "torch" not in sys.modules


def test_a_small_gallery_makes_no_copy(path):
    made = []
    with SqliteGallery(path, accelerate=lambda: made.append(1) or copy_here()) as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        gallery.search(vectors(1), metric="cosine", top_k=1, **MODEL)
    assert made == []
