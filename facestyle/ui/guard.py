"""From exceptions to sentences: expected ones speak for themselves, others say nothing of names or pictures."""

from __future__ import annotations

import logging
import traceback

from facestyle import files
from facestyle.errors import FacestyleError
from facestyle.ui import html, texts

log = logging.getLogger("facestyle.ui")


def record(error: BaseException) -> None:
    """Logs where an unexpected error came from, without its message: a message may hold a path or a name."""
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("Unexpected %s\n%s", type(error).__name__, places)


def explain(error: Exception, *, where: str = "", extra: str = "") -> str:
    """The notice to show in the place of a result."""
    error = files.named(error) or error
    if isinstance(error, FacestyleError):
        return html.refusal(error, where=where, extra=extra)
    record(error)
    return html.unexpected()


def as_json(error: Exception) -> dict[str, dict[str, str]]:
    """The same for programs: `{"error": {"code", "message"}}`."""
    error = files.named(error) or error
    if isinstance(error, FacestyleError):
        return {"error": error.as_dict()}
    record(error)
    return {"error": {"code": "internal_error", "message": texts.UNEXPECTED}}
