"""Reading people and their embeddings from the tables of `schema`, always within one namespace."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from facestyle.errors import InvalidNameError, UnknownPersonError, shown
from facestyle.faces.gallery.base import EmbeddingSet, Record, Sort
from facestyle.faces.gallery.checks import from_micros
from facestyle.faces.gallery.index import Index
from facestyle.faces.gallery.names import name_key, normalize_name
from facestyle.faces.gallery.vectors import DamagedRowError, from_bytes
from facestyle.faces.results import Consent, Person

_MANY: Final = 500
"""Values in one statement: the least limit of a SQLite is 999."""
_LOAD_ROWS: Final = 8192

_ORDERS: Final = {
    "name": "key, id",
    "newest": "created DESC, key, id",
    "oldest": "created, key, id",
    "pictures": "(SELECT count(*) FROM embedding e WHERE e.person = person.number) DESC, key, id",
}
_COLUMNS: Final = "number, id, name, created, expires, consent, consent_version, consent_given, thumbnail"


@dataclass(frozen=True, slots=True)
class Scope:
    """A database seen from one namespace, within a transaction."""

    database: sqlite3.Connection
    namespace: str

    # --- people -------------------------------------------------------------------------------------------------------

    def people(
        self, where: str = "", values: Sequence[object] = (), tail: str = "ORDER BY key, id"
    ) -> dict[int, Person]:
        """The people that fulfil a condition, by number, in order.

        Raises:
            DamagedRowError: A row is not what was stored.
        """
        rows = self.database.execute(
            f"SELECT {_COLUMNS} FROM person WHERE namespace = ? {where} {tail}",  # noqa: S608 - our own text
            (self.namespace, *values),
        ).fetchall()
        counts: dict[int, dict[str, int]] = {row[0]: {} for row in rows}
        for number, model, count in self._of_many(
            "SELECT e.person, s.model, count(*) FROM embedding e JOIN space s ON s.number = e.space"
            " WHERE e.person IN ({}) GROUP BY e.person, s.model ORDER BY s.model",
            list(counts),
        ):
            counts[number][model] = count
        return {row[0]: _person(row, counts[row[0]]) for row in rows}

    def page(self, search: str, sort: Sort, limit: int | None, offset: int) -> tuple[Person, ...]:
        """See `Gallery.list`."""
        where, values = _containing(search)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?"
        page = (*values, -1 if limit is None else limit, offset)
        return tuple(self.people(where, page, tail).values())

    def find(self, condition: str, value: object) -> tuple[int, Person] | None:
        """The one whose column has that value."""
        return next(iter(self.people(f"AND {condition} = ?", (value,)).items()), None)

    def resolve(self, person: str) -> tuple[int, Person]:
        """By ID or name.

        Raises:
            UnknownPersonError: Nobody has that ID or name here.
        """
        with suppress(InvalidNameError):
            name = normalize_name(person)
            found = self.find("id", name) or self.find("key", name_key(name))
            if found is not None:
                return found
        raise UnknownPersonError(f"Nobody is enrolled as {shown(person)}: choose a name or ID from the list of people.")

    def count(self, model: str | None, preprocessing: str | None, search: str) -> int:
        """See `Gallery.count`."""
        if model is not None and preprocessing is not None and not search:  # what every identification asks
            space = self.space(model, preprocessing)
            query = "SELECT count(DISTINCT person) FROM embedding WHERE space = ?"
            return 0 if space is None else int(self.database.execute(query, space[:1]).fetchone()[0])
        where, values = _containing(search)
        if model is not None or preprocessing is not None:
            where += (
                " AND number IN (SELECT e.person FROM embedding e JOIN space s ON s.number = e.space"
                " WHERE s.namespace = ? AND s.model = coalesce(?, s.model)"
                " AND s.preprocessing = coalesce(?, s.preprocessing))"
            )
            values = (*values, self.namespace, model, preprocessing)
        query = f"SELECT count(*) FROM person WHERE namespace = ? {where}"  # noqa: S608 - our own text
        return int(self.database.execute(query, (self.namespace, *values)).fetchone()[0])

    def named(self, numbers: Sequence[int]) -> dict[int, tuple[str, str, str]]:
        """(key, ID, name) of the people with those numbers, as far as they exist."""
        query = "SELECT number, key, id, name FROM person WHERE number IN ({})"
        return {number: (key, person, name) for number, key, person, name in self._of_many(query, numbers)}

    def numbers(self) -> list[int]:
        """Everybody's number, by casefolded name."""
        query = "SELECT number FROM person WHERE namespace = ? ORDER BY key, id"
        return [number for (number,) in self.database.execute(query, (self.namespace,))]

    def records(self, numbers: Sequence[int]) -> list[Record]:
        """The people with those numbers that exist, with all embeddings, by casefolded name.

        Raises:
            DamagedRowError: A row is not what was stored.
        """
        marks = ", ".join("?" * len(numbers))
        sets: dict[int, dict[tuple[str, str], list[bytes]]] = {}
        for number, model, preprocessing, vector in self._of_many(
            "SELECT e.person, s.model, s.preprocessing, e.vector FROM embedding e JOIN space s ON s.number = e.space"
            " WHERE e.person IN ({}) ORDER BY s.model, s.preprocessing, e.id",
            numbers,
        ):
            sets.setdefault(number, {}).setdefault((model, preprocessing), []).append(vector)
        return [
            Record(
                name=person.name,
                sets=tuple(EmbeddingSet(*which, from_bytes(rows)) for which, rows in sets.get(number, {}).items()),
                thumbnail=person.thumbnail,
                consent=person.consent,
                created=person.created,
                expires=person.expires,
            )
            for number, person in self.people(f"AND number IN ({marks})", numbers).items()
        ]

    # --- embeddings ---------------------------------------------------------------------------------------------------

    def dimension(self, model: str) -> int | None:
        """Of the model's embeddings here."""
        query = "SELECT dimension FROM space WHERE namespace = ? AND model = ? LIMIT 1"
        row = self.database.execute(query, (self.namespace, model)).fetchone()
        return None if row is None else int(row[0])

    def space(self, model: str, preprocessing: str) -> tuple[int, int] | None:
        """(Number, dimension) of the space of those embeddings, if there are any."""
        query = "SELECT number, dimension FROM space WHERE namespace = ? AND model = ? AND preprocessing = ?"
        row = self.database.execute(query, (self.namespace, model, preprocessing)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def vectors(self, person: int, space: int) -> list[bytes]:
        """A person's embeddings in a space, in the order they were added."""
        query = "SELECT vector FROM embedding WHERE person = ? AND space = ? ORDER BY id"
        return [vector for (vector,) in self.database.execute(query, (person, space))]

    def state(self) -> tuple[int, int]:
        """The version of the store, and the oldest version from which changes are still told apart."""
        version, rebuild = self.database.execute("SELECT version, rebuild FROM state").fetchone()
        return int(version), int(rebuild)

    def bring_up(self, index: Index, space: int) -> None:
        """Takes into the index what changed in its space since it was last brought up.

        Raises:
            DamagedRowError: A row is not what was stored.
        """
        version, _ = self.state()
        if index.version != version:
            gone = self.database.execute("SELECT DISTINCT person FROM removed WHERE version > ?", (index.version,))
            if people := {int(person) for (person,) in gone}:
                index.remove(people)
        for ids, people, blobs in self._added(index, space):
            vectors = from_bytes(blobs)
            if vectors.shape[1] != index.dimension:
                raise DamagedRowError("embeddings of different lengths under one model")
            index.append(np.array(people, dtype=np.int64), vectors)
            index.last = ids[-1]
        index.version = version

    def _added(self, index: Index, space: int) -> Any:  # noqa: ANN401 - an iterator over columns of rows
        """Rows after the last one known, in the order of the table where most of it is of this space."""
        (highest,) = self.database.execute("SELECT coalesce(max(id), 0) FROM embedding").fetchone()
        if highest <= index.last:
            return
        (rows,) = self.database.execute("SELECT count(*) FROM embedding WHERE space = ?", (space,)).fetchone()
        route = "NOT INDEXED" if index.last or 4 * rows >= highest else ""
        cursor = self.database.execute(
            f"SELECT id, person, vector FROM embedding {route} WHERE space = ? AND id > ? ORDER BY id",  # noqa: S608
            (space, index.last),
        )
        while batch := cursor.fetchmany(_LOAD_ROWS):
            yield tuple(zip(*batch, strict=True))

    def _of_many(self, query: str, numbers: Sequence[int]) -> Any:  # noqa: ANN401 - an iterator over rows
        """The query for those numbers, some hundred at a time."""
        for start in range(0, len(numbers), _MANY):
            some = numbers[start : start + _MANY]
            yield from self.database.execute(query.format(", ".join("?" * len(some))), some).fetchall()


def _containing(search: str) -> tuple[str, tuple[object, ...]]:
    wanted = name_key(" ".join(search.split())).encode(errors="replace").decode()  # a lone surrogate is in no name
    return ("AND instr(key, ?)", (wanted,)) if wanted else ("", ())


def _person(row: Sequence[Any], models: dict[str, int]) -> Person:
    _, person, name, created, expires, text, version, given, thumbnail = row
    return Person(
        id=person,
        name=name,
        models=tuple(models),
        embeddings=sum(models.values()),
        created=from_micros(created),
        thumbnail=thumbnail,
        expires=None if expires is None else from_micros(expires),
        consent=None if text is None else Consent(text, str(version), from_micros(given)),
    )
