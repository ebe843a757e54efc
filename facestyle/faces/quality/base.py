"""What a quality check answers: named, stable reasons why a face is a poor one to compare, and the measures behind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from facestyle.faces.results import RGB, Face


class QualityReason(StrEnum):
    """Why a face is a poor one to compare. The values are for programs and never change.

    `no_face` and `several_faces` are refusals of their own (`facestyle.errors`): there is no face to measure.
    There is no `occluded`: five landmarks and brightness don't tell a hand from a beard, and a guess would be wrong
    more often than right.
    """

    FACE_TOO_SMALL = "face_too_small"
    FACE_CUT_OFF = "face_cut_off"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TOO_BLURRY = "too_blurry"
    FACE_TURNED_AWAY = "face_turned_away"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, for the person in front of the screen."""
        return _SENTENCES[self]


_SENTENCES = {
    QualityReason.FACE_TOO_SMALL: "The face is too small to show its details. Go nearer, or use a larger picture.",
    QualityReason.FACE_CUT_OFF: "The picture's edge cuts the face off. Use a picture that shows the whole face.",
    QualityReason.TOO_DARK: "The face is too dark. Use a picture with more light on it.",
    QualityReason.TOO_BRIGHT: "The face is overexposed. Use a picture with less light on it.",
    QualityReason.TOO_BLURRY: "The face is blurred. Hold still, and let the camera focus on it.",
    QualityReason.FACE_TURNED_AWAY: "The face is turned away. Use a picture that shows it from the front.",
}


@dataclass(frozen=True, slots=True)
class Quality:
    """The answer for one face.

    Attributes:
        reasons: What speaks against it, the gravest first; empty for a good one.
        eye_distance: Pixels between the eyes, as if seen from the front; see `quality.size`.
        outside: Share of the face that lies beyond the picture's edge, 0 to 1; see `quality.framing`.
        brightness: 95th percentile of the face's luma, 0 to 255; see `quality.exposure`.
        clipped: Share of the face that is overexposed, 0 to 1; see `quality.exposure`.
        sharpness: Share of fine detail, 0 and up; see `quality.sharpness`.
        yaw: Degrees, see `quality.pose`.
        pitch: Degrees.
        roll: Degrees.
    """

    reasons: tuple[QualityReason, ...]
    eye_distance: float
    outside: float
    brightness: float
    clipped: float
    sharpness: float
    yaw: float
    pitch: float
    roll: float

    @property
    def good(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons

    @property
    def sentence(self) -> str:
        """All that is wrong, for people; empty for a good face."""
        return " ".join(reason.sentence for reason in self.reasons)

    def as_list(self) -> list[str]:
        """The reasons' names, for JSON."""
        return [reason.value for reason in self.reasons]


class QualityChecker(Protocol):
    """Judges one face of a picture at a time."""

    def check(self, image: RGB, face: Face) -> Quality:
        """What speaks against a face of an upright picture (H, W, 3)."""
        ...
