"""The tables of a gallery, the connection settings they rely on, and what SQLite's errors mean for a person."""

from __future__ import annotations

import sqlite3
from typing import Final

from facestyle.errors import GalleryDamagedError, GalleryError, GalleryUnavailableError

APPLICATION_ID: Final = int.from_bytes(b"fsty")
"""SQLite's `application_id`: tells a gallery from any other database."""
VERSION: Final = 2
"""SQLite's `user_version`: raised with every change of the tables; `migration` brings older files here."""
BUSY_SECONDS: Final = 10.0
"""How long to wait for another program that is writing."""

TABLES: Final = """
CREATE TABLE state (
    version INTEGER NOT NULL,
    rebuild INTEGER NOT NULL
);
INSERT INTO state VALUES (0, 0);
CREATE TABLE person (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    consent TEXT,
    consent_version TEXT,
    consent_given INTEGER,
    thumbnail BLOB,
    UNIQUE (namespace, key)
);
CREATE INDEX person_created ON person (namespace, created);
CREATE INDEX person_expires ON person (expires) WHERE expires IS NOT NULL;
CREATE TABLE space (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    UNIQUE (namespace, model, preprocessing)
);
CREATE TABLE embedding (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL REFERENCES person (number) ON DELETE CASCADE,
    space INTEGER NOT NULL REFERENCES space (number),
    created INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX embedding_person ON embedding (person, space);
CREATE INDEX embedding_space ON embedding (space, person);
CREATE TABLE removed (
    version INTEGER NOT NULL,
    person INTEGER NOT NULL
);
CREATE INDEX removed_version ON removed (version);
"""
"""Times are microseconds since 1970, UTC. A space holds the embeddings that may be compared with each other.

Numbers are never given twice (AUTOINCREMENT), so whoever holds embeddings in memory reads only the rows after the last
one it knows, and takes out the people in `removed` since the `state.version` it knows. What is older than
`state.rebuild` must be read anew as a whole.
"""


def configure(database: sqlite3.Connection) -> None:
    """Set what holds for a connection and is not kept in the file.

    `secure_delete` overwrites deleted content with zeros; `temp_store` keeps sorting and VACUUM from writing names and
    embeddings to temporary files.
    """
    for setting in (
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
        "synchronous = FULL",
        "cache_size = -32768",  # KiB: the two indexes over people are filled in no order
    ):
        database.execute(f"PRAGMA {setting}")


def create(database: sqlite3.Connection) -> None:
    """Make the tables in an empty database."""
    database.executescript(
        f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {TABLES} COMMIT;"
    )


def takes_nothing(error: BaseException | None) -> bool:
    """Whether an error of sqlite3 says that the disk is full, read-only or failing."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
    )


def explain(error: sqlite3.DatabaseError, label: str) -> GalleryError | None:
    """What went wrong and what to do, or None if the error is a mistake in this package.

    Args:
        error: As raised by sqlite3.
        label: What the gallery is called, at the beginning of a sentence.
    """
    if type(error) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
        return None
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF:  # the low byte is the primary code
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return GalleryUnavailableError(
                f"{label} is being written by another program and was not free within {BUSY_SECONDS:.0f} seconds. "
                "Nothing was changed: try again."
            )
        case sqlite3.SQLITE_FULL:
            return GalleryUnavailableError(f"{label} cannot grow: the disk is full. Nothing was changed: make room.")
        case (
            sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_PERM
            | sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_NOMEM
        ):
            return GalleryUnavailableError(
                f"{label} cannot be read or written ({error}). Nothing was changed: check the disk and the permissions "
                "of the file and its folder, or choose another place."
            )
        case _:
            return damaged(label, str(error))


def damaged(label: str, reason: str) -> GalleryDamagedError:
    """The error for a file that is no gallery or no longer one."""
    return GalleryDamagedError(
        f"{label} is damaged or is not a gallery ({reason}). It was left as it is: put back a copy of it "
        "(`python -m facestyle gallery restore`), or move it away to begin an empty gallery."
    )
