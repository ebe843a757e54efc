"""From picture files to embeddings: each file decoded once, several at a time, and remembered between runs."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from facestyle import images
from facestyle.errors import ImageError, InvalidRequestError
from facestyle.evaluation.store import Embedding, EmbeddingStore, maker_of
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.results import RGB, Face
from facestyle.faces.service import CERTAIN
from facestyle.settings import Settings

_EMBED_AT_ONCE = 32
"""Chips in one pass; also how many pictures' work a killed run loses at most, besides those being read."""

_AHEAD = 64
"""How many pictures may be read and aligned before the embedding asks for them: bounds the memory."""


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


def embed_files(
    paths: Iterable[Path],
    detector: Detector,
    embedder: Embedder,
    *,
    cache: Path | None,
    settings: Settings,
    on_done: Callable[[int], None] = lambda _: None,
    on_known: Callable[[int], None] = lambda _: None,
) -> dict[Path, Embedding]:
    """Embeds the central face of every picture, each file read and decoded once.

    Args:
        paths: Picture files.
        detector: Finds the faces.
        embedder: Aligns and embeds them.
        cache: File of remembered embeddings; None: remember nothing.
        settings: For the decoder.
        on_done: Told how many pictures were finished since the last call.
        on_known: Told how many of them came from the cache.

    Raises:
        InvalidRequestError: A file can't be read, or the cache can't be used.
        ImageError: A file is no usable picture; the message names it.
    """
    maker = maker_of(detector, embedder, settings)
    result: dict[Path, Embedding] = {}
    with (
        closing(EmbeddingStore(cache, maker)) as store,
        closing(_prepared(paths, detector, embedder, store, settings)) as prepared,
    ):
        todo: list[tuple[Path, bytes, npt.NDArray[np.uint8] | None]] = []
        for path, key, known, vector, chip in prepared:
            if known:
                result[path] = vector
                on_known(1)
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
) -> Generator[Prepared]:
    """Reads, detects and aligns, a few pictures ahead of the embedding.

    One thread a core, each computing on that core alone: the many small tensors of detection gain nothing from being
    split over cores, whole pictures do.
    """

    def prepare(path: Path) -> Prepared:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InvalidRequestError(f"The picture {path} can't be read ({error.strerror}).") from error
        key = hashlib.sha256(data).digest()
        known, vector = store.get(key)
        if known:
            return path, key, True, vector, None
        try:
            image = images.decode(data, settings=settings)
        except ImageError as error:
            raise type(error)(f"{path}: {error.message}") from error
        face = central_face(detector.detect(image), image)
        return path, key, False, None, embedder.align(image, [face])[0] if face is not None else None

    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(workers, initializer=lambda: torch.set_num_threads(1)) as pool:
        pending: deque[Future[Prepared]] = deque()
        try:
            for path in paths:
                pending.append(pool.submit(prepare, path))
                if len(pending) == _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _embed(
    todo: list[tuple[Path, bytes, npt.NDArray[np.uint8] | None]], embedder: Embedder, store: EmbeddingStore
) -> dict[Path, Embedding]:
    chips = [chip for _, _, chip in todo if chip is not None]
    vectors = iter(embedder.embed(np.stack(chips))) if chips else iter(())
    found = [(path, key, next(vectors) if chip is not None else None) for path, key, chip in todo]
    store.put((key, vector) for _, key, vector in found)
    return {path: vector for path, _, vector in found}
