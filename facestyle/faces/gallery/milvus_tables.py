"""Rows in Milvus, a vector database server: people in one collection, embeddings in one for each model and length.

Of Milvus' features only those are used that hold on every release from 2.3 on: filters, upserts of whole rows, exact
(FLAT) search, strong consistency. Rows are told apart by namespace with a filter that this module writes itself.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from facestyle.errors import GalleryDriverMissingError, GalleryUnavailableError
from facestyle.faces.gallery.base import Embeddings

PEOPLE: Final = "facestyle_people"
NEVER: Final = 2**62
"""The expiry of whoever is not forgotten by time."""
MOST_ROWS: Final = 16_384
"""What one query or search of Milvus returns at most."""
TEXT_BYTES: Final = 65_535
"""The longest text that Milvus keeps in a field."""

_PERSON_TEXTS: Final = {"namespace": 800, "name": 800, "key": 8000, "facts": TEXT_BYTES, "thumbnail": TEXT_BYTES}
"""Fields and their lengths in bytes: 200 characters are 800 bytes at most."""
_WRITE_ROWS: Final = 2_000
_HEX: Final = "0123456789abcdef"
_TIMEOUT_S: Final = 30.0

Row = dict[str, Any]


def quoted(text: str) -> str:
    """A text within a filter."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Tables:
    """A connection, and the collections that facestyle keeps there.

    Args:
        address: `http(s)://host:port[/database]`, or the path of a Milvus Lite file.
        label: What the gallery is called in errors, at the beginning of a sentence.
        token: A token or `user:password`; empty for none.
        authority: The PEM file of the authority that signs the server's certificate.

    Raises:
        GalleryDriverMissingError: pymilvus is not installed.
        GalleryUnavailableError: The server does not answer, or refuses.
    """

    def __init__(self, address: str, label: str, token: str, authority: Path | None) -> None:
        # Milvus Lite, for trying out, reads rows that are not flushed one by one: let it flush early.
        os.environ.setdefault("MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES", str(2**20))
        try:
            import pymilvus
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise GalleryDriverMissingError(
                f"{label} is on a Milvus server, and the package that talks to it is not installed: "
                "run `pip install pymilvus` (for a .db file `pip install pymilvus milvus-lite`)."
            ) from error
        self._milvus = pymilvus
        self._errors: tuple[type[Exception], ...] = (MilvusException,)
        self._label = label
        self._file = None if "://" in address else str(Path(address).expanduser().absolute())
        options: dict[str, Any] = {} if authority is None else {"server_pem_path": str(authority), "secure": True}
        with self.explained():
            self._client = pymilvus.MilvusClient(self._file or address, token=token, timeout=_TIMEOUT_S, **options)
            self._known: set[str] = set()
            self._make(PEOPLE, 2, _PERSON_TEXTS, ("created", "expires"))

    def close(self) -> None:
        """Ends the connection."""
        with suppress(*self._errors):
            self._client.close()
        if self._file is not None:
            with suppress(ImportError):
                from milvus_lite.server_manager import server_manager_instance

                server_manager_instance.release_server(self._file)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What the server complains about, in words."""
        try:
            yield
        except self._errors as error:
            said = str(getattr(error, "message", error)).splitlines()[0][:200]
            raise GalleryUnavailableError(
                f"{self._label} does not answer as it should ({said}): check that the server runs, its address and "
                "FACESTYLE_GALLERY_TOKEN, and try again."
            ) from error
        except ModuleNotFoundError as error:  # pymilvus looks for Milvus Lite late
            raise GalleryDriverMissingError(
                f"{self._label} needs a package that is not installed: run `pip install {error.name}`."
            ) from error

    # --- collections --------------------------------------------------------------------------------------------------

    def embeddings(self, model: str, dimension: int) -> str:
        """The collection of a model's embeddings; made where it is missing."""
        name = f"{_prefix(model)}{dimension}"
        self._make(name, dimension, {"namespace": 800, "person": 64, "preprocessing": 800}, ("created",), norm=True)
        return name

    def of_model(self, model: str) -> list[str]:
        """The collections of a model's embeddings that exist: one for each length."""
        return [name for name in self._names() if name.startswith(_prefix(model))]

    def of_all_models(self) -> list[str]:
        """The collections of all embeddings."""
        return [name for name in self._names() if re.fullmatch(r"facestyle_[0-9a-f]{16}_\d+", name)]

    def _names(self) -> list[str]:
        with self.explained():
            names = sorted(self._client.list_collections())
            for name in names:
                if name.startswith("facestyle_"):
                    self._load(name)
        return names

    def _load(self, name: str) -> None:
        if name not in self._known:
            self._client.load_collection(name)  # also after reopening
            self._known.add(name)

    def _make(
        self, name: str, dimension: int, texts: dict[str, int], numbers: Sequence[str], *, norm: bool = False
    ) -> None:
        if name in self._known:
            return
        kinds = self._milvus.DataType
        with self.explained():
            if not self._client.has_collection(name):
                schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field("id", kinds.VARCHAR, is_primary=True, max_length=64)
                for text, length in texts.items():
                    schema.add_field(text, kinds.VARCHAR, max_length=length)
                for number in numbers:
                    schema.add_field(number, kinds.INT64)
                if norm:
                    schema.add_field("norm", kinds.DOUBLE)
                schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
                index = self._client.prepare_index_params()
                index.add_index("vector", index_type="FLAT", metric_type="L2")
                with suppress(*self._errors):  # another replica may be making it
                    self._client.create_collection(name, schema=schema, index_params=index, consistency_level="Strong")
            self._load(name)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def put(self, collection: str, rows: Sequence[Row]) -> None:
        """Writes whole rows, over those of the same ID."""
        with self.explained():
            for start in range(0, len(rows), _WRITE_ROWS):
                self._client.upsert(collection, list(rows[start : start + _WRITE_ROWS]))

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Deletes rows."""
        with self.explained():
            for start in range(0, len(ids), _WRITE_ROWS):
                self._client.delete(collection, ids=list(ids[start : start + _WRITE_ROWS]))

    def forget(self, people: Sequence[str]) -> None:
        """Deletes embeddings, then people; of whatever namespace, as IDs are never given twice."""
        for start in range(0, len(people), 500):
            some = people[start : start + 500]
            wanted = ", ".join(quoted(person) for person in some)
            for collection in self.of_all_models():
                self.delete(collection, [row["id"] for row in self.rows(collection, f"person in [{wanted}]", ("id",))])
            self.delete(PEOPLE, some)

    def rows(self, collection: str, where: str, fields: Sequence[str], prefix: str = "") -> list[Row]:
        """All rows that fulfil a filter, however many: where there are too many for one query, by the IDs' digits."""
        limited = f'({where}) and id like "{prefix}%"' if prefix else where
        with self.explained():
            found: list[Row] = [
                dict(row)
                for row in self._client.query(
                    collection, filter=limited, output_fields=list(fields), limit=MOST_ROWS, consistency_level="Strong"
                )
            ]
        if len(found) < MOST_ROWS:
            return found
        return [row for digit in _HEX for row in self.rows(collection, where, fields, prefix + digit)]

    def any(self, collection: str, where: str) -> bool:
        """Whether a row fulfils a filter."""
        with self.explained():
            return bool(
                self._client.query(collection, filter=where, output_fields=["id"], limit=1, consistency_level="Strong")
            )

    def nearest(
        self, collection: str, where: str, probe: Embeddings, limit: int
    ) -> list[tuple[str, float, Embeddings]]:
        """(Person, squared distance, embedding) of the nearest rows to a probe (D,), nearest first."""
        with self.explained():
            (hits,) = self._client.search(
                collection,
                data=[probe.tolist()],
                anns_field="vector",
                filter=where,
                limit=limit,
                output_fields=["person", "vector"],
                search_params={"metric_type": "L2"},
                consistency_level="Strong",
            )
        return [
            (hit["entity"]["person"], float(hit["distance"]), np.array(hit["entity"]["vector"], dtype=np.float32))
            for hit in hits
        ]


def _prefix(model: str) -> str:
    """Of the names of a model's collections: IDs of models may hold what no name of a collection may."""
    return f"facestyle_{hashlib.sha256(model.encode()).hexdigest()[:16]}_"
