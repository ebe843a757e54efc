"""`gallery enroll FOLDER`: everybody of a folder of pictures, a sub-folder or a file a person."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_gallery, add_json, add_models, face_service
from facestyle.cli.output import Output, counted, people
from facestyle.errors import (
    FacestyleError,
    GalleryDamagedError,
    GalleryUnavailableError,
    InvalidRequestError,
    NotEnrolledWithModelError,
    UnknownPersonError,
)

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService

    Verbs = argparse._SubParsersAction[Any]


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to `gallery`."""
    parser = verbs.add_parser(
        "enroll",
        help="add everybody of a folder of pictures",
        description="Adds everybody of a folder: FOLDER/NAME/any.jpg, or FOLDER/NAME.jpg. What cannot be enrolled is "
        "named and left out. Whoever is enrolled already is left as is, so a run that broke off can be repeated. "
        "Running it states that these people agreed to it.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--again", action="store_true", help="add pictures to people who are enrolled already, too")
    parser.add_argument("--keep-thumbnail", action="store_true", help="also store the first aligned face as a picture")
    parser.add_argument("--accept-poor", action="store_true", help="enrol faces of poor quality too")
    parser.add_argument("--accept-conflict", action="store_true", help="enrol although a face looks like somebody else")
    add_models(parser)
    add_gallery(parser)
    add_json(parser)
    parser.set_defaults(run=_enroll)


def _people(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """(Name, pictures) by name; what is hidden does not count.

    Raises:
        InvalidRequestError: It is no folder, cannot be read, or holds nothing.
    """
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
        found: dict[str, list[Path]] = {}
        for entry in entries:
            inside = sorted(entry.iterdir()) if entry.is_dir() else [entry]
            pictures = [file for file in inside if file.is_file() and not file.name.startswith(".")]
            found.setdefault(entry.name if entry.is_dir() else entry.stem, []).extend(pictures)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidRequestError(f"{folder} cannot be read ({reason}): name a folder of pictures.") from error
    if not any(found.values()):
        raise InvalidRequestError(f"There is nothing in {folder}: name a folder with a sub-folder or a file a person.")
    return iter(found.items())


def _enroll(options: argparse.Namespace, output: Output) -> None:
    everybody = _people(options.folder)
    enrolled: list[dict[str, object]] = []
    refused: list[dict[str, object]] = []
    known = 0
    with face_service(options) as service:
        for name, pictures in everybody:
            if not options.again and _is_enrolled(service, name):
                known += 1
                continue
            added = 0
            for picture in pictures:
                error = _add(service, name, picture, options)
                if error is None:
                    added += 1
                else:
                    refused.append({"name": name, "picture": str(picture), "error": error.as_dict()})
                    output.note(f"{_shown(str(picture))}: {error.message}")
            if added:
                enrolled.append({"name": service.gallery.get(name).name, "added": added})
    count = sum(int(str(person["added"])) for person in enrolled)
    pictures_of = counted(count, "picture", "pictures")
    said = f"{people(len(enrolled))} enrolled with {pictures_of}; {len(refused):,} refused."
    if known:
        said += f" {people(known)} enrolled already: see --again."
    output.answer({"enrolled": enrolled, "refused": refused, "known": known}, said)


def _is_enrolled(service: FaceService, name: str) -> bool:
    """Whether with this model; somebody known by another one only is enrolled with this one as well."""
    try:
        service.gallery.embeddings_of(name, model=service.model, preprocessing=service.preprocessing)
    except (UnknownPersonError, NotEnrolledWithModelError):
        return False
    return True


def _add(service: FaceService, name: str, picture: Path, options: argparse.Namespace) -> FacestyleError | None:
    """Enrols one picture; the refusal, if it is one of the picture or the name rather than of the gallery."""
    try:
        service.enroll(
            name,
            [str(picture)],
            consent=True,
            keep_thumbnail=options.keep_thumbnail,
            accept_poor=options.accept_poor,
            accept_conflict=options.accept_conflict,
        )
    except (GalleryDamagedError, GalleryUnavailableError):
        raise
    except FacestyleError as error:
        return error
    return None


def _shown(path: str) -> str:
    """A path as a terminal can show it: names of files may hold control characters."""
    return path if path.isprintable() else ascii(path)
