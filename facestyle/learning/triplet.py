"""One triplet on a pretrained face network: its two distances, its loss, and how hard it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from facestyle.errors import InvalidRequestError
from facestyle.faces.results import RGB
from facestyle.faces.similarity import distance
from facestyle.faces.subject import choose_subject

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService

Hardness = Literal["easy", "semi_hard", "hard"]
"""FaceNet's words: nothing to learn from; the right order, but within the margin; the wrong order."""

ROLES: Final = ("anchor", "positive", "negative")


@dataclass(frozen=True, slots=True)
class OneTriplet:
    """Where a positive and a negative are as seen from their anchor.

    Attributes:
        positive: d(A, P).
        negative: d(A, N).
        metric: Of both: `squared_euclidean`, as in FaceNet's loss, or `cosine`.
        model: Catalogue ID of the embedder.
        tau: The model's threshold: up to it two faces count as one person's.
        aligned: The faces as the network saw them: A, P, N.
    """

    positive: float
    negative: float
    metric: str
    model: str
    tau: float
    aligned: tuple[RGB, ...] = field(default=(), repr=False, compare=False)

    def loss(self, margin: float) -> float:
        """max(d(A, P) - d(A, N) + alpha, 0): Schroff et al. 2015, equation 3, of one triplet."""
        return max(self.positive - self.negative + margin, 0.0)

    def hardness(self, margin: float) -> Hardness:
        """Which of the three it is: Schroff et al. 2015, section 3.2."""
        if self.negative <= self.positive:
            return "hard"
        return "semi_hard" if self.negative < self.positive + margin else "easy"


def measure_triplet(faces: FaceService, pictures: Sequence[RGB]) -> OneTriplet:
    """Embeds an anchor, a positive and a negative. Whether they are what they are called is the caller's word.

    Args:
        faces: Detects, aligns and embeds.
        pictures: A, P, N: upright (H, W, 3) each, showing one face or a clear subject.

    Raises:
        InvalidRequestError: Not three pictures.
        NoFaceError: One shows no face; the error says which.
        SeveralFacesError: One shows several, none clearly the subject.
    """
    if len(pictures) != len(ROLES):
        raise InvalidRequestError(f"A triplet has three pictures, not {len(pictures)}: anchor, positive, negative.")
    chips = []
    for position, (role, picture) in enumerate(zip(ROLES, pictures, strict=True)):
        subject, _ = choose_subject(faces.detect_in(picture), what=f"the {role}", picture=position)
        chips.append(faces.embedder.align(picture, [subject])[0])
    anchor, positive, negative = faces.embedder.embed(np.stack(chips))
    return OneTriplet(
        distance(anchor, positive, faces.metric),
        distance(anchor, negative, faces.metric),
        faces.metric,
        faces.model,
        faces.default_tau,
        tuple(chips),
    )
