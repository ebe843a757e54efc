"""The gallery over a SQLite connection, wherever its pages are: everything but opening a file."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

from facestyle.errors import GalleryUnavailableError, NameTakenError, NotEnrolledWithModelError
from facestyle.faces.gallery import schema
from facestyle.faces.gallery.accelerator import Accelerate
from facestyle.faces.gallery.base import (
    DEFAULT_NAMESPACE,
    Embeddings,
    EmbeddingSet,
    Gallery,
    Matches,
    Record,
    Sort,
)
from facestyle.faces.gallery.changes import Change, stored
from facestyle.faces.gallery.checks import Clock, check_namespace, check_page, check_record, check_search, utc_now
from facestyle.faces.gallery.index import Index, Nearest, search
from facestyle.faces.gallery.names import name_key, normalize_name
from facestyle.faces.gallery.queries import Scope
from facestyle.faces.gallery.vectors import DamagedRowError, check_embeddings, from_bytes
from facestyle.faces.results import Consent, Match, Person

logger = logging.getLogger(__name__)

_PAGE = 256
"""People read at once by `records`."""
_ATTEMPTS = 3
"""Searches that others may upset by removing people meanwhile, before one holds them up."""


class SqlGallery(Gallery):
    """A `Gallery` over one connection, shared by all threads under one lock.

    The embeddings of a space are read into memory when they are first searched; after that only what changed is read,
    whichever connection changed it. Searching holds the lock only to look that up and to name who was found.

    Args:
        database: Configured and with tables, see `schema`; in autocommit mode, usable from any thread, now owned here.
        label: What the gallery is called in errors, at the beginning of a sentence.
        frozen: Whether the database is a copy in memory, see `_freeze`.
        namespace: Whose people it sees.
        retention: How long an enrolled person is kept; None for ever.
        clock: Tells the time.
        accelerate: Makes a copy of the embeddings on a GPU for searching, see `accelerator`; None for the CPU alone.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        label: str,
        *,
        frozen: bool = False,
        namespace: str = DEFAULT_NAMESPACE,
        retention: timedelta | None = None,
        clock: Clock = utc_now,
        accelerate: Accelerate | None = None,
    ) -> None:
        self._database = database
        self._label = label
        self._frozen = frozen
        self._scope = Scope(database, check_namespace(namespace))
        self._retention = retention
        self._clock = clock
        self._accelerate = accelerate
        self._lock = threading.RLock()
        self._indexes: dict[int, Index] = {}
        self._counts: dict[tuple[str | None, str | None], tuple[int, int]] = {}
        self._closed = False
        self._unscrubbed = False
        self._shorten()

    # --- changing -----------------------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        embeddings: Embeddings,
        *,
        model: str,
        preprocessing: str,
        thumbnail: bytes | None = None,
        consent: Consent | None = None,
    ) -> Person:
        """See `Gallery.add`."""
        record = Record(name, (EmbeddingSet(model, preprocessing, embeddings),), thumbnail, consent)
        return self._enrol([record], again=True)[0]

    def upsert(self, records: Sequence[Record]) -> tuple[Person, ...]:
        """See `Gallery.upsert`."""
        return self._enrol(records, again=False)

    def _enrol(self, records: Sequence[Record], *, again: bool) -> tuple[Person, ...]:
        names = [check_record(record) for record in records]
        with self._changing() as change:
            done = [change.enrol(name, record, again=again) for name, record in zip(names, records, strict=True)]
            change.step()
            people = stored(change.scope, [number for number, _ in done])
            self._unscrubbed |= any(replaced for _, replaced in done)
        self._scrub()
        return people

    def remove(self, person: str) -> Person:
        """See `Gallery.remove`."""
        with self._changing() as change:
            number, found = change.scope.resolve(person)
            change.forget([number])
            self._unscrubbed = True
        self._scrub()
        return found

    def take(self, person: str) -> Record:
        """See `Gallery.take`."""
        with self._changing() as change:
            number, found = change.scope.resolve(person)
            (record,) = change.scope.records([number])
            change.forget([number])
            self._unscrubbed = True
        self._scrub()
        return replace(record, id=found.id)

    def restore(self, record: Record) -> Person:
        """See `Gallery.restore`."""
        name = check_record(record)
        with self._changing() as change:
            holder = change.scope.find("key", name_key(name))
            if holder is not None:
                raise taken_meanwhile(holder[1].name)
            number, _ = change.enrol(name, record, again=True)
            change.step()
            (person,) = stored(change.scope, [number])
        return person

    def rename(self, person: str, new_name: str) -> Person:
        """See `Gallery.rename`."""
        new_name = normalize_name(new_name)
        with self._changing() as change:
            number, found = change.scope.resolve(person)
            holder = change.scope.find("key", name_key(new_name))
            if holder is not None and holder[0] != number:
                taken = holder[1].name
                raise NameTakenError(
                    f"Somebody else is already enrolled as {taken}: choose another name, or remove that person."
                )
            change.rename(number, new_name)
            change.step()
            self._unscrubbed = True
            _, renamed = change.scope.resolve(found.id)
        self._scrub()
        return renamed

    def clear(self) -> int:
        """See `Gallery.clear`."""
        with self._changing() as change:
            gone = change.scope.numbers()
            change.forget(gone)
            self._unscrubbed = True
        self._scrub()
        return len(gone)

    def expire(self) -> int:
        """See `Gallery.expire`."""
        with self._lock:
            return self._expire()

    # --- asking -------------------------------------------------------------------------------------------------------

    def list(
        self, *, search: str = "", sort: Sort = "name", limit: int | None = None, offset: int = 0
    ) -> tuple[Person, ...]:
        """See `Gallery.list`."""
        check_page(sort, limit, offset)
        with self._asking() as scope:
            return scope.page(search, sort, limit, offset)

    def get(self, person: str) -> Person:
        """See `Gallery.get`."""
        with self._asking() as scope:
            return scope.resolve(person)[1]

    def embeddings_of(self, person: str, *, model: str, preprocessing: str) -> Embeddings:
        """See `Gallery.embeddings_of`."""
        with self._asking() as scope:
            number, found = scope.resolve(person)
            space = scope.space(model, preprocessing)
            rows = [] if space is None else scope.vectors(number, space[0])
            if not rows:
                raise not_enrolled_with(found, model)
            return from_bytes(rows)

    def search(
        self, probes: Embeddings, *, model: str, preprocessing: str, metric: str, top_k: int, mean: bool = False
    ) -> Matches:
        """See `Gallery.search`."""
        check_search(metric, top_k)
        for attempt in range(_ATTEMPTS + 1):
            with self._asking() as scope:
                check_embeddings(probes, scope.dimension(model))
                index = self._index(scope, model, preprocessing)
                if index is None:
                    return [()] * len(probes)
                held = index.snapshot()
                if attempt == _ATTEMPTS:
                    nearest = search(held, probes, metric, top_k, mean=mean)
                    return _named(scope, nearest, top_k) or []
            nearest = search(held, probes, metric, top_k, mean=mean)
            with self._asking() as scope:
                matches = _named(scope, nearest, top_k)
                if matches is not None and index.removals == held.removals:
                    return matches
        raise AssertionError("unreachable")

    def count(self, model: str | None = None, preprocessing: str | None = None, *, search: str = "") -> int:
        """See `Gallery.count`."""
        with self._asking() as scope:
            if search:
                return scope.count(model, preprocessing, search)
            version, _ = scope.state()
            known = self._counts.get((model, preprocessing))
            if known is None or known[0] != version:
                known = self._counts[model, preprocessing] = (version, scope.count(model, preprocessing, ""))
            return known[1]

    def records(self) -> Iterator[Record]:
        """See `Gallery.records`."""
        with self._asking() as scope:
            numbers = scope.numbers()
        for start in range(0, len(numbers), _PAGE):
            with self._asking() as scope:
                page = scope.records(numbers[start : start + _PAGE])
            yield from page

    # --- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """See `Gallery.close`."""
        with self._lock:
            if self._closed:
                return
            self._scrub()
            self._closed = True
            self._indexes.clear()
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _check_place(self) -> None:
        """Raises GalleryUnavailableError where what was opened is no longer what stands there."""

    def _drop_copies(self) -> None:
        """Removes what else holds what was just forgotten."""

    @contextmanager
    def _asking(self) -> Iterator[Scope]:
        """One consistent state, without those whose time is over, under the lock."""
        with self._lock:
            if self._is_outdated():
                with suppress(GalleryUnavailableError):  # then what was known is the best there is
                    self._thaw()
            self._expire()
            with self._transaction("BEGIN"):
                yield self._scope

    @contextmanager
    def _changing(self) -> Iterator[Change]:
        """All or nothing, under the lock."""
        with self._lock:
            self._thaw()
            self._expire()
            if self._frozen:
                raise GalleryUnavailableError(
                    f"{self._label} cannot be changed: the disk is full or read-only. Nothing was changed: make room."
                )
            with self._transaction("BEGIN IMMEDIATE"):
                yield Change(self._scope, self._clock(), self._retention)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        if self._closed:
            raise GalleryUnavailableError(f"{self._label} was closed: open it again.")
        self._check_place()
        try:
            self._database.execute(begin)
            try:
                yield
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            explained = schema.explain(error, self._label)
            if explained is None:
                raise
            raise explained from error
        except DamagedRowError as error:
            raise schema.damaged(self._label, str(error)) from error

    def _expire(self) -> int:
        return self._forgetting(self._forget_overdue)

    def _forgetting(self, work: Callable[[], int]) -> int:
        """Does what nobody asked for, and what answers rely on: where the disk takes no change, in a copy in memory."""
        try:
            return work()
        except GalleryUnavailableError as error:
            if self._frozen or not schema.takes_nothing(error.__cause__):
                raise
            self._freeze()
            return work()

    def _freeze(self) -> None:
        """Goes on with a copy in memory, so that people are recognised while nothing can be written.

        What is forgotten in it is forgotten in the file when that can be written again. Nothing else is changed in it.
        """
        try:
            copy = in_memory(self._database)
        except sqlite3.DatabaseError as error:
            raise schema.explain(error, self._label) or error from error
        self._database.close()
        self._use(copy, frozen=True)

    def _thaw(self) -> None:
        """Returns from a copy to the file; remains with the copy, or makes another, where that takes no change still.

        Raises:
            GalleryError: The file can't be opened.
        """

    def _is_outdated(self) -> bool:
        """Whether others changed the file since the copy was made."""
        return False

    def _use(self, database: sqlite3.Connection, *, frozen: bool) -> None:
        self._database = database
        self._scope = Scope(database, self._scope.namespace)
        self._frozen = frozen
        self._indexes.clear()
        self._counts.clear()

    def _forget_overdue(self) -> int:
        now = Change(self._scope, self._clock(), self._retention)
        with self._transaction("BEGIN"):
            due = bool(now.overdue())
        if not due:
            return 0
        with self._transaction("BEGIN IMMEDIATE"):
            gone = now.overdue()
            now.forget(gone)
            self._unscrubbed = True
        self._scrub()
        return len(gone)

    def _shorten(self) -> None:
        """Nobody is kept for longer than the retention, though enrolled before there was one or under a longer one."""
        if self._retention is not None:
            self._forgetting(self._bring_forward)

    def _bring_forward(self) -> int:
        change = Change(self._scope, self._clock(), self._retention)
        with self._transaction("BEGIN"):
            wanted = change.outlasting()
        if wanted:
            with self._transaction("BEGIN IMMEDIATE"):
                change.shorten()
        return int(wanted)

    def _scrub(self) -> None:
        """Leave nothing of what was removed in memory, in the file, in its write-ahead log or in copies of it.

        `secure_delete` zeroes what is deleted, but when SQLite moves records between pages it may leave an old copy in
        a page's unused middle; VACUUM writes every page anew, and the checkpoint copies them over the file and empties
        the log. A reader elsewhere can hold that up: the change itself stands, and the next one, or `close`, tries
        again. What a disk keeps of overwritten blocks is out of reach here.
        """
        with self._lock:
            if not self._unscrubbed or self._closed:
                return
            self._forget_in_memory()
            with suppress(sqlite3.DatabaseError):  # the change is committed: what it was asked for is done
                self._database.execute("VACUUM")
                (busy, *_) = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._unscrubbed = bool(busy)
            self._drop_copies()
            if self._unscrubbed:
                logger.warning("%s: traces of removed content stay until its next change.", self._label)

    def _forget_in_memory(self) -> None:
        with suppress(sqlite3.DatabaseError):
            spaces = {number for (number,) in self._database.execute("SELECT number FROM space")}
            version, rebuild = self._scope.state()
            for number, index in list(self._indexes.items()):
                if number not in spaces or index.version < rebuild:
                    del self._indexes[number]
                elif index.version != version:
                    self._scope.bring_up(index, number)

    def _index(self, scope: Scope, model: str, preprocessing: str) -> Index | None:
        """The index of the state that the running transaction sees; None without embeddings."""
        space = scope.space(model, preprocessing)
        if space is None:
            return None
        number, dimension = space
        version, rebuild = scope.state()
        index = self._indexes.get(number)
        if index is None or index.version < rebuild or index.sparse:
            index = Index(dimension, version, self._accelerate)
        if index.version != version or not index.last:
            scope.bring_up(index, number)
        self._indexes[number] = index
        return index


