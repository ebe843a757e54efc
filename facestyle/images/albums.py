"""Many pictures at once: files, folders and zip archives, read one picture at a time; nothing is unpacked to disk."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from facestyle.errors import AlbumEmptyError, AlbumTooLargeError, FacestyleError, ImageNotFoundError
from facestyle.images.archives import is_zip, open_zip, read_entry
from facestyle.settings import Settings

_PUBLIC_ARCHIVE_BYTES, _PUBLIC_ALBUM_BYTES, _PUBLIC_PICTURES = 100_000_000, 200_000_000, 200
_CLUTTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """What an album may cost.

    Attributes:
        archive_bytes: Of one zip as it is.
        total_bytes: Of all pictures together, unpacked.
        picture_bytes: Of one picture, unpacked.
        pictures: How many files are looked at.
    """

    archive_bytes: int
    total_bytes: int
    picture_bytes: int
    pictures: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those of the settings, lower where strangers share the app."""
        public = settings.is_public
        return cls(
            archive_bytes=min(settings.max_archive_bytes, _PUBLIC_ARCHIVE_BYTES if public else 2**62),
            total_bytes=min(settings.max_album_bytes, _PUBLIC_ALBUM_BYTES if public else 2**62),
            picture_bytes=settings.max_image_bytes,
            pictures=min(settings.max_album_pictures, _PUBLIC_PICTURES if public else 2**62),
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of an album that was left out.

    Attributes:
        name: For display; its path inside the album.
        code: Of the error.
        reason: A sentence for people.
    """

    name: str
    code: str
    reason: str

    @classmethod
    def because(cls, name: str, error: FacestyleError) -> Skipped:
        """In the words of the error."""
        return cls(name, error.code, error.message)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that may be a picture.

    Attributes:
        name: For display; its path inside the album, without anything that could mislead.
        read: Gives the file's bytes, at most `Limits.picture_bytes`; raises FacestyleError.
    """

    name: str
    read: Callable[[], bytes]


class Album:
    """The files of an album, to be read in order. Use it in a `with` statement: zip files stay open in between.

    Args:
        paths: Picture files, folders (looked through in all depths) and zip archives, in any mixture.
        limits: What it may cost.

    Attributes:
        entries: What may be pictures, in the order given; inside folders and archives by name.
        skipped: What was left out at once: archives that can't be opened, archives in archives, files beyond the limit.

    Raises:
        AlbumEmptyError: Nothing to look at was given.
        AlbumError: The only thing given is an archive that can't be used.
        ImageNotFoundError: A path leads nowhere.
    """

    def __init__(self, paths: Iterable[str | os.PathLike[str]], limits: Limits) -> None:
        self.limits = limits
        self.entries: list[Entry] = []
        self.skipped: list[Skipped] = []
        self._left_out = 0
        self._bytes_left = limits.total_bytes
        failure: FacestyleError | None = None
        with ExitStack() as files:
            for path in paths:
                try:
                    self._add(Path(path), files)
                except FacestyleError as error:
                    failure = error
                    self.skipped.append(Skipped.because(display_name(Path(path).name), error))
            if not self.entries:
                raise failure or AlbumEmptyError(
                    "There is no picture to look at. Choose pictures, or a zip with pictures in it."
                )
            self._files = files.pop_all()
        if self._left_out:
            reason = (
                f"An album may have {limits.pictures:,} pictures; {self._left_out:,} more were left out. Divide it."
            )
            self.skipped.append(Skipped("…", AlbumTooLargeError.code, reason))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the archives."""
        self._files.close()

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file, charged to what the album may have in all.

        Raises:
            AlbumTooLargeError: That is used up.
            FacestyleError: The file can't be read.
        """
        if self._bytes_left > 0:
            data = entry.read()
            self._bytes_left -= len(data)
            if self._bytes_left >= 0:
                return data
        raise AlbumTooLargeError(
            f"The pictures of an album may have {self.limits.total_bytes / 1e6:,g} MB together; "
            "this one comes after that. Divide the album."
        )

    def _add(self, path: Path, files: ExitStack) -> None:
        if path.is_dir():
            for file in sorted(_files_below(path)):
                self._add_file(file, str(file.relative_to(path)), files)
            return
        if not path.is_file():
            raise ImageNotFoundError(f"There is no file “{display_name(path.name)}”. Check the path and try again.")
        self._add_file(path, path.name, files)

    def _add_file(self, path: Path, name: str, files: ExitStack) -> None:
        if is_clutter(name):
            return
        if is_zip(path):
            archive = files.enter_context(open_zip(path, self.limits.archive_bytes))
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                if not is_clutter(info.filename) and not info.is_dir():  # a nameless one is clutter
                    self._add_entry(info.filename, _entry_reader(archive, info, self.limits.picture_bytes))
        else:
            self._add_entry(name, lambda: _read_file(path, self.limits.picture_bytes))

    def _add_entry(self, name: str, read: Callable[[], bytes]) -> None:
        if len(self.entries) >= self.limits.pictures:
            self._left_out += 1
        else:
            self.entries.append(Entry(display_name(name), read))


def display_name(name: str) -> str:
    """A file's name as it may be shown: only for the eye, never a path that is opened.

    Without control and direction-changing characters, without leading `../` or drive, and not overlong.
    """
    visible = "".join(c if unicodedata.category(c)[0] != "C" else "�" for c in name.replace("\\", "/"))
    parts = [part for part in PurePosixPath(visible).parts if part not in {"/", "..", "."}]
    short = "/".join(parts) or "?"
    return short if len(short) <= _LONGEST_NAME else f"…{short[1 - _LONGEST_NAME :]}"


def is_clutter(name: str) -> bool:
    """What operating systems add unseen, such as macOS's `__MACOSX/._photo.jpg`."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].lower() in _CLUTTER


def _files_below(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names)


def _entry_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> Callable[[], bytes]:
    return lambda: read_entry(archive, info, limit)


def _read_file(path: Path, limit: int) -> bytes:
    # one byte more than allowed is enough for `decode` to refuse the file, in its own words
    try:
        if path.is_file():  # not a pipe, which could wait for ever
            with path.open("rb") as file:
                return file.read(limit + 1)
    except OSError:
        pass
    raise ImageNotFoundError("The file can't be read. Check that it is there and may be read.")
