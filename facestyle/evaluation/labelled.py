"""Lists of pictures with names: who is enrolled, and who is looked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.pairs import read_rows, require_files


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture and the name of the person it is about."""

    path: Path
    name: str


def read_labelled(path: Path, images: Path | None = None) -> tuple[Labelled, ...]:
    """Reads a CSV file with the columns `path` and `name`, in any order; further columns are ignored.

    Args:
        path: The list.
        images: Folder that relative paths start from; default: the list's own.

    Raises:
        InvalidRequestError: The file can't be read or lacks a column, a row lacks a value, a picture is listed twice or
            is not there, or there is none.
    """
    images = path.parent if images is None else images
    rows = read_rows(path)
    if not rows:
        raise InvalidRequestError(f"{path} lists no pictures. It needs the columns path and name, and a row for each.")
    found = []
    for number, fields in enumerate(rows, 2):
        if not fields.get("path") or not fields.get("name"):
            raise InvalidRequestError(f"Row {number} of {path.name} needs a value for each of path and name.")
        found.append(Labelled(images / fields["path"], fields["name"]))
    repeated = [name for name, count in Counter(item.path for item in found).items() if count > 1]
    if repeated:
        raise InvalidRequestError(f"{path.name} lists a picture more than once: {repeated[0]}.")
    require_files([item.path for item in found], path)
    return tuple(found)
