"""A gallery that never touches a disk: for a browser session of its own, and for tests."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from facestyle.faces.gallery import schema
from facestyle.faces.gallery.checks import Clock, utc_now
from facestyle.faces.gallery.store import SqlGallery


class MemoryGallery(SqlGallery):
    """A `Gallery` in this process' memory, gone when it is closed; each one is separate from all others.

    It is a SQLite database without a file, so that it behaves as `SqliteGallery` does, removed content included: that
    is overwritten, not only forgotten.

    Args:
        retention: How long an enrolled person is kept; None for ever.
        clock: Tells the time.
    """

    def __init__(self, *, retention: timedelta | None = None, clock: Clock = utc_now) -> None:
        database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        schema.configure(database)
        schema.create(database)
        super().__init__(database, "The gallery in memory", retention=retention, clock=clock)
