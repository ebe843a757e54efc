"""From picture files to embeddings: each file decoded once, several at a time, and remembered between runs."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from facestyle import images
from facestyle.errors import InvalidRequestError
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.results import RGB, Face
from facestyle.faces.service import CERTAIN
from facestyle.settings import Settings

Embedding = npt.NDArray[np.float32] | None
"""A vector (D,), or None where no face was found."""

_EMBED_AT_ONCE = 32


def central_face(faces: tuple[Face, ...], image: RGB) -> Face | None:
    """The face that a picture of Labeled Faces in the Wild is about: the certain one nearest to the centre.

    The data set's pictures are centred on their subject by construction (Huang et al. 2007), whoever else is in them.
    Where no face is certain the best guess counts.
    """
    height, width = image.shape[:2]
    candidates = [face for face in faces if face.score >= CERTAIN] or list(faces)
    if not candidates:
        return None
    return min(
        candidates,
        key=lambda face: (face.box.left + face.box.right - width) ** 2 + (face.box.top + face.box.bottom - height) ** 2,
    )


class EmbeddingStore:
    """Embeddings by content of the file and by everything that made them, in one SQLite file: runs can resume.

    Args:
        path: The file; None keeps everything in memory.
        maker: What made the embeddings (model, detector, their versions); another maker's are never returned.
    """

    def __init__(self, path: Path | None, maker: str) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._maker = maker
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS embedding (maker TEXT, file BLOB, vector BLOB, PRIMARY KEY (maker, file))"
        )

    def get(self, file: bytes) -> tuple[bool, Embedding]:
        """Whether the file with this SHA-256 was measured before, and its embedding."""
        row = self._database.execute(
            "SELECT vector FROM embedding WHERE maker = ? AND file = ?", (self._maker, file)
        ).fetchone()
        if row is None:
            return False, None
        return True, None if row[0] is None else np.frombuffer(row[0], "<f4")

    def put(self, items: Iterable[tuple[bytes, Embedding]]) -> None:
        """Remembers embeddings."""
        rows = [(self._maker, key, None if v is None else v.astype("<f4").tobytes()) for key, v in items]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def embed_files(
    paths: Iterable[Path],
    detector: Detector,
    embedder: Embedder,
    *,
    cache: Path | None,
    settings: Settings,
    on_done: Callable[[int], None] = lambda _: None,
) -> dict[Path, Embedding]:
    """Embeds the central face of every picture.

    Args:
        paths: Picture files.
        detector: Finds the faces.
        embedder: Aligns and embeds them.
        cache: File of remembered embeddings; None: remember nothing.
        settings: For the decoder.
        on_done: Told how many pictures were finished since the last call.

    Raises:
        InvalidRequestError: A picture can't be read.
    """
    maker = f"{embedder.model}/{detector.model}-{detector.version}/{embedder.version}"
    result: dict[Path, Embedding] = {}
    with closing(EmbeddingStore(cache, maker)) as store:
        todo: list[tuple[Path, bytes, npt.NDArray[np.uint8] | None]] = []
        for path, key, known, vector, chip in _prepared(paths, detector, embedder, store, settings):
            if known:
                result[path] = vector
                on_done(1)
                continue
            todo.append((path, key, chip))
            if len(todo) == _EMBED_AT_ONCE:
                result.update(_embed(todo, embedder, store))
                on_done(len(todo))
                todo = []
        result.update(_embed(todo, embedder, store))
        on_done(len(todo))
    return result


Prepared = tuple[Path, bytes, bool, Embedding, npt.NDArray[np.uint8] | None]


def _prepared(
    paths: Iterable[Path], detector: Detector, embedder: Embedder, store: EmbeddingStore, settings: Settings
) -> Iterator[Prepared]:
    """Reads, detects and aligns, a few pictures ahead of the embedding.

    One thread a core, each computing on that core alone: the many small tensors of detection gain nothing from being
    split over cores, whole pictures do.
    """
    lock = threading.Lock()

    def prepare(path: Path) -> Prepared:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InvalidRequestError(f"The picture {path} can't be read ({error.strerror}).") from error
        key = hashlib.sha256(data).digest()
        with lock:
            known, vector = store.get(key)
        if known:
            return path, key, True, vector, None
        image = images.decode(data, settings=settings)
        face = central_face(detector.detect(image), image)
        return path, key, False, None, embedder.align(image, [face])[0] if face is not None else None

    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(workers, initializer=lambda: torch.set_num_threads(1)) as pool:
        yield from pool.map(prepare, paths)


def _embed(
    todo: list[tuple[Path, bytes, npt.NDArray[np.uint8] | None]], embedder: Embedder, store: EmbeddingStore
) -> dict[Path, Embedding]:
    chips = [chip for _, _, chip in todo if chip is not None]
    vectors = iter(embedder.embed(np.stack(chips))) if chips else iter(())
    found = [(path, key, next(vectors) if chip is not None else None) for path, key, chip in todo]
    store.put((key, vector) for _, key, vector in found)
    return {path: vector for path, _, vector in found}
