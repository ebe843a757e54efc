"""Deleting with a way back: for ten seconds the session remembers, in memory only, whom it removed.

The gallery itself forgets at once, so that whatever ends first (the ten seconds, the tab, the program) nothing of the
person is left; there is no row to be cleaned up afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from facestyle.errors import FacestyleError, InvalidRequestError
from facestyle.faces.gallery.base import Gallery, Record
from facestyle.faces.results import Person
from facestyle.ui import texts

UNDO_SECONDS: Final = 10.0


class Undo:
    """Whom a session removed within the last seconds.

    Args:
        seconds: How long there is a way back.
        clock: Monotonic seconds.
    """

    def __init__(self, seconds: float = UNDO_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._removed: dict[str, tuple[Record, float]] = {}

    def remove(self, gallery: Gallery, person: str) -> str:
        """Removes somebody from the gallery; returns the name.

        Raises:
            UnknownPersonError: Nobody has that ID or name.
        """
        record = gallery.take(person)
        with self._lock:
            self._removed[str(record.id)] = (record, self._clock() + self._seconds)
        timer = threading.Timer(self._seconds + 0.05, self.sweep)  # erased on time though nobody calls any more
        timer.daemon = True
        timer.start()
        return record.name

    def put_back(self, gallery: Gallery, ident: str) -> Person:
        """Takes a removal back.

        Raises:
            InvalidRequestError: It is too late, or was done already.
            NameTakenError: Somebody was enrolled under that name meanwhile; there is still a way back until the time is
                over.
        """
        self.sweep()
        with self._lock:
            kept = self._removed.pop(ident, None)
        if kept is None:
            raise InvalidRequestError(texts.UNDO_OVER)
        try:
            return gallery.restore(kept[0])
        except FacestyleError:
            with self._lock:
                self._removed[ident] = kept
            self.sweep()
            raise

    def pending(self) -> tuple[tuple[str, str, float], ...]:
        """(ID, name, seconds left) of whoever can still come back, the last removed first."""
        self.sweep()
        now = self._clock()
        with self._lock:
            kept = reversed(self._removed.items())
            return tuple((ident, record.name, until - now) for ident, (record, until) in kept)

    def sweep(self) -> None:
        """Erases those whose time is over."""
        now = self._clock()
        with self._lock:
            for ident in [ident for ident, (_, until) in self._removed.items() if until <= now]:
                del self._removed[ident]

    def clear(self) -> None:
        """Erases all at once."""
        with self._lock:
            self._removed.clear()
