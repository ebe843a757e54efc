"""A gallery in one SQLite file on this machine."""

from __future__ import annotations

import os
import sqlite3
import uuid
from pathlib import Path

from facestyle.errors import GalleryDamagedError, GalleryUnavailableError
from facestyle.faces.gallery import schema
from facestyle.faces.gallery.store import SqlGallery

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"


class SqliteGallery(SqlGallery):
    """A `Gallery` that several threads and processes of one machine may share.

    The file is made, readable by its owner only, if there is none. Commits are durable (write-ahead log,
    `synchronous = FULL`). After `remove`, `rename` and `clear` the file and its log hold nothing of the old name,
    embeddings or thumbnail; this takes a rewrite of the whole file. A write-ahead log needs a local disk: do not share
    the file over a network.

    Args:
        path: The file; missing folders above it are made.

    Attributes:
        path: The file, absolute.

    Raises:
        GalleryDamagedError: The file is not a gallery, or is damaged; it is left as it was.
        GalleryUnavailableError: The file can be neither opened nor made there, or a newer facestyle wrote it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser().absolute()
        label = f"The gallery {self.path}"
        try:
            if not self.path.exists():
                _create(self.path)
            _check_header(self.path, label)
            database = _open(self.path, label)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = getattr(error, "strerror", None) or str(error)
            raise GalleryUnavailableError(
                f"{label} cannot be opened or made ({reason}): check the path and its permissions, or choose another."
            ) from error
        except sqlite3.DatabaseError as error:
            explained = schema.explain(error, label)
            if explained is None:
                raise
            raise explained from error
        super().__init__(database, label)


def _connect(path: Path) -> sqlite3.Connection:
    """An existing file only: a gallery that vanished must not come back empty."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=schema.BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _create(path: Path) -> None:
    """Make the gallery beside its place and move it there whole, so that nobody ever sees half a gallery."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid.uuid4().hex}.new")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        database = _connect(draft)
        try:
            schema.configure(database)
            database.execute("PRAGMA journal_mode = WAL")
            schema.create(database)
        finally:
            database.close()  # the last connection: empties the log into the file
        try:
            os.link(draft, path)  # unlike a rename, never replaces what another process made meanwhile
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _check_header(path: Path, label: str) -> None:
    """Refuse other files before SQLite opens them, as opening may change a database (its log is played back).

    Layout: "Database File Format", section 1.3, in the documentation of SQLite; numbers are big-endian.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        size = file.seek(0, os.SEEK_END)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise schema.damaged(label, "it is empty" if not size else "it is no SQLite database")
    if int.from_bytes(header[68:72]) != schema.APPLICATION_ID:
        raise schema.damaged(label, "it is the database of another program")
    _check_version(int.from_bytes(header[60:64]), label)
    page_size = int.from_bytes(header[16:18])
    page_size = 65536 if page_size == 1 else page_size
    target = path.resolve()  # SQLite keeps the log beside the file that a link leads to
    log = target.with_name(f"{target.name}-wal")
    if not (log.exists() and log.stat().st_size) and size < page_size * int.from_bytes(header[28:32]):
        raise schema.damaged(label, "its end is missing")


def _check_version(version: int, label: str) -> None:
    if version > schema.VERSION:
        raise GalleryUnavailableError(
            f"{label} was written by a newer version of facestyle: update facestyle, or choose another gallery. "
            "It was left as it is."
        )
    if version != schema.VERSION:
        raise schema.damaged(label, f"it has no known version: {version}")


def _open(path: Path, label: str) -> sqlite3.Connection:
    database = _connect(path)
    try:
        schema.configure(database)
        _check_version(database.execute("PRAGMA user_version").fetchone()[0], label)
        (finding,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if finding != "ok":
            raise schema.damaged(label, finding)
    except (sqlite3.DatabaseError, GalleryDamagedError, GalleryUnavailableError):
        database.close()
        raise
    return database
