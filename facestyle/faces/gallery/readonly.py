"""A gallery for those who may find people in it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NoReturn, Self

from facestyle.errors import NotAllowedError
from facestyle.faces.gallery.base import Embeddings, Gallery, Matches, Record, Sort
from facestyle.faces.results import Consent, Person


class ReadOnlyGallery(Gallery):
    """Another gallery, of which people can be searched and listed but neither changed nor carried away.

    Whatever would change it, and `records`, by which everybody's embeddings leave it, raises `NotAllowedError`.
    Closing it leaves the other open.

    Args:
        gallery: The other.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

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
        """Refused."""
        refuse()

    def upsert(self, records: Sequence[Record]) -> tuple[Person, ...]:
        """Refused."""
        refuse()

    def remove(self, person: str) -> Person:
        """Refused."""
        refuse()

    def take(self, person: str) -> Record:
        """Refused."""
        refuse()

    def restore(self, record: Record) -> Person:
        """Refused."""
        refuse()

    def rename(self, person: str, new_name: str) -> Person:
        """Refused."""
        refuse()

    def clear(self) -> int:
        """Refused."""
        refuse()

    def records(self) -> Iterator[Record]:
        """Refused."""
        refuse()

    def list(
        self, *, search: str = "", sort: Sort = "name", limit: int | None = None, offset: int = 0
    ) -> tuple[Person, ...]:
        """See `Gallery.list`."""
        return self._gallery.list(search=search, sort=sort, limit=limit, offset=offset)

    def get(self, person: str) -> Person:
        """See `Gallery.get`."""
        return self._gallery.get(person)

    def embeddings_of(self, person: str, *, model: str, preprocessing: str) -> Embeddings:
        """See `Gallery.embeddings_of`: what a claim is compared with."""
        return self._gallery.embeddings_of(person, model=model, preprocessing=preprocessing)

    def search(
        self, probes: Embeddings, *, model: str, preprocessing: str, metric: str, top_k: int, mean: bool = False
    ) -> Matches:
        """See `Gallery.search`."""
        return self._gallery.search(
            probes, model=model, preprocessing=preprocessing, metric=metric, top_k=top_k, mean=mean
        )

    def count(self, model: str | None = None, preprocessing: str | None = None, *, search: str = "") -> int:
        """See `Gallery.count`."""
        return self._gallery.count(model, preprocessing, search=search)

    def expire(self) -> int:
        """See `Gallery.expire`: time runs out whoever looks on."""
        return self._gallery.expire()

    def close(self) -> None:
        """Leaves the other gallery open: it belongs to whoever opened it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def refuse() -> NoReturn:
    """Says who may.

    Raises:
        NotAllowedError: Always.
    """
    raise NotAllowedError("This gallery is shared, and only its administrators may change or export it: ask one.")
