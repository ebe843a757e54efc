"""The gallery's search beside others, in one run: time for a probe and for a batch, recall, memory, reopening.

    python benchmarks/gallery.py [--rows 1000000] [--dimension 128] [--json FILE]

All search the same unit vectors for the five nearest of the same probes, in turn, so that a busy machine slows all
alike. "Nearest" is decided by distances in float64. Beside the gallery:

* facestyle cuda: the same gallery with its matrix product on a GPU. Only where there is one.
* numpy: the matrix product and a partition alone, without names, ties, or anything kept on a disk.
* faiss: `IndexFlatL2`, exact; and `IndexHNSWFlat` (M 32), approximate. Only if faiss-cpu is installed.
* norm: `numpy.linalg.norm(known - probe, axis=1)`, as `face_recognition.face_distance` does.
* loop: one distance after another in Python, as `deepface.DeepFace.find` does over its table.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.process import resident
from facestyle.faces.gallery import EmbeddingSet, Record, SqliteGallery
from facestyle.faces.gallery.accelerator import cuda_mirror
from facestyle.settings import Settings

TOP = 5
BATCH = 32
MODEL = {"model": "benchmark", "preprocessing": "1"}
LOOP_ROWS = 20_000
"""The loop is timed over so many rows, and its time is multiplied."""

Search = Callable[[np.ndarray], np.ndarray]
"""Probes (M, D) -> the rows of the nearest (M, TOP)."""


def unit_vectors(rng: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    vectors = rng.standard_normal((rows, dimension), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def fill(path: Path, vectors: np.ndarray) -> float:
    """Rows a second."""
    start = time.perf_counter()
    with SqliteGallery(path) as gallery:
        for begin in range(0, len(vectors), 20_000):
            block = vectors[begin : begin + 20_000]
            gallery.upsert(
                [Record(str(begin + i), (EmbeddingSet(**MODEL, vectors=block[i : i + 1]),)) for i in range(len(block))]
            )
    return len(vectors) / (time.perf_counter() - start)


def truth(vectors: np.ndarray, probes: np.ndarray) -> np.ndarray:
    nearest = []
    for probe in probes.astype(np.float64):
        apart = np.concatenate(
            [np.square(vectors[i : i + 50_000] - probe).sum(axis=1) for i in range(0, len(vectors), 50_000)]
        )
        nearest.append(np.argsort(apart, kind="stable")[:TOP])
    return np.array(nearest)


def searching(gallery: SqliteGallery) -> Search:
    def ours(probes: np.ndarray) -> np.ndarray:
        found = gallery.search(probes, metric="squared_euclidean", top_k=TOP, **MODEL)
        return np.array([[int(match.name) for match in matches] for matches in found])

    return ours


def on_cuda(path: Path) -> SqliteGallery | None:
    import torch

    if not torch.cuda.is_available():
        return None
    return SqliteGallery(path, accelerate=lambda: cuda_mirror(Settings(device="cuda")))


def contenders(vectors: np.ndarray, gallery: SqliteGallery, copied: SqliteGallery | None) -> dict[str, Search]:
    half_norms = np.einsum("nd,nd->n", vectors, vectors) / 2

    def product(probes: np.ndarray) -> np.ndarray:
        scores = probes @ vectors.T - half_norms
        best = np.argpartition(scores, -TOP, axis=1)[:, -TOP:]
        return np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1), 1)

    def norm(probes: np.ndarray) -> np.ndarray:
        return np.array([np.argsort(np.linalg.norm(vectors - probe, axis=1))[:TOP] for probe in probes])

    def loop(probes: np.ndarray) -> np.ndarray:
        part = vectors[:LOOP_ROWS]
        return np.array([np.argsort([float(np.sqrt(np.sum((v - p) ** 2))) for v in part])[:TOP] for p in probes])

    found: dict[str, Search] = {"facestyle": searching(gallery), "numpy": product, "norm": norm, "loop": loop}
    if copied is not None:
        found["facestyle cuda"] = searching(copied)
        found["facestyle cuda"](vectors[:1])  # reads the file and fills the GPU
    if importlib.util.find_spec("faiss"):
        import faiss

        flat = faiss.IndexFlatL2(vectors.shape[1])
        flat.add(vectors)
        found["faiss flat"] = lambda probes: flat.search(probes, TOP)[1]
        if len(vectors) <= 200_000:  # building takes minutes beyond
            graph = faiss.IndexHNSWFlat(vectors.shape[1], 32)
            graph.add(vectors)
            found["faiss hnsw"] = lambda probes: graph.search(probes, TOP)[1]
    return found


def measure(rows: int, dimension: int, rounds: int) -> dict[str, object]:
    rng = np.random.default_rng(0)
    vectors = unit_vectors(rng, rows, dimension)
    probes = unit_vectors(rng, BATCH, dimension)
    nearest = truth(vectors, probes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gallery.sqlite"
        inserted = fill(path, vectors)
        held = resident()
        start = time.perf_counter()
        with SqliteGallery(path) as gallery:
            gallery.search(probes[:1], metric="squared_euclidean", top_k=TOP, **MODEL)
            reopened = time.perf_counter() - start
            memory = (resident() - held) / vectors.nbytes
            copied = on_cuda(path)
            results = compare(contenders(vectors, gallery, copied), probes, nearest, rounds, rows)
            if copied is not None:
                copied.close()
        size = path.stat().st_size / 2**20
    return {
        "rows": rows,
        "dimension": dimension,
        "inserted_per_s": inserted,
        "reopened_s": reopened,
        "memory_share": memory,
        "file_mib": size,
        "searches": results,
    }


def compare(
    searches: dict[str, Search], probes: np.ndarray, nearest: np.ndarray, rounds: int, rows: int
) -> dict[str, dict[str, float]]:
    """Turn by turn; the slow ones once, and without a batch."""
    slow = {"norm", "loop"}
    ones: dict[str, list[float]] = {name: [] for name in searches}
    batches: dict[str, list[float]] = {name: [] for name in searches}
    recalls: dict[str, float] = {}
    for turn in range(rounds):
        for name, search in searches.items():
            if turn and name in slow:
                continue
            start = time.perf_counter()
            found = search(probes[turn : turn + 1])
            ones[name].append(time.perf_counter() - start)
            if name in slow:
                recalls[name] = recall(found, nearest[turn : turn + 1])
            elif turn % 5 == 0:
                start = time.perf_counter()
                found = search(probes)
                batches[name].append(time.perf_counter() - start)
                recalls[name] = recall(found, nearest)
    if rows > LOOP_ROWS:
        ones["loop"] = [seconds * rows / LOOP_ROWS for seconds in ones["loop"]]
        recalls["loop"] = float("nan")
    return {
        name: {
            "one_ms": 1e3 * statistics.median(ones[name]),
            "one_best_ms": 1e3 * min(ones[name]),
            "batch_ms": 1e3 * statistics.median(batches[name]) if batches[name] else float("nan"),
            "batch_best_ms": 1e3 * min(batches[name]) if batches[name] else float("nan"),
            "recall": recalls[name],
        }
        for name in searches
    }


def recall(found: np.ndarray, nearest: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / TOP for a, b in zip(found.tolist(), nearest.tolist(), strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    runs = []
    for rows in options.rows:
        run = measure(rows, options.dimension, min(options.rounds, BATCH))
        runs.append(run)
        print(
            f"\n{rows} x {options.dimension}: {run['inserted_per_s']:.0f} rows/s in, {run['file_mib']:.0f} MiB on disk,"
            f" reopened in {run['reopened_s']:.2f} s, {run['memory_share']:.2f} times the raw vectors in memory"
        )
        print(
            "| search | one probe: median (best), ms | batch of 32: median (best), ms | recall@5 |\n|---|---|---|---|"
        )
        searches: dict[str, dict[str, float]] = run["searches"]  # type: ignore[assignment]
        for name, row in searches.items():
            print(
                f"| {name} | {row['one_ms']:.2f} ({row['one_best_ms']:.2f}) |"
                f" {row['batch_ms']:.1f} ({row['batch_best_ms']:.1f}) | {row['recall']:.3f} |"
            )
    if options.json:
        options.json.write_text(json.dumps(runs, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
