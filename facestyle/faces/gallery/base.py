"""What every gallery of enrolled people can do, wherever it keeps them."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from facestyle.faces.results import Match, Person

Embeddings = npt.NDArray[np.float32]
"""(N, D), one embedding a row."""
Matches = list[tuple[Match, ...]]
"""For each probe the nearest people, nearest first."""


class Gallery(Protocol):
    """Enrolled people and their embeddings.

    A person is one name (compared as `names.name_key` does) and any number of embeddings. Each embedding carries the
    model that made it and a version string of the preprocessing (detector and alignment) before it; embeddings that
    differ in either are never compared with each other.

    All methods may be called from several threads. Wherever a `person` is asked for, an ID or a name does: an ID is
    tried first. A call that raises has changed nothing. Besides the errors named, every method may raise
    `GalleryUnavailableError` (closed, locked by another program, disk full) and `GalleryDamagedError`.
    """

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
        """Enrol somebody, or add embeddings to whoever already bears that name.

        Args:
            name: Any script, 1 to 200 characters.
            embeddings: float32 (N, D), N at least 1, finite, no row zero; D as before for this model.
            model: Catalogue ID of the embedder.
            preprocessing: Version of the detection and alignment that made the embedder's input.
            thumbnail: JPEG bytes to keep; None leaves an earlier one as it is.
            consent: What the person agreed to; None leaves an earlier text as it is.

        Returns:
            The person as now stored.

        Raises:
            InvalidNameError: See `names.normalize_name`.
            InvalidEmbeddingError: See `embeddings`.
            InvalidRequestError: A blank or unprintable `model`, `preprocessing` or `consent`.
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

    def rename(self, person: str, new_name: str) -> Person:
        """Give a person another name; the ID stays.

        Raises:
            InvalidNameError: See `names.normalize_name`.
            NameTakenError: Somebody else bears that name; renaming never merges people.
            UnknownPersonError: Nobody has that ID or name.
        """
        ...

    def list(self) -> tuple[Person, ...]:
        """Everybody, sorted by casefolded name."""
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

    def search(self, probes: Embeddings, *, model: str, preprocessing: str, metric: str, top_k: int) -> Matches:
        """The nearest people to each probe, exactly: no one nearer is ever missed.

        A person's distance is the smallest over that person's embeddings of this model and preprocessing; people
        without any are not candidates. Equal distances are ordered by casefolded name, then ID.

        Args:
            probes: float32 (M, D), finite, no row zero.
            model: Catalogue ID of the embedder that made the probes.
            preprocessing: Version of the detection and alignment before it.
            metric: One of `similarity.METRICS`.
            top_k: How many people at most, 1 or more.

        Returns:
            M tuples, each of at most `top_k` matches, nearest first.

        Raises:
            InvalidEmbeddingError: See `probes`, or D is not that of the stored embeddings.
            InvalidRequestError: Unknown metric, or `top_k` below 1.
        """
        ...

    def count(self, model: str, preprocessing: str) -> int:
        """How many people a search with this model and preprocessing can find."""
        ...

    def clear(self) -> int:
        """Forget everybody; returns how many people that were."""
        ...

    def close(self) -> None:
        """Release what the gallery holds; may be called twice. Whatever follows raises GalleryUnavailableError."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
