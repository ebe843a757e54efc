"""What a gallery refuses before it looks at its store, and the times it keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from facestyle.errors import InvalidEmbeddingError, InvalidRequestError
from facestyle.faces.gallery.base import SORTS, Record
from facestyle.faces.gallery.names import normalize_name
from facestyle.faces.gallery.vectors import DamagedRowError, check_embeddings
from facestyle.faces.results import Consent
from facestyle.faces.similarity import check_metric
from facestyle.numbers import shown

MAX_CONSENT_LENGTH = 10_000
"""Characters."""
MAX_VERSION_LENGTH = 200
"""Characters of a namespace, a model's ID, a preprocessing's or a consent text's version."""

Clock = Callable[[], datetime]
"""Tells the time, with its zone."""


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def from_micros(value: object) -> datetime:
    """The inverse of `to_micros`.

    Raises:
        DamagedRowError: The value is no such number.
    """
    if not isinstance(value, int):
        raise DamagedRowError("a time in it is unreadable")
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    except OverflowError as error:
        raise DamagedRowError("a time in it is unreadable") from error


def check_namespace(namespace: str) -> str:
    """The namespace, if it can be one.

    Raises:
        InvalidRequestError: It is blank, too long or unprintable.
    """
    if not namespace.strip() or not namespace.isprintable() or len(namespace) > MAX_VERSION_LENGTH:
        raise InvalidRequestError(
            f"A gallery's namespace must be 1 to {MAX_VERSION_LENGTH} printable characters: choose another."
        )
    return namespace


def check_record(record: Record) -> str:
    """The name to store a person under.

    Raises:
        InvalidNameError: See `names.normalize_name`.
        InvalidEmbeddingError: Embeddings that cannot be compared, or none.
        InvalidRequestError: Something else is blank, unprintable or too long.
    """
    name = normalize_name(record.name)
    dimensions: dict[str, int] = {}
    for item in record.sets:
        _check_version("model", item.model)
        _check_version("preprocessing", item.preprocessing)
        check_embeddings(item.vectors, dimensions.get(item.model))
        if len(item.vectors):
            dimensions[item.model] = item.vectors.shape[1]
    if not dimensions:
        raise InvalidEmbeddingError("There is no embedding to enrol: give at least one picture with a face.")
    if record.consent is not None:
        _check_consent(record.consent)
    for moment in (record.created, record.expires):
        _check_moment(moment)
    return name


def check_search(metric: str, top_k: int) -> None:
    """Refuse what cannot be searched.

    Raises:
        InvalidRequestError: Unknown metric, or `top_k` below 1.
    """
    check_metric(metric)
    if top_k < 1:
        raise InvalidRequestError(f"top_k is {shown(top_k)}: ask for 1 person or more.")


def check_page(sort: str, limit: int | None, offset: int) -> None:
    """Refuse what is no page of a list.

    Raises:
        InvalidRequestError: An unknown order, a negative `limit` or `offset`.
    """
    if sort not in SORTS:
        raise InvalidRequestError(f"People cannot be sorted by {shown(sort)}. Choose one of: {', '.join(SORTS)}.")
    if offset < 0 or (limit is not None and limit < 0):
        raise InvalidRequestError("The limit and the offset of a list must be 0 or more.")


def expiry(
    record: Record, now: datetime, retention: timedelta | None, *, until: Sequence[datetime | None]
) -> int | None:
    """When to forget a person who is enrolled now, in microseconds; None for never.

    Args:
        record: What is enrolled.
        now: The time.
        retention: The gallery's.
        until: For somebody enrolled already: when that person was to be forgotten.
    """
    ends = [record.expires, *until]
    end = None if any(moment is None for moment in ends) else max(moment for moment in ends if moment is not None)
    if retention is not None:
        end = now + retention if end is None else min(end, now + retention)
    return None if end is None else to_micros(end)


def _check_version(what: str, text: str) -> None:
    if not text.strip() or not text.isprintable() or len(text) > MAX_VERSION_LENGTH:
        raise InvalidRequestError(f"The {what} of the embeddings is blank, too long or unprintable: name it.")


def _check_consent(consent: Consent) -> None:
    text = consent.text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = ""
    if not text.strip() or len(text) > MAX_CONSENT_LENGTH:
        raise InvalidRequestError(
            f"The text of the consent is blank, unreadable or longer than {MAX_CONSENT_LENGTH} characters: "
            "write down what the person agreed to."
        )
    if not consent.version.strip() or not consent.version.isprintable() or len(consent.version) > MAX_VERSION_LENGTH:
        raise InvalidRequestError("The version of the consent's text is blank, too long or unprintable: name it.")
    _check_moment(consent.given)


def _check_moment(moment: datetime | None) -> None:
    if moment is None:
        return
    if moment.utcoffset() is None:
        raise InvalidRequestError("A time without its time zone does not tell when: give it in UTC.")
    try:
        moment.astimezone(UTC)
    except OverflowError as error:  # such as midnight of 1 January of the year 1 in a zone east of Greenwich
        raise InvalidRequestError(
            "A time lies before the year 1 or after the year 9999 in UTC, and cannot be kept: give another."
        ) from error
