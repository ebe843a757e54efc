"""Recorded SHA-256 sums of files that the catalogue doesn't pin: written after the download, checked on each load."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from facestyle import files
from facestyle.hub.remote import RemoteFile
from facestyle.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What a file was when it was checked.

    Attributes:
        sha256: Hex.
        bytes: Size.
    """

    sha256: str
    bytes: int


def folder(file: RemoteFile, settings: Settings) -> Path:
    """The project's own cache folder for one revision of one repository."""
    return settings.cache_dir / "hub" / file.repo.replace("/", "--") / file.revision


def record_path(file: RemoteFile, settings: Settings) -> Path:
    """Where a file's record lies."""
    return folder(file, settings) / f"{file.name.replace('/', '--')}.json"


def read(file: RemoteFile, settings: Settings) -> Record | None:
    """The record of a file; None if there is none, or none that can be read."""
    return load(record_path(file, settings))


def write(file: RemoteFile, record: Record, settings: Settings) -> None:
    """Keeps a record. If the folder can't be written, the file works all the same: the failure is only logged."""
    try:
        save(record_path(file, settings), record)
    except OSError as error:
        log.warning("The SHA-256 of %s could not be recorded: %s", file.where, error)


def load(path: Path) -> Record | None:
    """Reads a record file; None if it is missing or not a record."""
    try:
        facts = json.loads(path.read_text("utf-8"))
        return Record(sha256=str(facts["sha256"]), bytes=int(facts["bytes"]))
    except Exception:  # whatever is wrong with it, it is no record
        return None


def save(path: Path, record: Record) -> None:
    """Writes a record file in one step, so that another process reads the old one or the new one, never half of one.

    Raises:
        OSError: It can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as file:
        file.write(json.dumps(asdict(record)).encode())
