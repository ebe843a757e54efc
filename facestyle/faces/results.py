"""What the face services answer with: frozen facts that the CLI, the tabs and the API print alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from facestyle.faces.calibration.base import ErrorRates, Evidence, Expected

if TYPE_CHECKING:
    from facestyle.faces.liveness.base import Liveness
    from facestyle.faces.quality.base import Quality

LivenessMode = Literal["off", "passive"]
"""Whether a face is also judged by the liveness networks."""

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
        probability: That both are one person, given the embeddings; it does not depend on tau. For a claim, of the
            person's nearest embedding. None for a model without calibration.
        evidence: What the probability rests on.
        rates: How often tau goes wrong on that evidence.
        quality: For each of `faces`: what speaks against resting an answer on it. A warning, no refusal.
        liveness: A hint whether the probe's face is live; None unless asked for. The reference may be a document.
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
    probability: float | None = None
    evidence: Evidence | None = None
    rates: ErrorRates | None = None
    quality: tuple[Quality, ...] = ()
    liveness: Liveness | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """One enrolled person near a probe."""

    person_id: str
    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Probes:
    """The faces of a picture as the networks see them, from left to right; who they are depends on gallery and tau.

    Attributes:
        faces: Where they are.
        aligned: The chip of each.
        embeddings: (N, D), float32.
        model: Catalogue ID of the embedder.
        preprocessing: What stood between picture and embedding.
        quality: What speaks against resting an answer on each.
        liveness: Of each, a hint whether it is live; None unless asked for.
    """

    faces: tuple[Face, ...]
    aligned: tuple[RGB, ...] = field(repr=False, compare=False)
    embeddings: npt.NDArray[np.float32] = field(repr=False, compare=False)
    model: str
    preprocessing: str
    quality: tuple[Quality, ...]
    liveness: tuple[Liveness | None, ...]


@dataclass(frozen=True, slots=True)
class IdentifiedFace:
    """One face of a picture and who it may be.

    Attributes:
        face: Where it is.
        matches: People with `distance <= tau`, nearest first, at most top_k. Empty for an unknown face: people beyond
            the threshold are never named.
        nearest_distance: The distance to the nearest enrolled person, whoever it is; None for an empty gallery.
        aligned: The chip that the network saw.
        margin: How much farther the second nearest person is than the nearest, whoever they are; None with fewer than
            two people enrolled.
        probability: That the nearest of `matches` is the person, the prior shared among all enrolled (see
            `Confidence.probability`); None for an unknown face, or for a model without calibration.
        quality: What speaks against resting an answer on it. A warning, no refusal.
        liveness: A hint whether it is live; None unless asked for.
    """

    face: Face
    matches: tuple[Match, ...]
    nearest_distance: float | None
    aligned: RGB = field(repr=False, compare=False)
    margin: float | None = None
    probability: float | None = None
    quality: Quality | None = None
    liveness: Liveness | None = None

    @property
    def recognized(self) -> str | None:
        """The nearest person's name within tau, or None: not recognised."""
        return self.matches[0].name if self.matches else None


@dataclass(frozen=True, slots=True)
class Identification:
    """The answer to "who is this?" (1:K) for every face of a picture; `faces` run from left to right.

    Attributes:
        faces: From left to right.
        tau: The threshold that was applied.
        metric: `squared_euclidean` or `cosine`.
        model: Catalogue ID of the embedder.
        enrolled: How many people could be found.
        evidence: What the probabilities rest on; None for a model without calibration.
        rates: How often tau goes wrong on that evidence, one comparison at a time.
        false_accepts: How many of the enrolled people a stranger is expected to be taken for at tau.
    """

    faces: tuple[IdentifiedFace, ...]
    tau: float
    metric: str
    model: str
    enrolled: int
    evidence: Evidence | None = None
    rates: ErrorRates | None = None
    false_accepts: Expected | None = None


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What enrolling added.

    Attributes:
        person: The person as now stored.
        added: Number of embeddings added by this call.
        faces: The face used in each picture.
        aligned: The chip of each.
        subject_proposed: For each picture: whether its face was proposed as the clear subject among several.
        quality: Of each picture's face; with reasons only if they were overridden.
    """

    person: Person
    added: int
    model: str
    faces: tuple[Face, ...]
    aligned: tuple[RGB, ...] = field(repr=False, compare=False)
    subject_proposed: tuple[bool, ...] = ()
    quality: tuple[Quality, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, and when.

    Attributes:
        text: The words shown to the person.
        version: Which edition of those words; tells whom to ask again after they changed.
        given: UTC.
    """

    text: str
    version: str
    given: datetime


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
        expires: When the person is forgotten, UTC; None for never.
        consent: What the person agreed to; None if it was not recorded.
    """

    id: str
    name: str
    models: tuple[str, ...]
    embeddings: int
    created: datetime
    thumbnail: bytes | None = field(default=None, repr=False)
    expires: datetime | None = None
    consent: Consent | None = field(default=None, repr=False)
