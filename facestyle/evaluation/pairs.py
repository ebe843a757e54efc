"""Lists of labelled pairs: the official layout of Labeled Faces in the Wild (Huang et al. 2007), and CSV."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facestyle.errors import InvalidRequestError, refused

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".pgm", ".bmp", ".JPG", ".JPEG", ".PNG")
_COLUMNS = ("file_x", "file_y", "same")
_NAMED, _LONGEST = 10, 300
"""How many missing pictures a refusal names, and characters of each."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, whether they show the same person, and the fold that the pair belongs to (from 0)."""

    a: Path
    b: Path
    same: bool
    fold: int


def read_pairs(pairs: Path, images: Path | None = None) -> tuple[Pair, ...]:
    """Reads a list of pairs, in one of two layouts.

    `pairs.txt`: a header line, then for each fold its same pairs followed by its different pairs. The header is
    `FOLDS<TAB>N` or, for one fold, `N`; each fold has N same pairs (`name i j`) and N different ones
    (`name i other j`). Picture i of a person is `images/name/name_%04d` with any known suffix. Fields are separated by
    any white space; blank lines, blanks at a line's end, Windows line ends and a byte order mark do no harm.

    CSV: the columns `file_x`, `file_y` (paths below `images`), `same` (1 or 0) and, if there are several folds, `fold`
    (whole numbers); further columns are ignored.

    Args:
        pairs: The list. It is CSV where its first line names the columns.
        images: Folder of the pictures; default: the list's own.

    Raises:
        InvalidRequestError: The file is missing or in neither layout, or names pictures that are not there (ten of them
            are listed).
    """
    images = pairs.parent if images is None else images
    text = _read(pairs)
    columns = {column.strip() for column in text.partition("\n")[0].split(",")}
    with refused(InvalidRequestError(f"The list {pairs} can't be read: it holds what is no pair.")):
        found = _from_csv(pairs, images) if columns.issuperset(_COLUMNS) else _from_text(text, pairs, images)
    require_files([path for pair in found for path in (pair.a, pair.b)], pairs)
    return found


def read_rows(path: Path) -> list[dict[str, str]]:
    """Reads a CSV file with a header line, as all lists of the evaluation are read.

    Returns:
        Values by column, without blanks around either; without the values that a row lacks.

    Raises:
        InvalidRequestError: The file can't be read, or is no CSV.
    """
    text = io.StringIO(_read(path), newline="")
    with refused(InvalidRequestError(f"The list {path} can't be read: it is no CSV.")):
        rows = list(csv.DictReader(text, skipinitialspace=True))
    return [
        {(key or "").strip(): value.strip() for key, value in row.items() if isinstance(value, str)} for row in rows
    ]


def require_files(paths: Sequence[Path], source: Path) -> None:
    """Checks that all pictures of a list are there.

    Raises:
        InvalidRequestError: Some are not; the message counts them and names the first ten.
    """
    missing = [path for path in dict.fromkeys(paths) if not os.path.isfile(path)]  # Path's own fails on a long name
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        raise InvalidRequestError(
            f"{source.name} names {len(missing):,} picture(s) that are not there: "
            f"{', '.join(str(path)[:_LONGEST] for path in missing[:_NAMED])}{more}."
        )


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InvalidRequestError(f"The list {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidRequestError(f"The list {path} can't be read: it is no text in UTF-8.") from error


def _from_csv(pairs: Path, images: Path) -> tuple[Pair, ...]:
    found, labels = [], {"1": True, "0": False}
    for number, fields in enumerate(read_rows(pairs), 2):
        same, fold = fields.get("same"), fields.get("fold", "0")
        if (
            same is None
            or same not in labels
            or not fields.get("file_x")
            or not fields.get("file_y")
            or not fold.isdecimal()
        ):
            raise InvalidRequestError(
                f"Row {number} of {pairs.name} needs two files, “same” as 1 or 0 and, if given, “fold” as a number."
            )
        found.append(Pair(images / fields["file_x"], images / fields["file_y"], labels[same], int(fold)))
    if not found:
        raise InvalidRequestError(f"{pairs} lists no pairs.")
    return tuple(found)


def _from_text(text: str, pairs: Path, images: Path) -> tuple[Pair, ...]:
    lines = [(number, fields) for number, line in enumerate(text.splitlines(), 1) if (fields := line.split())]
    header = lines[0][1] if lines else []
    if not 1 <= len(header) <= 2 or not all(field.isdecimal() for field in header):
        raise InvalidRequestError(
            f"{pairs} begins neither with a header line such as “10<TAB>300” nor with the columns file_x,file_y,same."
        )
    folds, count = (1, int(header[0])) if len(header) == 1 else (int(header[0]), int(header[1]))
    if len(lines) - 1 != 2 * folds * count or count == 0:
        raise InvalidRequestError(
            f"{pairs} announces {folds} fold(s) of 2 x {count} pairs, but lists {len(lines) - 1} pairs."
        )
    return tuple(
        _pair(fields, images, fold=index // (2 * count), line=number)
        for index, (number, fields) in enumerate(lines[1:])
    )


def _pair(fields: list[str], images: Path, *, fold: int, line: int) -> Pair:
    if len(fields) == 3 and fields[1].isdecimal() and fields[2].isdecimal():
        name, first, second = fields
        return Pair(_picture(images, name, first), _picture(images, name, second), True, fold)
    if len(fields) == 4 and fields[1].isdecimal() and fields[3].isdecimal():
        name, first, other, second = fields
        return Pair(_picture(images, name, first), _picture(images, other, second), False, fold)
    raise InvalidRequestError(f"Line {line} of the pair list is neither “name i j” nor “name i other j”.")


def _picture(images: Path, name: str, number: str) -> Path:
    """The file with the first known suffix that is there; with the first suffix where there is none."""
    folder = images / name
    stem = f"{name}_{int(number):04d}"
    known = (folder / f"{stem}{suffix}" for suffix in _SUFFIXES)
    return next(filter(os.path.isfile, known), folder / f"{stem}.jpg")
