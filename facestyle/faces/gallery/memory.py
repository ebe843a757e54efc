"""A gallery that never touches a disk: for a browser session of its own, and for tests."""

from __future__ import annotations

import sqlite3

from facestyle.faces.gallery import schema
from facestyle.faces.gallery.store import SqlGallery


class MemoryGallery(SqlGallery):
    """A `Gallery` in this process' memory, gone when it is closed; each one is separate from all others.

    It is a SQLite database without a file, so that it behaves as `SqliteGallery` does, removed content included: that
    is overwritten, not only forgotten.
    """

    def __init__(self) -> None:
        database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        schema.configure(database)
        schema.create(database)
        super().__init__(database, "The gallery in memory")
