"""What is measured of a painted face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from facestyle.faces.results import Face


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like itself a face still is after painting.

    Attributes:
        face: In the photo.
        distance: d(f(photo), f(painting)) in the model's metric, both cut out at the photo's landmarks: what a painting
            leaves in its place is compared, whether or not a detector would still take it for a face.
        tau: The model's threshold.
        same: `distance <= tau`: to the network it is still the same person.
        found: Whether the detector still finds a face there.
        model: Catalogue ID of the embedder.
        metric: `squared_euclidean` or `cosine`.
    """

    face: Face
    distance: float
    tau: float
    same: bool
    found: bool
    model: str
    metric: str

    def as_dict(self) -> dict[str, Any]:
        """`box, distance, tau, same, found`, for JSON."""
        return {
            "box": self.face.box.as_list(),
            "distance": round(self.distance, 4),
            "tau": self.tau,
            "same": self.same,
            "found": self.found,
        }
