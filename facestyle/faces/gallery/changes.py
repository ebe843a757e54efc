"""Writing people and their embeddings into the tables of `schema`, always within a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from facestyle.faces.gallery.base import EmbeddingSet, Record
from facestyle.faces.gallery.checks import expiry, to_micros
from facestyle.faces.gallery.names import name_key
from facestyle.faces.gallery.queries import Scope
from facestyle.faces.gallery.vectors import check_dimension, to_bytes
from facestyle.faces.results import Person

_TELL_APART: Final = 1000
"""Of more people removed at once, who they were is not noted: whoever holds embeddings in memory reads them anew."""
_EVER: Final = 2**62
"""Later than any time, in microseconds."""
_REMEMBER: Final = 10_000
"""For so many versions it is noted who was removed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a gallery.

    Attributes:
        scope: The namespace.
        now: The time.
        retention: How long whoever is enrolled is kept.
    """

    scope: Scope
    now: datetime
    retention: timedelta | None

    def enrol(self, name: str, record: Record, *, again: bool) -> tuple[int, bool]:
        """Adds a checked record under a normalised name.

        Args:
            name: From `checks.check_record`.
            record: What to store.
            again: Store embeddings that the person has already a second time.

        Returns:
            The person's number, and whether an earlier thumbnail or consent was overwritten.

        Raises:
            InvalidEmbeddingError: Not the dimension of the model's embeddings here.
        """
        for item in record.sets:
            check_dimension(item.vectors, self.scope.dimension(item.model))
        (taken,) = self.scope.database.execute(
            "SELECT EXISTS (SELECT 1 FROM person WHERE namespace = ? AND key = ?)",
            (self.scope.namespace, name_key(name)),
        ).fetchone()
        found = self.scope.find("key", name_key(name)) if taken else None
        if found is None:
            number, replaced = self._new(name, record), False
        else:
            number, replaced = found[0], self._refresh(*found, record)
        for item in record.sets:
            self._embed(number, item, again=again or found is None)
        return number, replaced

    def _new(self, name: str, record: Record) -> int:
        cursor = self.scope.database.execute(
            "INSERT INTO person (id, namespace, name, key, created, expires, consent, consent_version, consent_given,"
            " thumbnail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.id or uuid.uuid4().hex,
                self.scope.namespace,
                name,
                name_key(name),
                to_micros(record.created or self.now),
                expiry(record, self.now, self.retention, until=()),
                *_consent(record),
                record.thumbnail,
            ),
        )
        return int(cursor.lastrowid or 0)

    def _refresh(self, number: int, known: Person, record: Record) -> bool:
        """Gives somebody known the newer facts; whether an older thumbnail or consent was overwritten."""
        self.scope.database.execute(
            "UPDATE person SET thumbnail = coalesce(?, thumbnail), expires = ?, created = min(created, ?)"
            " WHERE number = ?",
            (
                record.thumbnail,
                expiry(record, self.now, self.retention, until=(known.expires,)),
                to_micros(record.created or self.now),
                number,
            ),
        )
        if record.consent is not None:
            self.scope.database.execute(
                "UPDATE person SET consent = ?, consent_version = ?, consent_given = ? WHERE number = ?",
                (*_consent(record), number),
            )
        return (known.thumbnail is not None and record.thumbnail not in (None, known.thumbnail)) or (
            known.consent is not None and record.consent not in (None, known.consent)
        )

    def _embed(self, person: int, item: EmbeddingSet, *, again: bool) -> None:
        if not len(item.vectors):
            return
        database, namespace = self.scope.database, self.scope.namespace
        space = self.scope.space(item.model, item.preprocessing)
        if space is None:
            cursor = database.execute(
                "INSERT INTO space (namespace, model, preprocessing, dimension) VALUES (?, ?, ?, ?)",
                (namespace, item.model, item.preprocessing, item.vectors.shape[1]),
            )
            number = int(cursor.lastrowid or 0)
        else:
            number = space[0]
        rows = to_bytes(item.vectors)
        if not again:
            known = set(self.scope.vectors(person, number))
            rows = [row for row in rows if row not in known]
        stamp = to_micros(self.now)
        database.executemany(
            "INSERT INTO embedding (person, space, created, vector) VALUES (?, ?, ?, ?)",
            [(person, number, stamp, row) for row in rows],
        )

    def rename(self, person: int, name: str) -> None:
        """Gives the person a free, normalised name."""
        self.scope.database.execute(
            "UPDATE person SET name = ?, key = ? WHERE number = ?", (name, name_key(name), person)
        )

    def step(self) -> int:
        """Raises the version of the store: others then look for what changed."""
        (version,) = self.scope.database.execute("UPDATE state SET version = version + 1 RETURNING version").fetchone()
        return int(version)

    def forget(self, people: Sequence[int]) -> None:
        """Deletes the people with those numbers, of whatever namespace, and all that hangs on them."""
        database = self.scope.database
        version = self.step()
        if len(people) > _TELL_APART:
            database.execute("UPDATE state SET rebuild = version")
        else:
            database.executemany("INSERT INTO removed VALUES (?, ?)", [(version, person) for person in people])
        database.executemany("DELETE FROM person WHERE number = ?", [(person,) for person in people])
        database.execute(
            "DELETE FROM space WHERE NOT EXISTS (SELECT 1 FROM embedding WHERE embedding.space = space.number)"
        )
        database.execute("DELETE FROM removed WHERE version <= ?", (version - _REMEMBER,))
        database.execute("UPDATE state SET rebuild = max(rebuild, ?)", (version - _REMEMBER,))

    def outlasting(self) -> bool:
        """Whether anybody would be kept for longer than the retention from now on."""
        query = "SELECT EXISTS (SELECT 1 FROM person WHERE namespace = ? AND coalesce(expires, ?) > ?)"
        (found,) = self.scope.database.execute(query, (self.scope.namespace, _EVER, self._end())).fetchone()
        return bool(found)

    def shorten(self) -> None:
        """Lets the retention begin now for those who would be kept for longer."""
        self.step()
        self.scope.database.execute(
            "UPDATE person SET expires = ? WHERE namespace = ? AND coalesce(expires, ?) > ?",
            (self._end(), self.scope.namespace, _EVER, self._end()),
        )

    def _end(self) -> int:
        return _EVER if self.retention is None else to_micros(self.now + self.retention)

    def overdue(self) -> list[int]:
        """The numbers of those whose time is over, in every namespace."""
        query = "SELECT number FROM person WHERE expires <= ?"
        return [number for (number,) in self.scope.database.execute(query, (to_micros(self.now),))]


def _consent(record: Record) -> tuple[str | None, str | None, int | None]:
    consent = record.consent
    return (None, None, None) if consent is None else (consent.text, consent.version, to_micros(consent.given))


def stored(scope: Scope, numbers: Sequence[int]) -> tuple[Person, ...]:
    """Those people as now stored, in that order."""
    found: dict[int, Person] = {}
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        found |= scope.people(f"AND number IN ({', '.join('?' * len(some))})", some)
    return tuple(found[number] for number in numbers)
