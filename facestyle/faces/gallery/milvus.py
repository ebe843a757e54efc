"""A gallery on a Milvus server, for more people or more replicas than one machine carries."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from facestyle.errors import (
    GalleryUnavailableError,
    InvalidNameError,
    NameTakenError,
    UnknownPersonError,
    shown,
)
from facestyle.faces.gallery.base import (
    DEFAULT_NAMESPACE,
    Embeddings,
    EmbeddingSet,
    Gallery,
    Matches,
    Record,
    Sort,
)
from facestyle.faces.gallery.checks import (
    Clock,
    check_namespace,
    check_page,
    check_record,
    check_search,
    to_micros,
    utc_now,
)
from facestyle.faces.gallery.milvus_enrolment import FIELDS, Enrolment
from facestyle.faces.gallery.milvus_rows import check_thumbnail, fitting, to_person
from facestyle.faces.gallery.milvus_search import nearest_people
from facestyle.faces.gallery.milvus_tables import PEOPLE, Row, Tables, quoted
from facestyle.faces.gallery.names import name_key, normalize_name
from facestyle.faces.gallery.store import not_enrolled_with, taken_meanwhile
from facestyle.faces.gallery.vectors import check_dimension, check_embeddings
from facestyle.faces.results import Consent, Person

_RANKS: Final[dict[Sort, Callable[[Row], int]]] = {
    "newest": lambda row: -row["created"],
    "oldest": lambda row: row["created"],
    "pictures": lambda row: -to_person(row).embeddings,
}

Rows = list[Row]


class MilvusGallery(Gallery):
    """A `Gallery` that any number of machines share.

    Rows are read with strong consistency: what one replica acknowledged, the others see. A server knows no transaction
    over several rows, so two promises of `Gallery` hold less far: a call that breaks off in the middle may have
    enrolled some of many people, and deleted rows leave the server's disk when it next compacts, not at once. A
    person's row is written before the embeddings and deleted after them, so no embedding is ever without the person it
    belongs to.

    Args:
        address: `http(s)://host:port[/database]`, or the path of a Milvus Lite file (for trying out only).
        label: What the gallery is called in errors, at the beginning of a sentence.
        token: A token or `user:password`; empty for none.
        authority: The PEM file of the authority that signs the server's certificate; None for this machine's.
        namespace: Whose people it sees.
        retention: How long an enrolled person is kept; None for ever.
        clock: Tells the time.

    Raises:
        GalleryDriverMissingError: pymilvus is not installed.
        GalleryUnavailableError: The server does not answer, or refuses.
        InvalidRequestError: A blank or unprintable namespace.
    """

    def __init__(
        self,
        address: str,
        *,
        label: str = "The gallery",
        token: str = "",
        authority: Path | None = None,
        namespace: str = DEFAULT_NAMESPACE,
        retention: timedelta | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._namespace = check_namespace(namespace)
        self._mine = f"namespace == {quoted(namespace)}"
        self._label = label
        self._retention = retention
        self._clock = clock
        self._lock = threading.RLock()
        self._closed = False
        self._tables = Tables(address, label, token, authority)
        self._enrolment = Enrolment(self._tables, label, namespace, retention, clock)
        if retention is not None:  # also for those who were enrolled before there was one, or under a longer one
            end = to_micros(clock() + retention)
            rows = self._tables.rows(PEOPLE, f"{self._mine} and expires > {end}", FIELDS)
            self._tables.put(PEOPLE, [{**row, "expires": end} for row in rows])

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
        with self._lock:
            self._begin()
            lengths: dict[str, int | None] = {}
            for record in records:
                check_thumbnail(record.thumbnail)
                for item in record.sets:
                    if item.model not in lengths:
                        lengths[item.model] = self._dimension(item.model)
                    check_dimension(item.vectors, lengths[item.model])
                    lengths[item.model] = item.vectors.shape[1]
            rows = self._enrolment.enrol(list(zip(names, records, strict=True)), again=again)
            return tuple(to_person(row) for row in rows)

    def remove(self, person: str) -> Person:
        """See `Gallery.remove`."""
        with self._lock:
            self._begin()
            row = self._resolve(person)
            self._tables.forget([row["id"]])
            return to_person(row)

    def take(self, person: str) -> Record:
        """See `Gallery.take`."""
        with self._lock:
            self._begin()
            row = self._resolve(person)
            record = self._record(row)
            self._tables.forget([row["id"]])
            return replace(record, id=row["id"])

    def restore(self, record: Record) -> Person:
        """See `Gallery.restore`."""
        with self._lock:
            self._begin()
            holder = self._find("key", name_key(check_record(record)))
            if holder is not None:
                raise taken_meanwhile(holder["name"])
            return self._enrol([record], again=True)[0]

    def rename(self, person: str, new_name: str) -> Person:
        """See `Gallery.rename`."""
        new_name = normalize_name(new_name)
        with self._lock:
            self._begin()
            row = self._resolve(person)
            holder = self._find("key", name_key(new_name))
            if holder is not None and holder["id"] != row["id"]:
                raise NameTakenError(
                    f"Somebody else is already enrolled as {holder['name']}: "
                    "choose another name, or remove that person."
                )
            row = {**row, "name": new_name, "key": name_key(new_name)}
            self._tables.put(PEOPLE, [row])
            return to_person(row)

    def clear(self) -> int:
        """See `Gallery.clear`."""
        with self._lock:
            self._begin()
            for collection in self._tables.of_all_models():
                self._tables.delete(collection, self._ids(collection, self._mine))
            people = self._ids(PEOPLE, self._mine)
            self._tables.delete(PEOPLE, people)
            return len(people)

    def expire(self) -> int:
        """See `Gallery.expire`."""
        with self._lock:
            self._check_open()
            overdue = self._ids(PEOPLE, f"expires <= {to_micros(self._clock())}")
            self._tables.forget(overdue)
            return len(overdue)

    # --- asking -------------------------------------------------------------------------------------------------------

    def list(
        self, *, search: str = "", sort: Sort = "name", limit: int | None = None, offset: int = 0
    ) -> tuple[Person, ...]:
        """See `Gallery.list`."""
        check_page(sort, limit, offset)
        self._begin()
        rows = sorted(self._people(search), key=lambda row: (row["key"], row["id"]))
        if sort != "name":
            rows.sort(key=_RANKS[sort])
        return tuple(to_person(row) for row in rows[offset : None if limit is None else offset + limit])

    def get(self, person: str) -> Person:
        """See `Gallery.get`."""
        self._begin()
        return to_person(self._resolve(person))

    def embeddings_of(self, person: str, *, model: str, preprocessing: str) -> Embeddings:
        """See `Gallery.embeddings_of`."""
        self._begin()
        found = self._resolve(person)
        for collection in self._tables.of_model(model):
            rows = self._embeddings(collection, found["id"], preprocessing)
            if rows:
                return np.stack([row["vector"] for row in rows])
        raise not_enrolled_with(to_person(found), model)

    def search(
        self, probes: Embeddings, *, model: str, preprocessing: str, metric: str, top_k: int, mean: bool = False
    ) -> Matches:
        """See `Gallery.search`.

        The server finds the nearest embeddings; their distances are then computed here by definition. What it cannot
        decide exactly (the mean over a person, cosines of embeddings that are not unit vectors, ties without end) is
        computed here from all embeddings of the namespace.
        """
        check_search(metric, top_k)
        self._begin()
        check_embeddings(probes, self._dimension(model))
        where = f"{self._mine} and preprocessing == {quoted(preprocessing)}"
        for collection in self._tables.of_model(model):
            if self._tables.any(collection, where):
                return nearest_people(
                    self._tables, collection, where, probes, metric=metric, top_k=top_k, mean=mean, names=self._names
                )
        return [()] * len(probes)

    def count(self, model: str | None = None, preprocessing: str | None = None, *, search: str = "") -> int:
        """See `Gallery.count`."""
        self._begin()
        rows = self._people(search)
        if model is None and preprocessing is None:
            return len(rows)
        return sum(
            (model is None or known == model) and (preprocessing is None or preprocessing in counts)
            for row in rows
            for known, counts in [fitting(row, model, preprocessing)]
        )

    def records(self) -> Iterator[Record]:
        """See `Gallery.records`."""
        self._begin()
        for row in sorted(self._people(""), key=lambda row: (row["key"], row["id"])):
            record = self._record(row)
            if record.sets:
                yield record

    # --- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """See `Gallery.close`."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._tables.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise GalleryUnavailableError(f"{self._label} was closed: open it again.")

    def _begin(self) -> None:
        """Nobody whose time is over is ever shown."""
        self.expire()

    def _people(self, search: str) -> Rows:
        wanted = name_key(" ".join(search.split()))
        return [row for row in self._tables.rows(PEOPLE, self._mine, FIELDS) if wanted in row["key"]]

    def _find(self, field: str, value: str) -> Row | None:
        """The first to be enrolled of those whose field has that value."""
        rows = self._tables.rows(PEOPLE, f"{self._mine} and {field} == {quoted(value)}", FIELDS)
        return min(rows, key=lambda row: (row["created"], row["id"]), default=None)

    def _resolve(self, person: str) -> Row:
        try:
            name = normalize_name(person)
            found = self._find("id", name) or self._find("key", name_key(name))
        except InvalidNameError:
            found = None
        if found is None:
            raise UnknownPersonError(
                f"Nobody is enrolled as {shown(person)}: choose a name or ID from the list of people."
            )
        return found

    def _names(self, people: Sequence[str]) -> dict[str, tuple[str, str]]:
        """(key, name) of those people of this namespace that exist, by ID."""
        found: dict[str, tuple[str, str]] = {}
        for start in range(0, len(people), 500):
            wanted = ", ".join(quoted(person) for person in people[start : start + 500])
            for row in self._tables.rows(PEOPLE, f"{self._mine} and id in [{wanted}]", ("id", "key", "name")):
                found[row["id"]] = (row["key"], row["name"])
        return found

    def _ids(self, collection: str, where: str) -> Sequence[str]:
        return [row["id"] for row in self._tables.rows(collection, where, ("id",))]

    def _embeddings(self, collection: str, person: str, preprocessing: str) -> Rows:
        where = f"{self._mine} and person == {quoted(person)} and preprocessing == {quoted(preprocessing)}"
        rows = self._tables.rows(collection, where, ("id", "created", "vector"))
        rows.sort(key=lambda row: row["created"])
        return [{**row, "vector": np.array(row["vector"], dtype=np.float32)} for row in rows]

    def _record(self, row: Row) -> Record:
        person = to_person(row)
        sets = []
        for model, counts in sorted(json.loads(row["facts"])["models"].items()):
            for preprocessing in sorted(counts):
                for collection in self._tables.of_model(model):
                    if some := self._embeddings(collection, row["id"], preprocessing):
                        sets.append(EmbeddingSet(model, preprocessing, np.stack([one["vector"] for one in some])))
        return Record(person.name, tuple(sets), person.thumbnail, person.consent, person.created, person.expires)

    def _dimension(self, model: str) -> int | None:
        for collection in self._tables.of_model(model):
            if self._tables.any(collection, self._mine):
                return int(collection.rpartition("_")[2])
        return None
