"""The people of a gallery as a table for people: names and times, no embeddings."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Final

from facestyle.faces.gallery.base import Gallery

COLUMNS: Final = ("name", "enrolled", "forgotten", "pictures", "consent version", "consent given")

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet compute a cell rather than show it (OWASP, "CSV Injection")."""


def people_csv(gallery: Gallery) -> str:
    """A line a person, sorted by name, with a head; times are UTC, to the second."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for person in gallery.list():
        consent = person.consent
        lines.writerow(
            [
                _shown(person.name),
                _time(person.created),
                _time(person.expires),
                person.embeddings,
                "" if consent is None else _shown(consent.version),
                "" if consent is None else _time(consent.given),
            ]
        )
    return text.getvalue()


def _shown(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
