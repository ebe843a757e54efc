"""An album's groups on disk: a table of all faces, and a contact sheet of each group."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from facestyle import images
from facestyle.errors import InvalidRequestError
from facestyle.faces.album.results import AlbumFace, AlbumResult
from facestyle.faces.results import RGB

_SIDE, _COLUMNS, _MOST = 112, 10, 500
"""Pixels of a face, faces in a row, and faces on a sheet."""


def write_sheets(result: AlbumResult, folder: Path) -> tuple[Path, ...]:
    """Writes `index.csv` (group, picture, left, top, right, bottom, cover) and `group_001.jpg`, `group_002.jpg` ...

    Group 0 of the table are the ungrouped faces. No file takes its name from a picture.

    Returns:
        The files written.

    Raises:
        InvalidRequestError: The folder can't be written to.
    """
    groups = [(number, group.faces, group.cover) for number, group in enumerate(result.groups, 1)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / "index.csv"]
        with written[0].open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["group", "picture", "left", "top", "right", "bottom", "cover"])
            for number, positions, cover in [*groups, (0, result.not_grouped, -1)]:
                for position in positions:
                    face = result.faces[position]
                    table.writerow([number, face.name, *face.face.box.as_list(), int(position == cover)])
        for number, positions, _ in groups:
            path = folder / f"group_{number:03d}.jpg"
            images.save(_sheet([result.faces[position] for position in positions[:_MOST]]), path)
            written.append(path)
    except OSError as error:
        raise InvalidRequestError(f"The groups can't be written to {folder} ({error.strerror}).") from error
    return tuple(written)


def _sheet(faces: Sequence[AlbumFace]) -> RGB:
    rows = math.ceil(len(faces) / _COLUMNS)
    sheet = Image.new("RGB", (min(len(faces), _COLUMNS) * _SIDE, rows * _SIDE), "white")
    for place, face in enumerate(faces):
        with Image.open(io.BytesIO(face.thumbnail), formats=["JPEG"]) as chip:
            row, column = divmod(place, _COLUMNS)
            sheet.paste(chip.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), (column * _SIDE, row * _SIDE))
    return np.asarray(sheet)
