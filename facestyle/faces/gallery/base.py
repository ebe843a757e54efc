"""What every gallery of enrolled people can do, wherever it keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from facestyle.faces.results import Consent, Match, Person

Embeddings = npt.NDArray[np.float32]
"""(N, D), one embedding a row."""
Matches = list[tuple[Match, ...]]
"""For each probe the nearest people, nearest first."""
Sort = Literal["name", "newest", "oldest", "pictures"]
"""Orders of a list: by casefolded name, by the time of the first enrolment, or most embeddings first."""
SORTS: Final = ("name", "newest", "oldest", "pictures")
DEFAULT_NAMESPACE: Final = "default"


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingSet:
    """A person's embeddings of one model and preprocessing.

    Attributes:
        model: Catalogue ID of the embedder.
        preprocessing: Version of the detection and alignment that made the embedder's input.
        vectors: (N, D).
    """

    model: str
    preprocessing: str
    vectors: Embeddings


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A person with all embeddings: what is enrolled, exported and imported.

    Attributes:
        name: As `names.normalize_name` wants it.
        sets: The embeddings.
        thumbnail: JPEG bytes.
        consent: What the person agreed to.
        created: When the person was first enrolled; None for now.
        expires: When to forget the person; None for what the gallery's own retention says. Never later than that.
        id: Of somebody taken out of a gallery, to be put back with; None for a new one.
    """

    name: str
    sets: tuple[EmbeddingSet, ...]
    thumbnail: bytes | None = field(default=None, repr=False)
    consent: Consent | None = None
    created: datetime | None = None
    expires: datetime | None = None
    id: str | None = None


