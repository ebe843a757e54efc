"""A person as a row of Milvus, and back."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from facestyle.errors import InvalidRequestError
from facestyle.faces.gallery import schema
from facestyle.faces.gallery.base import Record
from facestyle.faces.gallery.checks import from_micros, to_micros
from facestyle.faces.gallery.milvus_tables import NEVER, TEXT_BYTES, Row
from facestyle.faces.gallery.vectors import DamagedRowError
from facestyle.faces.results import Consent, Person


def check_thumbnail(thumbnail: bytes | None) -> None:
    """Refuse what Milvus cannot keep.

    Raises:
        InvalidRequestError: The thumbnail is too large.
    """
    if thumbnail is not None and 4 * (len(thumbnail) // 3 + 1) > TEXT_BYTES:
        raise InvalidRequestError("The thumbnail is too large for a Milvus server (48 KB): enrol without it.")


def pack_facts(facts: dict[str, Any]) -> str:
    """What has no field of its own: how many embeddings of which model and preprocessing, and the consent.

    Raises:
        InvalidRequestError: It is too long for Milvus.
    """
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > TEXT_BYTES:
        raise InvalidRequestError("The text of the consent is too long for a Milvus server: shorten it.")
    return text


def with_record(row: Row, record: Record) -> Row:
    """The row with the record's thumbnail and consent, where it has them."""
    facts = json.loads(row["facts"])
    if record.consent is not None:
        facts["consent"] = [record.consent.text, record.consent.version, to_micros(record.consent.given)]
    thumbnail = row["thumbnail"] if record.thumbnail is None else base64.b64encode(record.thumbnail).decode()
    return {**row, "facts": pack_facts(facts), "thumbnail": thumbnail}


def fitting(row: Row, model: str | None, preprocessing: str | None) -> tuple[str, dict[str, int]]:
    """A model of the person with that preprocessing, if there is one."""
    models: dict[str, dict[str, int]] = json.loads(row["facts"])["models"]
    for known, counts in models.items():
        if model in (None, known) and (preprocessing is None or preprocessing in counts):
            return known, counts
    return "", {}


def to_person(row: Row) -> Person:
    """What a row says.

    Raises:
        GalleryDamagedError: It is not what was stored.
    """
    try:
        facts = json.loads(row["facts"])
        consent = facts["consent"]
        models = {model: sum(counts.values()) for model, counts in sorted(facts["models"].items())}
        return Person(
            id=row["id"],
            name=row["name"],
            models=tuple(models),
            embeddings=sum(models.values()),
            created=from_micros(row["created"]),
            thumbnail=base64.b64decode(row["thumbnail"]) if row["thumbnail"] else None,
            expires=None if row["expires"] == NEVER else from_micros(row["expires"]),
            consent=None if consent is None else Consent(consent[0], consent[1], from_micros(consent[2])),
        )
    except (KeyError, TypeError, DamagedRowError, json.JSONDecodeError, binascii.Error) as error:
        raise schema.damaged("The gallery on the server", "a person's row is not what was stored") from error
