"""Where a catalogue entry's files come from, behind one protocol: `weights/`, the Hub, or a slice of a Hub file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from facestyle.errors import WeightsDamagedError, WeightsError, WeightsMissingError
from facestyle.hub import RemoteFile, files, records, slices
from facestyle.hub.progress import DownloadBar
from facestyle.settings import Settings
from facestyle.weights.schema import ModelEntry, WeightFile

log = logging.getLogger(__name__)

_RESTORE = "Restore it from the project's repository or run weights/convert.py."


class Source(Protocol):
    """One file of a model."""

    @property
    def pinned(self) -> bool:
        """Whether the catalogue itself gives the file's SHA-256."""

    def find(self) -> Path | None:
        """Where it is on this computer, unchecked; makes no request."""

    def expected(self, path: Path) -> str | None:
        """The SHA-256 that it must have; None if nobody has recorded any."""

    def read(self, bar: type[DownloadBar]) -> tuple[Path, bytes]:
        """Its checked contents, downloaded if need be.

        Raises:
            WeightsMissingError: It is nowhere to be had; the children say why.
            WeightsDamagedError: It is not what it must be, even after a second download.
        """


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file that comes with the project."""

    folder: Path
    file: WeightFile

    pinned = True

    def find(self) -> Path | None:
        """See `Source`."""
        path = self.folder / self.file.name
        return path if path.is_file() else None

    def expected(self, path: Path) -> str:
        """See `Source`."""
        return self.file.sha256

    def read(self, bar: type[DownloadBar]) -> tuple[Path, bytes]:
        """See `Source`."""
        path = self.folder / self.file.name
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise WeightsMissingError(
                f"The weight file {path} is missing ({self.file.bytes:,} bytes expected). {_RESTORE}"
            ) from error
        except OSError as error:
            raise WeightsMissingError(f"The weight file {path} can't be read ({error.strerror}). {_RESTORE}") from error
        if len(data) != self.file.bytes:
            raise WeightsDamagedError(
                f"The weight file {path} has {len(data):,} bytes, expected {self.file.bytes:,}: it is truncated or "
                f"altered. {_RESTORE}"
            )
        found = hashlib.sha256(data).hexdigest()
        if found != self.file.sha256:
            raise WeightsDamagedError(
                f"The weight file {path} is altered: its SHA-256 is {found}, expected {self.file.sha256}. {_RESTORE}"
            )
        return path, data


class _Downloaded:
    """What the two kinds of downloaded files share: a damaged one is deleted and fetched once more."""

    __slots__ = ()

    def find(self) -> Path | None:
        raise NotImplementedError

    def expected(self, path: Path) -> str | None:
        raise NotImplementedError

    def fetch(self, bar: type[DownloadBar]) -> Path:
        """Downloads it, checked."""
        raise NotImplementedError

    def discard(self, path: Path) -> None:
        """Deletes it."""
        raise NotImplementedError

    def remember(self, path: Path, sha256: str) -> None:
        """Records the sum of a file that nobody had recorded one for."""
        raise NotImplementedError

    def read(self, bar: type[DownloadBar]) -> tuple[Path, bytes]:
        """See `Source`."""
        path = self.find()
        fresh = path is None
        while True:
            path = path or self.fetch(bar)
            try:
                data = path.read_bytes()
            except OSError as error:
                raise WeightsMissingError(f"The weight file {path} can't be read ({error.strerror}).") from error
            found = hashlib.sha256(data).hexdigest()
            expected = self.expected(path)
            if expected is None:
                self.remember(path, found)
            if expected in {None, found}:
                return path, data
            self.discard(path)
            damage = f"The weight file {path} was altered: its SHA-256 was {found}, expected {expected}. It was deleted"
            if fresh:
                raise WeightsDamagedError(f"{damage}, twice in a row. Check the disk.")
            log.warning("%s and is downloaded anew.", damage)
            try:
                path, fresh = self.fetch(bar), True
            except WeightsError as error:
                raise type(error)(f"{damage}. {error.message}") from error


@dataclass(frozen=True, slots=True)
class HubWhole(_Downloaded):
    """A whole file of the Hub, in huggingface_hub's own cache."""

    file: RemoteFile
    settings: Settings

    @property
    def pinned(self) -> bool:
        """See `Source`."""
        return self.file.sha256 is not None

    def find(self) -> Path | None:
        """See `Source`."""
        return files.cached(self.file)

    def expected(self, path: Path) -> str | None:
        """See `Source`."""
        return files.expected_sum(self.file, path, self.settings)

    def fetch(self, bar: type[DownloadBar]) -> Path:
        """See `_Downloaded`."""
        return files.download(self.file, self.settings, bar)

    def discard(self, path: Path) -> None:
        """See `_Downloaded`."""
        files.discard(path)

    def remember(self, path: Path, sha256: str) -> None:
        """See `_Downloaded`.

        Another program put this file into the cache, on a system without symbolic links (which would carry the sum in
        the blob's name), and the catalogue doesn't pin it: the first one seen counts.
        """
        records.write(self.file, records.Record(sha256=sha256, bytes=path.stat().st_size), self.settings)


@dataclass(frozen=True, slots=True)
class HubSlice(_Downloaded):
    """A few tensors of a file of the Hub, in the project's own cache."""

    part: slices.Slice
    settings: Settings

    @property
    def pinned(self) -> bool:
        """See `Source`."""
        return self.part.sha256 is not None

    def find(self) -> Path | None:
        """See `Source`; a slice without its recorded sum counts as absent."""
        return slices.cached(self.part, self.settings)

    def expected(self, path: Path) -> str | None:
        """See `Source`."""
        return slices.expected_sum(self.part, self.settings)

    def fetch(self, bar: type[DownloadBar]) -> Path:
        """See `_Downloaded`."""
        return slices.download(self.part, self.settings, bar)

    def discard(self, path: Path) -> None:
        """See `_Downloaded`."""
        slices.discard(self.part, self.settings)


def sources(model: ModelEntry, settings: Settings) -> Iterator[Source]:
    """The files of a model: the embedded ones, if it has any, else those of the Hub."""
    for embedded in model.embedded:
        yield EmbeddedFile(settings.weights_dir, embedded)
    if model.embedded or model.hub is None:
        return
    hub = model.hub
    for file in hub.files:
        remote = RemoteFile(hub.repo, hub.revision, file.name, sha256=file.sha256, bytes=file.bytes)
        if hub.tensors:
            yield HubSlice(slices.Slice(remote, hub.tensors, file.tensors_sha256), settings)
        else:
            yield HubWhole(remote, settings)