class Gallery(Protocol):
    """The enrolled people of one namespace, and their embeddings.

    A store (a file, a server) may hold many namespaces: browser sessions, tenants. A gallery is opened on one of them,
    and no call takes another's name: what one namespace holds can be neither found, listed, changed nor counted from
    another.

    A person is one name (compared as `names.name_key` does) and any number of embeddings. Each embedding carries the
    model that made it and a version string of the preprocessing (detector and alignment) before it; embeddings that
    differ in either are never compared with each other.

    Where the gallery has a retention, each person is forgotten when it ends; nobody whose time is over is ever listed
    or found. Adding embeddings to somebody begins the time anew. For whoever was enrolled before there was a retention,
    or under a longer one, it begins when the gallery is opened with it. Withdrawing consent is `remove`.

    All methods may be called from several threads. Wherever a `person` is asked for, an ID or a name does: an ID is
    tried first. A call that raises has changed nothing. Besides the errors named, every method may raise
    `GalleryUnavailableError` (closed, locked by another program, disk full, server away) and `GalleryDamagedError`.
    """

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
        """Enrol somebody, or add embeddings to whoever already bears that name.

        Args:
            name: Any script, 1 to 200 characters.
            embeddings: float32 (N, D), N at least 1, finite, no row zero; D as before for this model.
            model: Catalogue ID of the embedder.
            preprocessing: Version of the detection and alignment that made the embedder's input.
            thumbnail: JPEG bytes to keep; None leaves an earlier one as it is.
            consent: What the person agreed to; None leaves an earlier record as it is.

        Returns:
            The person as now stored.

        Raises:
            InvalidNameError: See `names.normalize_name`.
            InvalidEmbeddingError: See `embeddings`.
            InvalidRequestError: A blank or unprintable `model`, `preprocessing` or `consent`.
        """
        ...

    def upsert(self, records: Sequence[Record]) -> tuple[Person, ...]:
        """Enrol many people at once, all of them or none; each as `add` does.

        Embeddings that a person has already are not stored twice, so the same records may come again.

        Returns:
            The people as now stored, in the order of `records`.

        Raises:
            InvalidNameError: See `names.normalize_name`.
            InvalidEmbeddingError: See `add`.
            InvalidRequestError: See `add`.
        """
        ...

    def remove(self, person: str) -> Person:
        """Forget a person, with all embeddings, thumbnail and consent.

        Returns:
            The person as last stored.

        Raises:
            UnknownPersonError: Nobody has that ID or name.
        """
        ...

    def take(self, person: str) -> Record:
        """Forget a person as `remove` does, and hand over all that was stored, for `restore` to put back.

        Raises:
            UnknownPersonError: Nobody has that ID or name.
        """
        ...

    def restore(self, record: Record) -> Person:
        """Put back whom `take` handed over: same ID, times, consent, thumbnail and embeddings.

        The person's time goes on as if nothing had happened: it neither stood still nor begins anew.

        Raises:
            NameTakenError: Somebody was enrolled under that name meanwhile; restoring never merges people.
            InvalidEmbeddingError: The gallery's embeddings of a model have another length by now.
        """
        ...

    def rename(self, person: str, new_name: str) -> Person:
        """Give a person another name; the ID stays.

        Raises:
            InvalidNameError: See `names.normalize_name`.
            NameTakenError: Somebody else bears that name; renaming never merges people.
            UnknownPersonError: Nobody has that ID or name.
        """
        ...

    def list(
        self, *, search: str = "", sort: Sort = "name", limit: int | None = None, offset: int = 0
    ) -> tuple[Person, ...]:
        """One page of the people, or all.

        Args:
            search: Only people whose name contains this, whatever the case; an empty text is in every name.
            sort: Order; people of the same time, or with as many embeddings, go by casefolded name.
            limit: The length of a page; None for all.
            offset: How many people come before the page.

        Raises:
            InvalidRequestError: An unknown order, a negative `limit` or `offset`.
        """
        ...

    def get(self, person: str) -> Person:
        """One person.

        Raises:
            UnknownPersonError: Nobody has that ID or name.
        """
        ...

    def embeddings_of(self, person: str, *, model: str, preprocessing: str) -> Embeddings:
        """A person's embeddings of one model and preprocessing, in the order they were added.

        Returns:
            (N, D), N at least 1; the caller's own copy.

        Raises:
            UnknownPersonError: Nobody has that ID or name.
            NotEnrolledWithModelError: The person has only other models' or other preprocessing's embeddings.
        """
        ...

    def search(
        self, probes: Embeddings, *, model: str, preprocessing: str, metric: str, top_k: int, mean: bool = False
    ) -> Matches:
        """The nearest people to each probe, exactly: no one nearer is ever missed.

        A person's distance is the smallest over that person's embeddings of this model and preprocessing; people
        without any are not candidates. Equal distances are ordered by casefolded name, then ID.

        Args:
            probes: float32 (M, D), finite, no row zero.
            model: Catalogue ID of the embedder that made the probes.
            preprocessing: Version of the detection and alignment before it.
            metric: One of `similarity.METRICS`.
            top_k: How many people at most, 1 or more.
            mean: Take the mean over a person's embeddings rather than the smallest.

        Returns:
            M tuples, each of at most `top_k` matches, nearest first.

        Raises:
            InvalidEmbeddingError: See `probes`, or D is not that of the stored embeddings.
            InvalidRequestError: Unknown metric, or `top_k` below 1.
        """
        ...

    def count(self, model: str | None = None, preprocessing: str | None = None, *, search: str = "") -> int:
        """How many people there are.

        Args:
            model: Only those with embeddings of this model.
            preprocessing: Only those with embeddings of this preprocessing. With both: whom a search can find.
            search: Only those whose name contains this, as in `list`.
        """
        ...

    def records(self) -> Iterator[Record]:
        """Everybody with all embeddings, by casefolded name; whoever is removed meanwhile is left out."""
        ...

    def expire(self) -> int:
        """Forget whose time is over, in every namespace of the store; returns how many people that were.

        Every other call does this first, so a clock needs it only to be on time while nobody calls.
        """
        ...

    def clear(self) -> int:
        """Forget everybody, and thereby the namespace; returns how many people that were."""
        ...

    def close(self) -> None:
        """Release what the gallery holds; may be called twice. Whatever follows raises GalleryUnavailableError."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
