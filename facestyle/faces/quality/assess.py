"""All measures on one face, and which of them speak against it."""

from __future__ import annotations

from dataclasses import dataclass

from facestyle.faces.quality.base import Quality, QualityReason
from facestyle.faces.quality.exposure import brightness, clipped
from facestyle.faces.quality.framing import outside
from facestyle.faces.quality.pose import head_pose
from facestyle.faces.quality.region import face_region
from facestyle.faces.quality.sharpness import sharpness
from facestyle.faces.quality.size import eye_distance
from facestyle.faces.results import RGB, Face


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a measure begins to speak against a face.

    Chosen with dlib's ResNet by `benchmarks/quality.py`: a fault counts from where it moves an embedding by about a
    quarter of tau (0.09 of 0.36, median over 40 faces), and on pictures without a fault (LFW's first development fold
    and 64 photos of celebrities) 7 of 871 faces are flagged. Eyes 11 pixels apart cost 0.09, light x 0.12 (brightness
    25) 0.10, light x 2 (half the face overexposed) 0.10, a chin cut off by 30 % 0.10. Blur of 0.06 of the eyes'
    distance costs 0.13 and is flagged in two of three faces: a stricter limit would flag good pictures. The yaw has
    another reason: below 45 degrees pairs of LFW are no further apart than from the front; beyond it there are too few.

    Attributes:
        eye_distance: Least pixels between the eyes.
        outside: Largest share beyond the picture's edge.
        brightness: Least 95th percentile of luma.
        clipped: Largest overexposed share.
        sharpness: Least share of fine detail.
        yaw: Largest turn to a side, degrees.
        pitch: Largest turn up or down, degrees.
    """

    eye_distance: float = 12.0
    outside: float = 0.25
    brightness: float = 30.0
    clipped: float = 0.5
    sharpness: float = 0.22
    yaw: float = 45.0
    pitch: float = 35.0


class FaceQuality:
    """Judges a face by its limits; roll is measured, but alignment undoes it, so it speaks against no face.

    Args:
        limits: Default: those of `Limits`.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    def check(self, image: RGB, face: Face) -> Quality:
        """What speaks against a face of an upright picture (H, W, 3).

        What else hides detail is the better reason: only a face without any other of them so far is called blurred.
        """
        region = face_region(image, face)
        pose = head_pose(face.landmarks)
        measured = {
            "eye_distance": eye_distance(face),
            "outside": outside(image, face, region),
            "brightness": brightness(region),
            "clipped": clipped(region),
            "sharpness": sharpness(region),
        }
        limits = self.limits
        reasons = []
        if measured["eye_distance"] < limits.eye_distance:
            reasons.append(QualityReason.FACE_TOO_SMALL)
        if measured["outside"] > limits.outside:
            reasons.append(QualityReason.FACE_CUT_OFF)
        if measured["brightness"] < limits.brightness:
            reasons.append(QualityReason.TOO_DARK)
        if measured["clipped"] > limits.clipped:
            reasons.append(QualityReason.TOO_BRIGHT)
        if measured["sharpness"] < limits.sharpness and not reasons:
            reasons.append(QualityReason.TOO_BLURRY)
        if abs(pose.yaw) > limits.yaw or abs(pose.pitch) > limits.pitch:
            reasons.append(QualityReason.FACE_TURNED_AWAY)
        return Quality(tuple(reasons), **measured, yaw=pose.yaw, pitch=pose.pitch, roll=pose.roll)
