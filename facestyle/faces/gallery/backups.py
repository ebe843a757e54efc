"""Copies of a gallery's file beside it: made while it is in use, rotated, put back, destroyed with what they hold."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from facestyle import files

_STAMP: Final = "%Y%m%dT%H%M%S%fZ"
_SUFFIX: Final = re.compile(r"\.(backup|replaced)-\d{8}T\d{12}Z(-wal)?")

Kind = Literal["backup", "replaced"]


def connect(path: Path, timeout: float, how: str = "?mode=rw") -> sqlite3.Connection:
    """An existing file only: a gallery that vanished must not come back empty."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}{how}", uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
    )


def stamped(path: Path, kind: Kind) -> Path:
    """The name of a copy made now."""
    return path.with_name(f"{path.name}.{kind}-{datetime.now(UTC).strftime(_STAMP)}")


def copies(path: Path, kind: Kind | None = None) -> list[Path]:
    """The copies beside the file, the newest first."""
    found = []
    with suppress(OSError):
        for file in path.parent.iterdir():
            match = _SUFFIX.fullmatch(file.name.removeprefix(path.name)) if file.name.startswith(path.name) else None
            if match is not None and kind in (None, match[1]):
                found.append(file)
    return sorted(found, key=lambda file: file.name, reverse=True)


def back_up(database: sqlite3.Connection, target: Path) -> None:
    """Writes a whole copy of the database as it is now, readable by its owner only; others may go on using it.

    Raises:
        OSError: No file can be made there, or there is one.
        sqlite3.DatabaseError: The copy failed; nothing of it is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(target, private=True, new=True) as draft:
        copy = connect(Path(draft.name), 0)
        try:
            database.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log of its own
        finally:
            copy.close()


def rotate(path: Path, keep: int) -> None:
    """Removes all but the newest backups."""
    for file in copies(path, "backup")[keep:]:
        file.unlink(missing_ok=True)


def forget(path: Path) -> int:
    """Removes every copy: what was forgotten in the gallery would live on in them. Returns how many there were."""
    files.sweep(path.parent)
    found = copies(path)
    for file in found:
        file.unlink(missing_ok=True)
    return len(found)


def set_aside(path: Path) -> Path | None:
    """Moves the file, and the log that may hold its last changes, out of the way; where to, or None without a file."""
    if not path.exists():
        return None
    aside = stamped(path, "replaced")
    path.rename(aside)
    with suppress(FileNotFoundError):
        path.with_name(f"{path.name}-wal").rename(aside.with_name(f"{aside.name}-wal"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return aside
