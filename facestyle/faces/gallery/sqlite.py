"""A gallery in one SQLite file on this machine."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from facestyle import files
from facestyle.errors import BackupMissingError, GalleryDamagedError, GalleryUnavailableError
from facestyle.faces.gallery import backups, schema
from facestyle.faces.gallery.accelerator import Accelerate
from facestyle.faces.gallery.base import DEFAULT_NAMESPACE
from facestyle.faces.gallery.checks import Clock, utc_now
from facestyle.faces.gallery.migration import migrate
from facestyle.faces.gallery.store import SqlGallery, in_memory

logger = logging.getLogger(__name__)

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"


class SqliteGallery(SqlGallery):
    """A `Gallery` that several threads and processes of one machine may share.

    The file is made, readable by its owner only, if there is none; one of an older version is brought to the present
    one, with a backup beside it. Commits are durable (write-ahead log, `synchronous = FULL`). After `remove`, `rename`,
    `clear` and `expire` the file and its log hold nothing of the old name, embeddings or thumbnail; this takes a
    rewrite of the whole file, and the backups beside it, which would still hold it, are replaced by one of what is
    left. A write-ahead log needs a local disk: do not share the file over a network.

    Args:
        path: The file; missing folders above it are made.
        namespace: Whose people it sees.
        retention: How long an enrolled person is kept; None for ever.
        keep_backups: How many backups to keep beside the file, made when it is opened and when it is closed, if
            anything changed; 0 for none.
        clock: Tells the time.
        accelerate: Makes a copy of the embeddings on a GPU for searching, see `accelerator`; None for the CPU alone.

    Attributes:
        path: The file, absolute.
        migrated: Which version of the tables was found, where it was older than the present one.

    Raises:
        GalleryDamagedError: The file is not a gallery, or is damaged; it is left as it was.
        GalleryUnavailableError: The file can be neither opened nor made there, or a newer facestyle wrote it.
        InvalidRequestError: A blank or unprintable namespace.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        namespace: str = DEFAULT_NAMESPACE,
        retention: timedelta | None = None,
        keep_backups: int = 0,
        clock: Clock = utc_now,
        accelerate: Accelerate | None = None,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        self.migrated: int | None = None
        self._keep = keep_backups
        label = f"The gallery {self.path}"
        with _explained(label):
            files.sweep(self.path.parent)
            if not self.path.exists():
                _create(self.path)
            _check_header(self.path, label)
            self._copied = _stamp(self.path)
            database, frozen = _open_or_copy(self.path, label)
            try:
                self._opened = _identity(self.path)
                self._migrate(database)
            except BaseException:
                database.close()
                raise
        super().__init__(
            *(database, label),
            frozen=frozen,
            namespace=namespace,
            retention=retention,
            clock=clock,
            accelerate=accelerate,
        )
        self._saved = -1
        self._keep_backup()

    def backup(self, target: str | os.PathLike[str] | None = None) -> Path:
        """Writes a whole copy of the file, all namespaces included, while others may go on using it.

        A copy elsewhere than beside the file is the caller's to destroy when people are removed.

        Args:
            target: A new file; default: beside the gallery, where `restore` looks for it.

        Returns:
            The copy.

        Raises:
            GalleryUnavailableError: The copy cannot be written, or there is a file of that name.
        """
        place = backups.stamped(self.path, "backup") if target is None else Path(target).expanduser().absolute()
        with self._lock, _explained(f"The backup {place}"):
            if self._closed:
                raise GalleryUnavailableError(f"{self._label} was closed: open it again.")
            self._check_place()
            backups.back_up(self._database, place)
        return place

    def close(self) -> None:
        """See `Gallery.close`."""
        with self._lock:
            if not self._closed:
                self._keep_backup()
        super().close()

    def _migrate(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == schema.VERSION:
            return
        backups.back_up(database, backups.stamped(self.path, "backup"))
        migrate(database, version)
        self.migrated = version

    def _keep_backup(self) -> None:
        """A backup beside the file, if wanted and if anything changed since the last one that this gallery made."""
        if not self._keep:
            return
        try:
            version, _ = self._scope.state()
            if version == self._saved:
                return
            self.backup()
            backups.rotate(self.path, self._keep)
            self._saved = version
        except (sqlite3.DatabaseError, GalleryUnavailableError) as error:
            logger.warning("%s: no backup was made: %s", self._label, error)

    def _drop_copies(self) -> None:
        try:
            if backups.forget(self.path):
                self._saved = -1
        except OSError as error:
            self._unscrubbed = True
            logger.warning("%s: a backup that holds removed content stays: %s", self._label, error.strerror)
        self._keep_backup()

    def _thaw(self) -> None:
        if not self._frozen or self._closed:
            return
        with _explained(self._label):
            database = _open(self.path, self._label)
        self._database.close()
        self._use(database, frozen=False)
        self._shorten()

    def _is_outdated(self) -> bool:
        return self._frozen and not self._closed and _stamp(self.path) != self._copied

    def _freeze(self) -> None:
        self._copied = _stamp(self.path)
        super()._freeze()

    def _check_place(self) -> None:
        with suppress(OSError):
            if _identity(self.path) == self._opened:
                return
        raise GalleryUnavailableError(
            f"{self._label} was moved away or replaced while it was open. Nothing was changed: open it again."
        )


def restore(path: str | os.PathLike[str], source: str | os.PathLike[str] | None = None) -> tuple[Path, Path | None]:
    """Puts a backup in the place of a gallery's file; whoever has the gallery open must open it again.

    The backup is checked as a whole before anything is moved, and stays where it is.

    Args:
        path: The gallery's file, damaged, missing or whole.
        source: The backup; default: the newest one beside the file that is whole.

    Returns:
        The backup, and where the replaced file is now; None if there was none.

    Raises:
        BackupMissingError: There is no backup beside the file, or none that is whole.
        GalleryDamagedError: `source` is damaged, or not a gallery.
        GalleryUnavailableError: A file cannot be read or written.
    """
    place = Path(path).expanduser().absolute()
    found = backups.copies(place, "backup") if source is None else [Path(source).expanduser().absolute()]
    for backup in found:
        try:
            with _explained(f"The gallery {place}"):
                place.parent.mkdir(parents=True, exist_ok=True)
                with files.replacing(place, private=True) as draft:
                    _copy_whole(backup, draft)
                    aside = backups.set_aside(place)
        except GalleryDamagedError:
            if source is not None:
                raise
            continue
        return backup, aside
    raise BackupMissingError(
        f"Beside {place} there is no backup{' that is whole' if found else ''}: name one, or import an archive."
    )


def _copy_whole(backup: Path, draft: IO[bytes]) -> None:
    """A checked copy of a backup, of which nothing is changed by opening it."""
    label = f"The backup {backup}"
    with _explained(label):
        _check_header(backup, label)
        with backup.open("rb") as source:
            shutil.copyfileobj(source, draft, 2**20)
        draft.flush()
        database = _open(Path(draft.name), label)
        try:
            database.execute("PRAGMA journal_mode = WAL")
        finally:
            database.close()


@contextmanager
def _explained(label: str) -> Iterator[None]:
    """What the file system and SQLite complain about, in words."""
    try:
        yield
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


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _stamp(path: Path) -> list[tuple[int, int] | None]:
    """Tells one state of the file, and of its log, from another; None for one that is empty or not there."""
    found: list[tuple[int, int] | None] = []
    for file in (path, _log_of(path)):
        try:
            state = file.stat()
            found.append((state.st_mtime_ns, state.st_size) if state.st_size else None)
        except OSError:
            found.append(None)
    return found


def _create(path: Path) -> None:
    """Make the gallery beside its place and move it there whole, so that nobody ever sees half a gallery."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), files.replacing(path, private=True, new=True) as draft:
        database = backups.connect(Path(draft.name), schema.BUSY_SECONDS)
        try:
            schema.configure(database)
            database.execute("PRAGMA journal_mode = WAL")
            schema.create(database)
        finally:
            database.close()  # the last connection: empties the log into the file


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
    log = _log_of(path)
    if not (log.exists() and log.stat().st_size) and size < page_size * int.from_bytes(header[28:32]):
        raise schema.damaged(label, "its end is missing")


def _check_version(version: int, label: str) -> None:
    if version > schema.VERSION:
        raise GalleryUnavailableError(
            f"{label} was written by a newer version of facestyle: update facestyle, or choose another gallery. "
            "It was left as it is."
        )
    if version < 1:
        raise schema.damaged(label, f"it has no known version: {version}")


def _open_or_copy(path: Path, label: str) -> tuple[sqlite3.Connection, bool]:
    """The file; where the disk does not take what SQLite writes even for reading, a copy of it in memory, and True."""
    try:
        return _open(path, label), False
    except sqlite3.OperationalError as error:
        if not schema.takes_nothing(error) or _stamp(path)[1:] != [None]:  # what is in the log would be missing
            raise
        database = _open(path, label, "?mode=ro&immutable=1")
        try:
            return in_memory(database), True
        finally:
            database.close()


def _log_of(path: Path) -> Path:
    target = path.resolve()  # SQLite keeps the log beside the file that a link leads to
    return target.with_name(f"{target.name}-wal")


def _open(path: Path, label: str, how: str = "?mode=rw") -> sqlite3.Connection:
    database = backups.connect(path, schema.BUSY_SECONDS, how)
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
