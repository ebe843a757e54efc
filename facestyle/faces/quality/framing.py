"""Whether the picture's edge cuts a face off."""

from __future__ import annotations

from facestyle.faces.quality.region import Region
from facestyle.faces.results import RGB, Face


def outside(image: RGB, face: Face, region: Region) -> float:
    """Share of a face beyond the picture's edge, 0 to 1.

    The larger of two: what is missing of the oval from forehead to chin that the landmarks span, and what of the
    detector's box is beyond the edge. The landmarks of a face that is cut off are guesses; the box then reaches out.
    """
    height, width = image.shape[:2]
    box = face.box
    within = max(0.0, min(box.right, width) - max(box.left, 0.0)) * max(0.0, min(box.bottom, height) - max(box.top, 0))
    missing = 1 - within / box.area if box.area > 0 else 0.0
    return max(region.outside, missing)
