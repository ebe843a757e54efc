"""The pair lists of Labeled Faces in the Wild (Huang et al. 2007), in their official layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facestyle.errors import InvalidRequestError

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".pgm", ".bmp")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, whether they show the same person, and the fold that the pair belongs to (from 0)."""

    a: Path
    b: Path
    same: bool
    fold: int


def read_pairs(pairs: Path, images: Path) -> tuple[Pair, ...]:
    """Reads `pairs.txt`: a header line, then for each fold its same pairs followed by its different pairs.

    The header is `FOLDS<TAB>N` or, for one fold, `N`; each fold has N same pairs (`name i j`) and N different ones
    (`name i other j`). Picture i of a person is `images/name/name_%04d` with any known suffix.

    Raises:
        InvalidRequestError: The file is missing or not in this layout, or names a picture that is not there.
    """
    try:
        lines = [line.split() for line in pairs.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"The pair list {pairs} can't be read: {error}.") from error
    header = lines[0] if lines else []
    if not 1 <= len(header) <= 2 or not all(field.isdigit() for field in header):
        raise InvalidRequestError(f"{pairs} does not begin with a header line such as “10<TAB>300”.")
    folds, count = (1, int(header[0])) if len(header) == 1 else (int(header[0]), int(header[1]))
    if len(lines) - 1 != 2 * folds * count or count == 0:
        raise InvalidRequestError(
            f"{pairs} announces {folds} fold(s) of 2 x {count} pairs, but lists {len(lines) - 1} pairs."
        )
    return tuple(
        _pair(fields, images, fold=index // (2 * count), line=index + 2) for index, fields in enumerate(lines[1:])
    )


def _pair(fields: list[str], images: Path, *, fold: int, line: int) -> Pair:
    if len(fields) == 3 and fields[1].isdigit() and fields[2].isdigit():
        name, first, second = fields
        return Pair(_picture(images, name, first), _picture(images, name, second), True, fold)
    if len(fields) == 4 and fields[1].isdigit() and fields[3].isdigit():
        name, first, other, second = fields
        return Pair(_picture(images, name, first), _picture(images, other, second), False, fold)
    raise InvalidRequestError(f"Line {line} of the pair list is neither “name i j” nor “name i other j”.")


def _picture(images: Path, name: str, number: str) -> Path:
    stem = images / name / f"{name}_{int(number):04d}"
    for suffix in _SUFFIXES:
        if (path := stem.with_suffix(suffix)).is_file():
            return path
    raise InvalidRequestError(f"The pair list names a picture that is not there: {stem}{_SUFFIXES[0]}.")
