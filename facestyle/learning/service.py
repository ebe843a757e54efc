"""The calls behind the tab and the command line: pictures in, a training out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle.learning.datasets.base import PeopleSet
from facestyle.learning.datasets.digits import digits
from facestyle.learning.datasets.folder import Progress, load_people
from facestyle.learning.datasets.olivetti import olivetti
from facestyle.learning.results import Mode, TrainRequest
from facestyle.learning.store import Encoder, load_encoder, save_encoder
from facestyle.learning.train import Training
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService


def read_people(
    paths: Iterable[str | Path],
    *,
    mode: Mode = "encoder",
    faces: FaceService | None = None,
    settings: Settings | None = None,
    progress: Progress = lambda done, total: None,
) -> PeopleSet:
    """`load_people` for a mode: `head` wants the pretrained network's embeddings.

    Args:
        paths: Folders of a folder a person, or zip archives of them.
        mode: What shall be trained.
        faces: Finds and embeds faces; default: the networks on board.
        settings: Default: from the environment.
        progress: Told how far the reading is.

    Raises:
        LearningDataError: There are too few people, or too few pictures of each.
        FacestyleError: As `load_people`.
    """
    settings = settings or Settings()
    if faces is None:
        from facestyle.faces.gallery.memory import MemoryGallery
        from facestyle.faces.service import FaceService

        faces = FaceService(MemoryGallery(), settings=settings)
    return load_people(paths, faces, features=mode == "head", settings=settings, progress=progress)


__all__ = [
    "Encoder",
    "PeopleSet",
    "TrainRequest",
    "Training",
    "digits",
    "load_encoder",
    "olivetti",
    "read_people",
    "save_encoder",
]
