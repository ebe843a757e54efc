"""What the face services answer with: frozen facts that the CLI, the tabs and the API print alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

RGB = npt.NDArray[np.uint8]
"""An upright picture: uint8 of shape (height, width, 3), sRGB."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in pixels of the upright picture; right and bottom are exclusive."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Square pixels."""
        return max(0.0, self.width) * max(0.0, self.height)

    def as_list(self) -> list[float]:
        """`[left, top, right, bottom]`, rounded to a tenth of a pixel, for JSON."""
        return [round(v, 1) for v in (self.left, self.top, self.right, self.bottom)]


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face.

    Attributes:
        box: Where it is.
        score: The detector's confidence, 0 to 1.
        landmarks: Five (x, y) points in pixels: left eye, right eye, nose, left and right mouth corner, left and right
            as seen in the picture.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """An identity claimed by a person: the ID or the name of somebody enrolled, to verify a picture against."""

    person: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to "is this the same person?" (1:1).

    Attributes:
        same: `distance <= tau`.
        distance: d(f(a), f(b)) in the model's metric; for a claim, the smallest over that person's embeddings.
        tau: The threshold that was applied.
        metric: `squared_euclidean` or `cosine`.
        model: Catalogue ID of the embedder.
        faces: The face used in the probe and, unless verified against a claim, the one in the reference.
        aligned: The aligned chips that the network saw, in the order of `faces`.
        claimed: Name of the claimed person, or None for two pictures.
        subject_proposed: For each of `faces`: whether it was proposed as the clear subject among several.
    """

    same: bool
    distance: float
    tau: float
    metric: str
    model: str
    faces: tuple[Face, ...]
    aligned: tuple[RGB, ...] = field(repr=False, compare=False)
    claimed: str | None = None
    subject_proposed: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One enrolled person near a probe."""

    person_id: str
    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class IdentifiedFace:
    """One face of a picture and who it may be.

    Attributes:
        face: Where it is.
        matches: People with `distance <= tau`, nearest first, at most top_k. Empty for an unknown face: people beyond
            the threshold are never named.
        nearest_distance: The distance to the nearest enrolled person, whoever it is; None for an empty gallery.
        aligned: The chip that the network saw.
    """

    face: Face
    matches: tuple[Match, ...]
    nearest_distance: float | None
    aligned: RGB = field(repr=False, compare=False)

    @property
    def recognized(self) -> str | None:
        """The nearest person's name within tau, or None: not recognised."""
        return self.matches[0].name if self.matches else None


@dataclass(frozen=True, slots=True)
class Identification:
    """The answer to "who is this?" (1:K) for every face of a picture; `faces` run from left to right."""

    faces: tuple[IdentifiedFace, ...]
    tau: float
    metric: str
    model: str
    enrolled: int


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What enrolling added.

    Attributes:
        person: The person as now stored.
        added: Number of embeddings added by this call.
        faces: The face used in each picture.
        aligned: The chip of each.
        subject_proposed: For each picture: whether its face was proposed as the clear subject among several.
    """

    person: Person
    added: int
    model: str
    faces: tuple[Face, ...]
    aligned: tuple[RGB, ...] = field(repr=False, compare=False)
    subject_proposed: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """One enrolled person, without embeddings.

    Attributes:
        id: Opaque and stable across renames.
        name: As entered, Unicode NFC; unique within a gallery whatever its case.
        models: Catalogue IDs of the models whose embeddings the person has.
        embeddings: How many embeddings are stored, over all models.
        created: When the person was first enrolled, UTC.
        thumbnail: JPEG bytes, only if the person agreed to keep one.
    """

    id: str
    name: str
    models: tuple[str, ...]
    embeddings: int
    created: datetime
    thumbnail: bytes | None = field(default=None, repr=False)
