"""Which way a head is turned, from five landmarks.

The model is a rigid face of five points seen under scaled orthographic projection, p = s R X + t: R keeps the first
two rows of a rotation, s is the scale, t a shift. It is fitted as DeMenthon and Davis do in POS ("Model-based object
pose in 25 lines of code", IJCV 1995): the affine map of least squared error, whose two rows are then made orthogonal
and equally long; here by the nearest such matrix (a singular value decomposition), where they scale each row by itself.

What it can't do: five points of one mean face carry the person's own proportions too (a long nose looks like a lowered
head), so an angle is good to some degrees, worse in pitch than in yaw. Beyond about 60 degrees a landmark detector
guesses the hidden eye, and the angle with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FACE: Floats = np.array(
    [[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.531, -0.5], [-0.43, 1.065, 0.0], [0.43, 1.065, 0.0]], dtype=np.float64
)
"""A mean face, in distances of the eyes; eyes and mouth corners lie in one plane by definition of "straight".

Mirror-symmetric and of least mean reprojection error over 1,019 faces of 25 pixels between the eyes or more, found by
MTCNN in LFW's first development fold (857), WIDER FACE (72) and two small sets. The nose tip comes out at half the
eyes' distance before that plane; Gee and Cipolla ("Determining the gaze of faces in images", 1994) take 0.6 of the
distance from eyes to mouth, which is 0.64 here.
"""


@dataclass(frozen=True, slots=True)
class Pose:
    """A head's direction in degrees; all 0 for a face that looks straight into the camera.

    Attributes:
        yaw: To the side, -90 to 90; positive where the nose points to the right of the picture.
        pitch: Up and down, -90 to 90; positive where it points up.
        roll: In the picture's plane, -180 to 180; positive clockwise. A similarity changes nothing but this.
        residual: How far the points are from the model's, root mean square, as a share of the distance of the eyes.
    """

    yaw: float
    pitch: float
    roll: float
    residual: float


def head_pose(landmarks: Sequence[tuple[float, float]] | Floats, model: Floats = FACE) -> Pose:
    """The pose of a face.

    Moving, scaling and turning a picture in its plane changes `roll` alone: the affine map is multiplied from the left
    by a similarity, and yaw and pitch are read off the row that is orthogonal to both of its rows.

    Args:
        landmarks: (5, 2), finite: left eye, right eye, nose, left and right mouth corner, as seen in the picture.
        model: (5, 3), the same points of a face that looks into the camera: x to the right, y down, z away from it.

    Returns:
        All zeros, with an infinite residual, if the points are all the same.
    """
    points = np.asarray(landmarks, np.float64)
    centred = points - points.mean(0)
    shape = model - model.mean(0)
    affine = centred.T @ shape @ np.linalg.inv(shape.T @ shape)  # (2, 3)
    u, sizes, vt = np.linalg.svd(affine, full_matrices=False)
    scale = float(sizes.mean())
    if scale <= 1e-12:
        return Pose(0.0, 0.0, 0.0, float("inf"))
    rows = u @ vt
    away = np.cross(rows[0], rows[1])
    error = centred - scale * shape @ rows.T
    return Pose(
        yaw=float(np.degrees(np.arctan2(away[0], away[2]))),
        pitch=float(np.degrees(-np.arcsin(np.clip(away[1], -1, 1)))),
        roll=float(np.degrees(np.arctan2(-rows[0, 1], rows[1, 1]))),
        residual=float(np.sqrt((error**2).sum(1).mean())) / (scale * float(np.hypot(*(model[1] - model[0])[:2]))),
    )
