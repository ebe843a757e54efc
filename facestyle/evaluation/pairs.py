"""Lists of labelled pairs: the official layout of Labeled Faces in the Wild (Huang et al. 2007), and CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facestyle.errors import InvalidRequestError

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".pgm", ".bmp", ".JPG", ".JPEG", ".PNG")
_COLUMNS = ("file_x", "file_y", "same")
_NAMED = 10
"""How many missing pictures a refusal names."""


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
    try:
        lines = pairs.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"The pair list {pairs} can't be read: {error}.") from error
    columns = {column.strip() for column in lines[0].split(",")} if lines else set()
    found = _from_csv(lines, pairs, images) if columns.issuperset(_COLUMNS) else _from_text(lines, pairs, images)
    require_files([path for pair in found for path in (pair.a, pair.b)], pairs)
    return found


def require_files(paths: Sequence[Path], source: Path) -> None:
    """Checks that all pictures of a list are there.

    Raises:
        InvalidRequestError: Some are not; the message counts them and names the first ten.
    """
    missing = [path for path in dict.fromkeys(paths) if not path.is_file()]
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        raise InvalidRequestError(
            f"{source.name} names {len(missing):,} picture(s) that are not there: "
            f"{', '.join(map(str, missing[:_NAMED]))}{more}."
        )


def _from_csv(lines: list[str], pairs: Path, images: Path) -> tuple[Pair, ...]:
    found, labels = [], {"1": True, "0": False}
    for number, row in enumerate(csv.DictReader(lines, skipinitialspace=True), 2):
        fields = {(key or "").strip(): value.strip() for key, value in row.items() if isinstance(value, str)}
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


def _from_text(text: list[str], pairs: Path, images: Path) -> tuple[Pair, ...]:
    lines = [(number, fields) for number, line in enumerate(text, 1) if (fields := line.split())]
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
    return next((path for suffix in _SUFFIXES if (path := folder / (stem + suffix)).is_file()), folder / f"{stem}.jpg")
