"""People from folders or a zip: a folder is a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import images
from facestyle.errors import FacestyleError, LearningDataError, NoFaceError
from facestyle.faces.results import RGB
from facestyle.images.albums import Album, Limits, Skipped
from facestyle.learning.datasets.base import SIDE, PeopleSet
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService

CROPPED = 112
"""A picture whose longer side (pixels) is at most this is taken for a face that was cut out already, as ORL's are."""

_DETECTABLE = 160
_EMBED_AT_ONCE = 32

Progress = Callable[[int, int], None]
"""Told how many of how many files were looked at."""


@dataclass
class _Collected:
    """What was read so far: rows that belong together."""

    folders: list[str]
    names: list[str]
    pictures: list[npt.NDArray[np.uint8]]
    skipped: list[Skipped]
    chips: list[RGB]
    vectors: list[npt.NDArray[np.float32]]

    def embed(self, faces: FaceService, *, least: int = 1) -> None:
        """Turns the faces that wait into embeddings, if there are so many: a large album's do not fit into memory."""
        if len(self.chips) >= least:
            self.vectors.append(faces.embedder.embed(np.stack(self.chips)).astype(np.float32))
            self.chips.clear()


def load_people(
    paths: Iterable[str | Path],
    faces: FaceService,
    *,
    features: bool = False,
    settings: Settings | None = None,
    progress: Progress = lambda done, total: None,
) -> PeopleSet:
    """Pictures grouped by the folder that they lie in: `DIR/Name/*.jpg`, or a zip of such folders.

    Large pictures are cut to the aligned face, the largest of several; small ones are taken as they are, unless
    `features` asks for the pretrained network, which wants its own alignment of each.

    Args:
        paths: Folders and zip archives.
        faces: Finds, aligns and embeds.
        features: Whether to embed each face with the pretrained network.
        settings: Limits of an album.
        progress: See `Progress`.

    Raises:
        LearningDataError: Nothing usable is in folders, or only one picture of each person.
        AlbumError: Nothing was given, or an archive can't be used.
        ImageNotFoundError: A path leads nowhere.
    """
    settings = settings or Settings()
    found = _Collected([], [], [], [], [], [])
    with Album([str(path) for path in paths], Limits.of(settings)) as album:
        found.skipped.extend(album.skipped)
        total = len(album.entries)
        for done, entry in enumerate(album.entries, 1):
            folder = str(PurePosixPath(entry.name).parent)
            try:
                if folder == ".":
                    raise LearningDataError("It lies in no person's folder.")
                picture = images.decode(album.read(entry), settings=settings)
                small = max(picture.shape[:2]) <= CROPPED
                chip = face_chip(picture, faces) if features or not small else picture
                found.pictures.append(grey(picture if small else chip))
                found.folders.append(folder)
                found.names.append(entry.name)
                if features:
                    found.chips.append(chip)
                    found.embed(faces, least=_EMBED_AT_ONCE)
            except FacestyleError as error:
                found.skipped.append(Skipped.because(entry.name, error))
            progress(done, total)
    found.embed(faces)
    return _grouped(found, f"{faces.model} after {faces.preprocessing}" if features else "")


def face_chip(picture: RGB, faces: FaceService) -> RGB:
    """The aligned face (S, S, 3) of a picture of one person: the largest. Tiny pictures are enlarged to find it.

    Raises:
        NoFaceError: There is none.
    """
    longer = max(picture.shape[:2])
    if longer < _DETECTABLE:
        picture = images.resize_longer_side(picture, _DETECTABLE)
    seen = faces.detector.detect(picture)
    if not seen:
        raise NoFaceError("No face was found.")
    largest = max(seen, key=lambda face: face.box.area)
    chip: RGB = faces.embedder.align(picture, [largest])[0]
    return chip


def grey(picture: RGB) -> npt.NDArray[np.uint8]:
    """What the encoder sees of a picture: uint8 (SIDE, SIDE)."""
    small = Image.fromarray(picture).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    result: npt.NDArray[np.uint8] = np.array(small, np.uint8)
    return result


def _grouped(found: _Collected, features_of: str) -> PeopleSet:
    """The people with two pictures or more, in the order of their folders."""
    counts = Counter(found.folders)
    if not counts:
        raise LearningDataError(
            "There is no usable picture in a person's folder. A folder is a person: put each person's pictures into "
            "one of the person's name, such as people/Ada/1.jpg."
        )
    kept = {folder: number for number, folder in enumerate(sorted(f for f in counts if counts[f] > 1))}
    if not kept:
        raise LearningDataError(
            "Every person has one usable picture only, so there is no positive for any anchor. Add at least a second "
            "picture of each."
        )
    alone = LearningDataError("It is the person's only picture: there is no positive for it.")
    skipped = [
        Skipped.because(name, alone)
        for name, folder in zip(found.names, found.folders, strict=True)
        if counts[folder] == 1
    ]
    rows = [row for row, folder in enumerate(found.folders) if counts[folder] > 1]
    return PeopleSet(
        "pictures",
        tuple(PurePosixPath(folder).name for folder in kept),
        np.array([kept[found.folders[row]] for row in rows], np.int64),
        np.stack([found.pictures[row] for row in rows]),
        np.concatenate(found.vectors)[rows] if features_of else None,
        features_of,
        skipped=(*found.skipped, *skipped),
    )
