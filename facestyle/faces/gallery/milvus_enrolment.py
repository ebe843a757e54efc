"""Enrolling on a Milvus server: many people at once, by as few requests as one takes."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from facestyle.errors import GalleryUnavailableError
from facestyle.faces.gallery.base import Record
from facestyle.faces.gallery.checks import Clock, expiry, from_micros, to_micros
from facestyle.faces.gallery.milvus_rows import pack_facts, with_record
from facestyle.faces.gallery.milvus_tables import NEVER, PEOPLE, Row, Tables, quoted
from facestyle.faces.gallery.names import name_key

FIELDS: Final = ("id", "namespace", "name", "key", "facts", "thumbnail", "created", "expires", "vector")
"""Of a row of people."""
_ROUNDS: Final = 6
_PAUSE_S: Final = 0.5
_AT_ONCE: Final = 500
"""People enrolled together: each step is one request for all of them."""

Rows = list[Row]
Named = Sequence[tuple[str, Record]]
"""Records under their normalised names."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrols in one namespace.

    Attributes:
        tables: The server.
        label: What the gallery is called in errors, at the beginning of a sentence.
        namespace: Whose people.
        retention: How long an enrolled person is kept; None for ever.
        clock: Tells the time.
    """

    tables: Tables
    label: str
    namespace: str
    retention: timedelta | None
    clock: Clock

    def enrol(self, everybody: Named, *, again: bool) -> list[Row]:
        """Enrols checked records in their order; the people's rows as now stored.

        Args:
            everybody: The records under their normalised names.
            again: Store embeddings that a person has already a second time.

        Raises:
            GalleryUnavailableError: The server refuses, or others change the same people all the time.
        """
        rows: dict[str, Row] = {}
        for some in _of_different_names(everybody):
            rows |= self._put(some, again=again)
        return [rows[name_key(name)] for name, _ in everybody]

    def _put(self, some: Named, *, again: bool) -> dict[str, Row]:
        """Enrols records of different names; the people's rows by key.

        A server cannot keep two replicas from enrolling the same new name at once: whoever then sees the other's row
        takes back the own one, and tries again after a random pause.
        """
        left = {name_key(name): (name, record) for name, record in some}
        done: dict[str, Row] = {}
        for _ in range(_ROUNDS):
            before = self._holders(list(left))
            drafts = {key: self._draft(*one, before.get(key)) for key, one in left.items()}
            fresh = [row for key, row in drafts.items() if key not in before]
            try:
                self.tables.put(PEOPLE, fresh)
                lost = self._shared(fresh)
                self.tables.delete(PEOPLE, [drafts[key]["id"] for key in lost])
                won = {key: row for key, row in drafts.items() if key not in lost}
                self._embed([(row, left[key][1]) for key, row in won.items()], before, again=again)
            except GalleryUnavailableError:
                with suppress(GalleryUnavailableError):
                    self.tables.forget([row["id"] for row in fresh])
                    self.tables.put(PEOPLE, list(before.values()))
                raise
            done |= won
            left = {key: left[key] for key in lost}
            if not left:
                return done
            time.sleep(random.uniform(0, _PAUSE_S))
        raise GalleryUnavailableError(f"{self.label} is being changed by many at once: try again.")

    def _draft(self, name: str, record: Record, known: Row | None) -> Row:
        """The row of somebody with the record's facts; its embeddings are not counted yet."""
        now = self.clock()
        if known is not None:
            until = None if known["expires"] == NEVER else from_micros(known["expires"])
            row: Row = {
                **known,
                "created": min(known["created"], to_micros(record.created or now)),
                "expires": expiry(record, now, self.retention, until=(until,)) or NEVER,
            }
            return with_record(row, record)
        row = {
            "id": record.id or uuid.uuid4().hex,
            "namespace": self.namespace,
            "name": name,
            "key": name_key(name),
            "facts": pack_facts({"models": {}, "consent": None}),
            "thumbnail": "",
            "created": to_micros(record.created or now),
            "expires": expiry(record, now, self.retention, until=()) or NEVER,
            "vector": [1.0, 0.0],
        }
        return with_record(row, record)

    def _embed(self, people: Sequence[tuple[Row, Record]], before: dict[str, Row], *, again: bool) -> None:
        """Counts the embeddings in the people's rows and writes those, then the embeddings."""
        now = to_micros(self.clock())
        rows: dict[str, Rows] = {}
        known = {} if again else self._known([one for one in people if one[0]["key"] in before])
        for row, record in people:
            facts = json.loads(row["facts"])
            for item in record.sets:
                if not len(item.vectors):
                    continue
                collection = self.tables.embeddings(item.model, item.vectors.shape[1])
                old = known.get((row["id"], item.model, item.preprocessing), set())
                vectors = [v for v in item.vectors if v.tobytes() not in old]
                fresh = rows.setdefault(collection, [])
                fresh += [
                    {
                        "id": uuid.uuid4().hex,
                        "namespace": self.namespace,
                        "person": row["id"],
                        "preprocessing": item.preprocessing,
                        "created": now * 1000 + i,  # in the order they were added
                        "norm": float(np.dot(v.astype(np.float64), v.astype(np.float64))),
                        "vector": v.tolist(),
                    }
                    for i, v in enumerate(vectors, len(fresh))
                ]
                counts = facts["models"].setdefault(item.model, {})
                counts[item.preprocessing] = counts.get(item.preprocessing, 0) + len(vectors)
            row["facts"] = pack_facts(facts)
        self.tables.put(PEOPLE, [row for row, _ in people])
        for collection, some in rows.items():
            self.tables.put(collection, some)

    def _known(self, people: Sequence[tuple[Row, Record]]) -> dict[tuple[str, str, str], set[bytes]]:
        """The bytes of those people's embeddings of the records' models, by person, model and preprocessing."""
        found: dict[tuple[str, str, str], set[bytes]] = {}
        wanted = ", ".join(quoted(row["id"]) for row, _ in people)
        for model in sorted({item.model for _, record in people for item in record.sets}):
            for collection in self.tables.of_model(model):
                where = f"{self._mine} and person in [{wanted}]"
                for row in self.tables.rows(collection, where, ("id", "person", "preprocessing", "vector")):
                    vector = np.array(row["vector"], dtype=np.float32).tobytes()
                    found.setdefault((row["person"], model, row["preprocessing"]), set()).add(vector)
        return found

    @property
    def _mine(self) -> str:
        return f"namespace == {quoted(self.namespace)}"

    def _holders(self, keys: Sequence[str]) -> dict[str, Row]:
        """The first to be enrolled under each of those keys, by key."""
        wanted = ", ".join(quoted(key) for key in keys)
        found: dict[str, Row] = {}
        for row in self.tables.rows(PEOPLE, f"{self._mine} and key in [{wanted}]", FIELDS):
            held = found.setdefault(row["key"], row)
            if (row["created"], row["id"]) < (held["created"], held["id"]):
                found[row["key"]] = row
        return found

    def _shared(self, rows: Rows) -> set[str]:
        """The keys of those rows that somebody else has too."""
        if not rows:
            return set()
        wanted = ", ".join(quoted(row["key"]) for row in rows)
        own = {row["id"] for row in rows}
        found = self.tables.rows(PEOPLE, f"{self._mine} and key in [{wanted}]", ("id", "key"))
        return {row["key"] for row in found if row["id"] not in own}


def _of_different_names(everybody: Named) -> Iterator[Named]:
    """The same in order, cut so that in no part a name comes twice."""
    part: list[tuple[str, Record]] = []
    keys: set[str] = set()
    for name, record in everybody:
        if name_key(name) in keys or len(part) == _AT_ONCE:
            yield part
            part, keys = [], set()
        part.append((name, record))
        keys.add(name_key(name))
    if part:
        yield part
