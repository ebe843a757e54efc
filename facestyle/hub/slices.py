"""A few tensors of a large safetensors file, without the rest of it.

The Hub's file is read in ranges: its header, then the bytes of the wanted tensors. They become a safetensors file of
their own in the project's cache, beside a record of its SHA-256 that each later load is checked against. The Hub's sum
covers the whole file, so it says nothing about a part: what came over the network is protected by TLS, by the commit
hash, and by the tensors' names and shapes; where the catalogue gives the slice's own sum, by that too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # re-exported, but not declared so

from facestyle.errors import WeightsDamagedError
from facestyle.files import replacing
from facestyle.hub import files, layout, records
from facestyle.hub.failures import EXPECTED, named
from facestyle.hub.progress import DownloadBar, check_cancelled
from facestyle.hub.ranges import CHUNK_BYTES, RangeIgnoredError, RangeReader
from facestyle.hub.remote import RemoteFile
from facestyle.settings import Settings

_FIRST_BYTES = 1 << 16
"""Read at once in the hope that the header fits: saves a request, costs little."""

_Read = Callable[[int, int], Iterator[bytes]]


class _OtherSumError(WeightsDamagedError):
    """The slice is not the pinned one: worth a second try."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some tensors of a file.

    Attributes:
        file: The whole file.
        tensors: Prefixes of the names of the wanted tensors; each must fit at least one.
        sha256: SHA-256 (hex) of the file that they make, if it is known beforehand.
    """

    file: RemoteFile
    tensors: tuple[str, ...]
    sha256: str | None = None

    @property
    def stem(self) -> str:
        """Name of its file in the cache, without ending: other tensors, another name."""
        selection = hashlib.sha256("\n".join(sorted(self.tensors)).encode()).hexdigest()[:12]
        return f"{self.file.name.replace('/', '--').removesuffix('.safetensors')}-{selection}"


def cached(part: Slice, settings: Settings) -> Path | None:
    """The slice in the project's cache, unchecked; None if it or its record isn't there."""
    path = _path(part, settings)
    return path if path.is_file() and expected_sum(part, settings) else None


def expected_sum(part: Slice, settings: Settings) -> str | None:
    """What the slice's SHA-256 must be: the pinned one, else the recorded one."""
    record = records.load(_record_path(part, settings))
    return part.sha256 or (record.sha256 if record else None)


def discard(part: Slice, settings: Settings) -> None:
    """Deletes a slice and its record."""
    for path in (_path(part, settings), _record_path(part, settings)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def download(part: Slice, settings: Settings, bar: type[DownloadBar]) -> Path:
    """Fetches a slice.

    It is cut from the whole file where that is in huggingface_hub's cache already, or where the server has no Range and
    the whole file must be fetched. A second process or thread that asks for the same slice waits and takes the result.

    Args:
        part: Which tensors of which file.
        settings: Time-out and cache folder.
        bar: From `bar_class`.

    Returns:
        Where it is, with its record beside it.

    Raises:
        WeightsError: A named reason why it can't be had.
        WeightsDamagedError: The file is no safetensors file, has no such tensors, or its slice is not the pinned one.
    """
    check_cancelled(bar.cancel, bar.title)
    path = _path(part, settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(path.with_suffix(".lock")):
            if cached(part, settings) is None:
                try:
                    _make(part, settings, bar)
                except _OtherSumError:
                    _make(part, settings, bar)
    except EXPECTED as error:
        raise named(error, part.file.where) from error
    return path


def _make(part: Slice, settings: Settings, bar: type[DownloadBar]) -> None:
    whole = files.cached(part.file)
    if whole is None:
        known = files.metadata(part.file, settings)
        reader = RangeReader(part.file, known.bytes)
        try:
            _cut(part, reader.read, settings, bar)
            return
        except RangeIgnoredError:
            whole = files.download(part.file, settings, bar, known)
    elif files.expected_sum(part.file, whole, settings) not in {None, *files.file_sums(whole)}:
        files.discard(whole)
        whole = files.download(part.file, settings, bar)
    _cut(part, _local(whole), settings, None)


def _cut(part: Slice, read: _Read, settings: Settings, bar: type[DownloadBar] | None) -> None:
    where = part.file.where
    try:
        offset, wanted = _wanted(read, part.tensors)
    except ValueError as error:
        raise WeightsDamagedError(f"{where} is not the expected safetensors file: {error}. It was not used.") from error
    header = layout.make_header(wanted)
    size = sum(place.end - place.start for place in wanted)
    path = _path(part, settings)
    files.need_room(size, path.parent, where)
    with replacing(path) as stream:
        digest = hashlib.sha256(header)
        stream.write(header)
        for chunk in _bytes(read, offset, wanted, bar, size):
            digest.update(chunk)
            stream.write(chunk)
        if stream.tell() != len(header) + size:
            raise WeightsDamagedError(f"{where} ends before its tensors do. It was not used.")
        found = digest.hexdigest()
        if part.sha256 not in {None, found}:
            raise _OtherSumError(
                f"The tensors of {where} arrived damaged: the SHA-256 of their slice is {found}, expected "
                f"{part.sha256}. They were deleted. Try again."
            )
        # The record first: a slice without its record counts as absent, a record without its slice is harmless.
        records.save(_record_path(part, settings), records.Record(sha256=found, bytes=len(header) + size))


def _bytes(
    read: _Read, offset: int, wanted: Sequence[layout.TensorPlace], bar: type[DownloadBar] | None, size: int
) -> Iterator[bytes]:
    shown = bar(total=size) if bar else None
    try:
        for start, end in layout.ranges(wanted):
            for chunk in read(offset + start, offset + end):
                if shown is not None:
                    shown.update(len(chunk))
                yield chunk
    finally:
        if shown is not None:
            shown.close()


def _wanted(read: _Read, prefixes: tuple[str, ...]) -> tuple[int, list[layout.TensorPlace]]:
    """Where the tensors begin, and the wanted ones; ValueError if the file is malformed or lacks some."""
    head = b"".join(read(0, _FIRST_BYTES))
    length = layout.header_bytes(head)
    if len(head) < length:
        head += b"".join(read(len(head), length))
    wanted = [place for place in layout.parse(head) if place.name.startswith(prefixes)]
    for prefix in prefixes:
        if not any(place.name.startswith(prefix) for place in wanted):
            raise ValueError(f"no tensor {prefix}")
    return length, wanted


def _local(path: Path) -> _Read:
    def read(start: int, end: int) -> Iterator[bytes]:
        with path.open("rb") as stream:
            stream.seek(start)
            while start < end and (chunk := stream.read(min(CHUNK_BYTES, end - start))):
                start += len(chunk)
                yield chunk

    return read


def _path(part: Slice, settings: Settings) -> Path:
    return records.folder(part.file, settings) / f"{part.stem}.safetensors"


def _record_path(part: Slice, settings: Settings) -> Path:
    return _path(part, settings).with_suffix(".json")
