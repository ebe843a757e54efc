"""What grouping an album answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from facestyle.faces.results import Face
from facestyle.images.albums import Skipped

if TYPE_CHECKING:  # with scipy behind it
    from facestyle.faces.clustering import Method


@dataclass(frozen=True, slots=True)
class AlbumFace:
    """One face of an album.

    Attributes:
        picture: Position among the pictures that were read.
        name: That picture's name, for display.
        face: Where it is in the picture.
        embedding: (D,).
        thumbnail: The aligned chip as a JPEG without metadata.
    """

    picture: int
    name: str
    face: Face
    embedding: npt.NDArray[np.float32] = field(repr=False, compare=False)
    thumbnail: bytes = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class AlbumGroup:
    """The faces of one person, as far as the method can tell.

    Attributes:
        faces: Positions in `AlbumResult.faces`, the nearest to the group's centre first.
        cover: Position of the medoid, the face most like all the others.
    """

    faces: tuple[int, ...]
    cover: int


@dataclass(frozen=True, slots=True)
class AlbumResult:
    """An album's faces by person.

    Attributes:
        faces: In the order of the pictures, from left to right in each.
        groups: The biggest first.
        not_grouped: Positions of the faces in no group.
        skipped: What was left out and why, pictures without a face included.
        pictures: How many pictures were read.
        method: `linkage`, `kmeans` or `density`.
        silhouette: Of the division where K was chosen by it.
        metric: Of the embeddings.
        model: Catalogue ID of the embedder.
        preprocessing: See `FaceService.preprocessing`.
        seconds: Wall-clock time.
    """

    faces: tuple[AlbumFace, ...]
    groups: tuple[AlbumGroup, ...]
    not_grouped: tuple[int, ...]
    skipped: tuple[Skipped, ...]
    pictures: int
    method: Method
    silhouette: float | None
    metric: str
    model: str
    preprocessing: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON: boxes as [left, top, right, bottom], no embeddings and no pixels."""
        return {
            "pictures": self.pictures,
            "faces": len(self.faces),
            "groups": [
                {
                    "number": number,
                    "cover": self._facts(group.cover),
                    "faces": [self._facts(face) for face in group.faces],
                }
                for number, group in enumerate(self.groups, 1)
            ],
            "not_grouped": [self._facts(face) for face in self.not_grouped],
            "skipped": [{"picture": item.name, "code": item.code, "message": item.reason} for item in self.skipped],
            "method": self.method,
            "silhouette": None if self.silhouette is None else round(self.silhouette, 4),
            "metric": self.metric,
            "model": self.model,
            "seconds": round(self.seconds, 2),
        }

    def _facts(self, position: int) -> dict[str, Any]:
        face = self.faces[position]
        return {"picture": face.name, "box": face.face.box.as_list()}


@dataclass(frozen=True, slots=True)
class AlbumProgress:
    """How far the grouping of an album is.

    Attributes:
        done: Pictures looked at.
        total: Pictures in all.
        faces: Faces found so far.
        seconds: Since the start.
        seconds_left: An estimate, from the pictures done; None before the first.
        result: Set in the last one, and only there.
    """

    done: int
    total: int
    faces: int
    seconds: float
    seconds_left: float | None
    result: AlbumResult | None = None
