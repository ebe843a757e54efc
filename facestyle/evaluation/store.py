"""Embeddings remembered between runs, so that a killed run goes on where it was and a second one takes seconds."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facestyle import weights
from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.faces.base import Detector, Embedder
from facestyle.settings import Settings

Embedding = npt.NDArray[np.float32] | None
"""A vector (D,), or None where no face was found."""


def maker_of(detector: Detector, embedder: Embedder, settings: Settings) -> str:
    """Everything that an embedding depends on besides the picture: both networks' files and versions, and settings."""
    parts = [f"{model.model}@{_files_of(model.model, settings)}/{model.version}" for model in (embedder, detector)]
    return "|".join([*parts, f"{settings.min_face_size}-{settings.detection_size}"])


def _files_of(model_id: str, settings: Settings) -> str:
    """Short sum over the sums and revisions of a model's files; empty for a model outside of the catalogue."""
    try:
        entry = weights.entry(model_id, settings)
    except UnknownModelError:
        return ""
    files = [file.model_dump_json() for file in entry.embedded] + ([entry.hub.model_dump_json()] if entry.hub else [])
    return hashlib.sha256("".join(files).encode()).hexdigest()[:12]


class EmbeddingStore:
    """Embeddings by content of the file and by everything that made them, in one SQLite file.

    May be read from several threads while another one writes.

    Args:
        path: The file; None keeps everything in memory.
        maker: What made the embeddings (`maker_of`); another maker's are never returned.

    Raises:
        InvalidRequestError: The file can't be made, or is no such file.
    """

    def __init__(self, path: Path | None, maker: str) -> None:
        self._path, self._maker = path, maker
        self._lock = threading.Lock()
        with self._named_errors():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path or ":memory:", check_same_thread=False)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS embedding (maker TEXT, file BLOB, vector BLOB, PRIMARY KEY (maker, file))"
            )

    def get(self, file: bytes) -> tuple[bool, Embedding]:
        """Whether the file with this SHA-256 was measured before, and its embedding."""
        with self._lock, self._named_errors():
            row = self._database.execute(
                "SELECT vector FROM embedding WHERE maker = ? AND file = ?", (self._maker, file)
            ).fetchone()
        if row is None:
            return False, None
        return True, None if row[0] is None else np.frombuffer(row[0], "<f4")

    def put(self, items: Iterable[tuple[bytes, Embedding]]) -> None:
        """Remembers embeddings, all of them or none."""
        rows = [(self._maker, key, None if v is None else v.astype("<f4").tobytes()) for key, v in items]
        with self._lock, self._named_errors(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise InvalidRequestError(
                f"The file of remembered embeddings {self._path} can't be used ({error}). Delete it, or measure "
                "without it (--no-cache)."
            ) from error
