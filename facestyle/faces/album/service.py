"""From the files of an album to its faces by person."""

from __future__ import annotations

import io
import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import torch
from PIL import Image

from facestyle import images
from facestyle.errors import AlbumTooLargeError, FacestyleError, NoFaceError
from facestyle.faces.album.results import AlbumFace, AlbumGroup, AlbumProgress, AlbumResult
from facestyle.faces.clustering import Method, group_embeddings
from facestyle.faces.clustering.grouping import check
from facestyle.faces.results import RGB, Face
from facestyle.faces.service import FaceService
from facestyle.images.albums import Album, Entry, Limits, Skipped

_EMBED_AT_ONCE = 32
_THUMBNAIL_QUALITY = 85

_Found = tuple[Entry, list[tuple[Face, RGB]] | Skipped]
"""A file with its faces and their chips, or with why there are none."""


def group_album(
    service: FaceService,
    paths: Iterable[str | os.PathLike[str]],
    *,
    method: Method = "linkage",
    k: int | None = None,
    same_photo: bool = False,
    seed: int = 0,
    deadline: float | None = None,
) -> Generator[AlbumProgress]:
    """Finds the faces of all pictures and groups them by person.

    A picture that can't be read or shows no face is listed and doesn't stop the rest. Closing the generator stops the
    work within a picture or, at the end, within the grouping; nothing is written to disk.

    Args:
        service: Detector, embedder and threshold.
        paths: Pictures, folders and zip archives.
        method: See `group_embeddings`.
        k: Likewise.
        same_photo: Whether one photo may show a person twice, as in a collage.
        seed: Of K-means.
        deadline: Seconds after which no picture but the first is begun; what was found until then is grouped.

    Yields:
        Progress after each picture; the last one carries the result.

    Raises:
        InvalidRequestError: Method and K don't fit together, or K is more than there are faces.
        AlbumError: There is nothing to look at, or the only archive can't be used.
        NoFaceError: No picture shows a face.
    """
    check(method, k)
    began = time.monotonic()
    with Album(paths, Limits.of(service.settings)) as album:
        work = _Work(service, list(album.skipped))
        total = len(album.entries)
        yield AlbumProgress(0, total, 0, 0.0, None)
        entries = _until(album, work, began, deadline)
        with closing(_looked_at(service, album, entries)) as looked_at:
            for done, (entry, found) in enumerate(looked_at, 1):
                work.add(entry, found)
                seconds = time.monotonic() - began
                yield AlbumProgress(done, total, work.count, seconds, seconds / done * (total - done))
    work.embed()
    yield AlbumProgress(total, total, work.count, time.monotonic() - began, None)
    result = _grouped(work, method, k, same_photo=same_photo, seed=seed, began=began)
    yield AlbumProgress(total, total, work.count, result.seconds, 0.0, result)


@dataclass
class _Work:
    """What was found so far."""

    service: FaceService
    skipped: list[Skipped]
    faces: list[AlbumFace] = field(default_factory=list)
    waiting: list[tuple[int, str, Face, RGB]] = field(default_factory=list)
    pictures: int = 0

    @property
    def count(self) -> int:
        return len(self.faces) + len(self.waiting)

    @property
    def is_full(self) -> bool:
        return self.count >= self.service.settings.max_album_faces

    def add(self, entry: Entry, found: list[tuple[Face, RGB]] | Skipped) -> None:
        if isinstance(found, Skipped):
            self.skipped.append(found)
            self.pictures += found.code == NoFaceError.code
            return
        room = self.service.settings.max_album_faces - self.count
        self.waiting += [(self.pictures, entry.name, face, chip) for face, chip in found[: max(0, room)]]
        self.pictures += 1
        if len(found) > room:
            self.leave_out(entry)
        if len(self.waiting) >= _EMBED_AT_ONCE:
            self.embed()

    def leave_out(self, entry: Entry) -> None:
        most = self.service.settings.max_album_faces
        error = AlbumTooLargeError(f"An album may have {most:,} faces; the rest were left out. Divide the album.")
        self.skipped.append(Skipped.because(entry.name, error))

    def embed(self) -> None:
        if not self.waiting:
            return
        vectors = self.service.embedder.embed(np.stack([chip for *_, chip in self.waiting]))
        for (picture, name, face, chip), vector in zip(self.waiting, vectors, strict=True):
            # a copy: a row of the batch would keep the whole batch
            self.faces.append(AlbumFace(picture, name, face, np.array(vector), _jpeg(chip)))
        self.waiting.clear()


