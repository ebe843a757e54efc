"""How large a face is: the distance of its eyes in pixels, the unit of ISO/IEC 19794-5, made independent of yaw."""

from __future__ import annotations

import numpy as np

from facestyle.faces.quality.pose import FACE
from facestyle.faces.results import Face

_EYES_TO_MOUTH = float(FACE[3, 1])
"""From the middle of the eyes to that of the mouth, in distances of the eyes."""


def eye_distance(face: Face) -> float:
    """Pixels between the eyes as if the face were seen from the front.

    A turned head brings its eyes together and leaves them as far from the mouth; a lowered one the other way round. So
    the larger of both lengths counts, each in distances of the eyes.
    """
    points = np.asarray(face.landmarks, np.float64)
    eyes = float(np.hypot(*(points[1] - points[0])))
    down = float(np.hypot(*(points[3:].mean(0) - points[:2].mean(0))))
    return max(eyes, down / _EYES_TO_MOUTH)