def in_memory(database: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of a database, configured as that is.

    Raises:
        sqlite3.DatabaseError: It can't be read.
    """
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        database.backup(copy)
        schema.configure(copy)
    except BaseException:
        copy.close()
        raise
    return copy


def taken_meanwhile(name: str) -> NameTakenError:
    """Of somebody who cannot come back."""
    return NameTakenError(f"Somebody was enrolled as {name} meanwhile: rename that person, then try again.")


def not_enrolled_with(person: Person, model: str) -> NotEnrolledWithModelError:
    """Of somebody who has no embedding that can be compared with the model's."""
    how = "prepared by another version of facestyle" if model in person.models else "made by another model"
    return NotEnrolledWithModelError(
        f"The embeddings of {person.name} were {how} and cannot be compared with those of {model}: "
        f"enrol {person.name} again with {model}."
    )


def _named(scope: Scope, nearest: Sequence[Nearest], top_k: int) -> Matches | None:
    """With names, equal distances ordered by them; None if somebody was removed meanwhile."""
    known = scope.named(sorted({number for found in nearest for number, _ in found}))
    matches: Matches = []
    for found in nearest:
        if any(number not in known for number, _ in found):
            return None
        ordered = sorted((apart, *known[number]) for number, apart in found)[:top_k]
        matches.append(tuple(Match(person, name, apart) for apart, _, person, name in ordered))
    return matches
