"""`style --keep-faces`: people stay recognisable, and how much they do is said."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facestyle.cli.output import Output
from facestyle.style.results import DEFAULT_EMPHASIS, StyleRequest

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService
    from facestyle.portraits.results import Likeness


def add_keep_faces(parser: argparse._ActionsContainer) -> None:
    """`--keep-faces [WEIGHT]`."""
    parser.add_argument(
        "--keep-faces",
        nargs="?",
        type=float,
        const=DEFAULT_EMPHASIS,
        metavar="WEIGHT",
        help=f"keep faces recognisable: the content counts so many times there (default: {DEFAULT_EMPHASIS:g}); says "
        "how far each face is from the photo's afterwards",
    )


class Portrait:
    """What `--keep-faces` does to a run; nothing without it.

    Args:
        weight: Of the option.
    """

    def __init__(self, weight: float | None) -> None:
        self._weight = weight
        self._service: FaceService | None = None
        self._photo: npt.NDArray[np.uint8] | None = None

    def keep(self, request: StyleRequest, output: Output) -> StyleRequest:
        """The request with its faces kept."""
        if self._weight is None:
            return request
        from facestyle.faces.gallery.memory import MemoryGallery
        from facestyle.faces.service import FaceService
        from facestyle.portraits.service import keep_faces

        self._service, self._photo = FaceService(MemoryGallery()), request.content
        kept, faces = keep_faces(request, self._service, weight=self._weight)
        if not faces:
            output.note("No face was found in the photo: nothing is kept apart.")
        return kept

    def measure(self, painting: npt.NDArray[np.uint8]) -> Sequence[Likeness]:
        """How like themselves the faces still are."""
        if self._service is None or self._photo is None:
            return ()
        from facestyle.portraits.service import likeness

        return likeness(self._photo, painting, self._service)


def likeness_line(found: Likeness) -> str:
    """For a terminal."""
    verdict = "still the same person" if found.same else "no longer the same person"
    return f"  a face {found.distance:.3f} from the photo's: {verdict} to {found.model} (up to {found.tau:g})"