def _until(album: Album, work: _Work, began: float, deadline: float | None) -> Iterator[Entry]:
    """The entries until time is up or the album is full, then one line about the rest."""
    for number, entry in enumerate(album.entries):
        late = deadline is not None and number > 0 and time.monotonic() - began > deadline
        if late or work.is_full:
            left = len(album.entries) - number
            why = "Time is up" if late else f"An album may have {work.service.settings.max_album_faces:,} faces"
            reason = f"{why}: {left:,} pictures were not looked at. Divide the album."
            work.skipped.append(Skipped("…", AlbumTooLargeError.code, reason))
            return
        yield entry


def _looked_at(service: FaceService, album: Album, entries: Iterator[Entry]) -> Generator[_Found]:
    """Detects and aligns on one thread a core, a few pictures ahead of the embedding; in order.

    Files are read one after the other, so that what an album may unpack to is charged in its order.
    """

    def look(entry: Entry, data: bytes) -> _Found:
        try:
            image = images.decode(data, settings=service.settings)
            faces = service.detect_in(image)
            if not faces:
                return entry, Skipped(entry.name, NoFaceError.code, "No face was found in it.")
            return entry, list(zip(faces, service.embedder.align(image, faces), strict=True))
        except FacestyleError as error:
            return entry, Skipped.because(entry.name, error)

    def begin(pool: ThreadPoolExecutor, entry: Entry) -> Future[_Found]:
        try:
            return pool.submit(look, entry, album.read(entry))
        except FacestyleError as error:
            failed: Future[_Found] = Future()
            failed.set_result((entry, Skipped.because(entry.name, error)))
            return failed

    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ThreadPoolExecutor(workers, initializer=lambda: torch.set_num_threads(1))
    try:
        running = deque(begin(pool, entry) for entry in islice(entries, workers + 1))
        while running:
            yield running.popleft().result()
            running.extend(begin(pool, entry) for entry in islice(entries, 1))
    finally:
        pool.shutdown(cancel_futures=True)


def _grouped(work: _Work, method: Method, k: int | None, *, same_photo: bool, seed: int, began: float) -> AlbumResult:
    service, faces = work.service, work.faces
    if not faces:
        raise NoFaceError("No face was found in any of the pictures. Add photos that show faces from the front.")
    clustering = group_embeddings(
        np.stack([face.embedding for face in faces]),
        metric=service.metric,
        tau=service.default_tau,
        photos=None if same_photo else [face.picture for face in faces],
        method=method,
        k=k,
        seed=seed,
    )
    return AlbumResult(
        faces=tuple(faces),
        groups=tuple(AlbumGroup(cluster.members, cluster.medoid) for cluster in clustering.clusters),
        not_grouped=clustering.not_grouped,
        skipped=tuple(work.skipped),
        pictures=work.pictures,
        method=method,
        silhouette=clustering.silhouette,
        metric=service.metric,
        model=service.model,
        preprocessing=service.preprocessing,
        seconds=time.monotonic() - began,
    )


def embeddings_of(result: AlbumResult, positions: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """(N, D) the embeddings of some faces."""
    return np.stack([result.faces[position].embedding for position in positions])


def _jpeg(chip: RGB) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(chip).save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY)
    return buffer.getvalue()
