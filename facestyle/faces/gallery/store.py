"""The gallery over a SQLite connection, wherever its pages are: everything but opening a file."""

from __future__ import annotations

import logging
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Any, Self

from facestyle.errors import (
    GalleryUnavailableError,
    InvalidEmbeddingError,
    InvalidNameError,
    InvalidRequestError,
    NameTakenError,
    NotEnrolledWithModelError,
    UnknownPersonError,
)
from facestyle.faces.gallery import schema
from facestyle.faces.gallery.base import Embeddings, Gallery, Matches
from facestyle.faces.gallery.index import Index
from facestyle.faces.gallery.names import name_key, normalize_name
from facestyle.faces.gallery.vectors import check_embeddings, from_bytes, to_bytes
from facestyle.faces.results import Person
from facestyle.faces.similarity import check_metric

logger = logging.getLogger(__name__)

MAX_CONSENT_LENGTH = 10_000
"""Characters."""

_PEOPLE = """
    SELECT p.id, p.name, p.created, p.thumbnail, e.model, count(*)
    FROM person p JOIN embedding e ON e.person = p.id {where}
    GROUP BY p.id, e.model ORDER BY p.key, p.id, e.model
"""


class SqlGallery(Gallery):
    """A `Gallery` over one connection, shared by all threads under one lock.

    Searching holds the lock only to look up the index; an index is rebuilt after any change, by whichever connection.

    Args:
        database: Configured and with tables, see `schema`; in autocommit mode, usable from any thread, now owned here.
        label: What the gallery is called in errors, at the beginning of a sentence.
    """

    def __init__(self, database: sqlite3.Connection, label: str) -> None:
        self._database = database
        self._label = label
        self._lock = threading.RLock()
        self._indexes: dict[tuple[str, str], tuple[int, Index]] = {}
        self._closed = False
        self._unscrubbed = False

    # --- changing -----------------------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        embeddings: Embeddings,
        *,
        model: str,
        preprocessing: str,
        thumbnail: bytes | None = None,
        consent: str | None = None,
    ) -> Person:
        """See `Gallery.add`."""
        name = normalize_name(name)
        _check_versions(model, preprocessing)
        _check_consent(consent)
        now = datetime.now(UTC).isoformat()
        with self._transaction(write=True) as database:
            check_embeddings(embeddings, self._dimension(model))
            if not len(embeddings):
                raise InvalidEmbeddingError("There is no embedding to enrol: give at least one picture with a face.")
            known = self._find("p.key = ?", name_key(name))
            person = uuid.uuid4().hex if known is None else known.id
            if known is None:
                database.execute(
                    "INSERT INTO person (id, name, key, created) VALUES (?, ?, ?, ?)",
                    (person, name, name_key(name), now),
                )
            database.execute(
                "UPDATE person SET thumbnail = coalesce(?, thumbnail), consent = coalesce(?, consent) WHERE id = ?",
                (thumbnail, consent, person),
            )
            database.executemany(
                "INSERT INTO embedding (person, model, preprocessing, created, dimension, vector)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(person, model, preprocessing, now, embeddings.shape[1], vector) for vector in to_bytes(embeddings)],
            )
            stored = self._resolve(person)
            self._unscrubbed |= known is not None and known.thumbnail not in (None, stored.thumbnail)
        self._scrub()
        return stored

    def remove(self, person: str) -> Person:
        """See `Gallery.remove`."""
        with self._transaction(write=True) as database:
            found = self._resolve(person)
            database.execute("DELETE FROM person WHERE id = ?", (found.id,))
            self._unscrubbed = True
        self._scrub()
        return found

    def rename(self, person: str, new_name: str) -> Person:
        """See `Gallery.rename`."""
        new_name = normalize_name(new_name)
        with self._transaction(write=True) as database:
            found = self._resolve(person)
            holder = self._find("p.key = ?", name_key(new_name))
            if holder is not None and holder.id != found.id:
                raise NameTakenError(
                    f"Somebody else is already enrolled as {holder.name}: choose another name, or remove that person."
                )
            database.execute(
                "UPDATE person SET name = ?, key = ? WHERE id = ?", (new_name, name_key(new_name), found.id)
            )
            self._unscrubbed = True
            renamed = self._resolve(found.id)
        self._scrub()
        return renamed

    def clear(self) -> int:
        """See `Gallery.clear`."""
        with self._transaction(write=True) as database:
            gone = database.execute("DELETE FROM person").rowcount
            self._unscrubbed = True
        self._scrub()
        return gone

    # --- asking -------------------------------------------------------------------------------------------------------

    def list(self) -> tuple[Person, ...]:
        """See `Gallery.list`."""
        with self._transaction():
            return tuple(self._people(""))

    def get(self, person: str) -> Person:
        """See `Gallery.get`."""
        with self._transaction():
            return self._resolve(person)

    def embeddings_of(self, person: str, *, model: str, preprocessing: str) -> Embeddings:
        """See `Gallery.embeddings_of`."""
        with self._transaction() as database:
            found = self._resolve(person)
            rows = database.execute(
                "SELECT vector FROM embedding WHERE person = ? AND model = ? AND preprocessing = ? ORDER BY id",
                (found.id, model, preprocessing),
            ).fetchall()
        if not rows:
            how = "prepared by another version of facestyle" if model in found.models else "made by another model"
            raise NotEnrolledWithModelError(
                f"The embeddings of {found.name} were {how} and cannot be compared with those of {model}: "
                f"enrol {found.name} again with {model}."
            )
        try:
            return from_bytes([vector for (vector,) in rows])
        except ValueError as error:
            raise schema.damaged(self._label, str(error)) from error

    def search(self, probes: Embeddings, *, model: str, preprocessing: str, metric: str, top_k: int) -> Matches:
        """See `Gallery.search`."""
        check_metric(metric)
        if top_k < 1:
            raise InvalidRequestError(f"top_k is {top_k}: ask for 1 person or more.")
        with self._transaction():
            check_embeddings(probes, self._dimension(model))
            index = self._index(model, preprocessing)
        return index.search(probes, metric, top_k)

    def count(self, model: str, preprocessing: str) -> int:
        """See `Gallery.count`."""
        with self._transaction() as database:
            (people,) = database.execute(
                "SELECT count(DISTINCT person) FROM embedding WHERE model = ? AND preprocessing = ?",
                (model, preprocessing),
            ).fetchone()
        return int(people)

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

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing, on one consistent state of the gallery, under the lock."""
        with self._lock:
            if self._closed:
                raise GalleryUnavailableError(f"{self._label} was closed: open it again.")
            try:
                self._database.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                try:
                    yield self._database
                    self._database.execute("COMMIT")
                finally:
                    if write:
                        self._indexes.clear()
                    if self._database.in_transaction:
                        self._database.execute("ROLLBACK")
            except sqlite3.DatabaseError as error:
                explained = schema.explain(error, self._label)
                if explained is None:
                    raise
                raise explained from error

    def _scrub(self) -> None:
        """Leave nothing of what was removed in the file or its write-ahead log.

        `secure_delete` zeroes what is deleted, but when SQLite moves records between pages it may leave an old copy in
        a page's unused middle; VACUUM writes every page anew, and the checkpoint copies them over the file and empties
        the log. A reader elsewhere can hold that up: the change itself stands, and the next one, or `close`, tries
        again. What a disk keeps of overwritten blocks is out of reach here.
        """
        with self._lock:
            if not self._unscrubbed or self._closed:
                return
            with suppress(sqlite3.DatabaseError):  # the change is committed: what it was asked for is done
                self._database.execute("VACUUM")
                (busy, *_) = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._unscrubbed = bool(busy)
            if self._unscrubbed:
                logger.warning("%s: traces of removed content stay until its next change.", self._label)

    def _people(self, where: str, *parameters: str) -> Iterator[Person]:
        rows = self._database.execute(_PEOPLE.format(where=where), parameters).fetchall()
        for (person, name, created, thumbnail), group in groupby(rows, key=itemgetter(0, 1, 2, 3)):
            models = {model: count for *_, model, count in group}
            yield Person(
                id=person,
                name=name,
                models=tuple(models),
                embeddings=sum(models.values()),
                created=self._time(created),
                thumbnail=thumbnail,
            )

    def _time(self, text: Any) -> datetime:  # noqa: ANN401 - a damaged file may hold anything
        try:
            return datetime.fromisoformat(text)
        except (TypeError, ValueError) as error:
            raise schema.damaged(self._label, "a time in it is unreadable") from error

    def _find(self, condition: str, value: str) -> Person | None:
        return next(self._people(f"WHERE {condition}", value), None)

    def _resolve(self, person: str) -> Person:
        with suppress(InvalidNameError):
            name = normalize_name(person)
            found = self._find("p.id = ?", name) or self._find("p.key = ?", name_key(name))
            if found is not None:
                return found
        raise UnknownPersonError(f"Nobody is enrolled as {person[:60]!r}: choose a name or ID from the list of people.")

    def _dimension(self, model: str) -> int | None:
        row = self._database.execute("SELECT dimension FROM embedding WHERE model = ? LIMIT 1", (model,)).fetchone()
        return None if row is None else int(row[0])

    def _index(self, model: str, preprocessing: str) -> Index:
        """The index of the state that the running transaction sees."""
        (version,) = self._database.execute("PRAGMA data_version").fetchone()  # moves when others commit
        known = self._indexes.get((model, preprocessing))
        if known is not None and known[0] == version:
            return known[1]
        rows = self._database.execute(
            "SELECT p.id, p.name, e.vector FROM embedding e JOIN person p ON p.id = e.person"
            " WHERE e.model = ? AND e.preprocessing = ? ORDER BY p.key, p.id, e.id",
            (model, preprocessing),
        )
        try:
            index = Index.build(rows)
        except ValueError as error:
            raise schema.damaged(self._label, str(error)) from error
        self._indexes[model, preprocessing] = (version, index)
        return index


def _check_versions(model: str, preprocessing: str) -> None:
    for what, text in (("model", model), ("preprocessing", preprocessing)):
        if not text.strip() or not text.isprintable():
            raise InvalidRequestError(f"The {what} of the embeddings is blank or unprintable: name it.")


def _check_consent(consent: str | None) -> None:
    if consent is None:
        return
    try:
        consent.encode()
    except UnicodeEncodeError:
        consent = ""
    if not consent.strip() or len(consent) > MAX_CONSENT_LENGTH:
        raise InvalidRequestError(
            f"The text of the consent is blank, unreadable or longer than {MAX_CONSENT_LENGTH} characters: "
            "write down what the person agreed to."
        )
