"""Which face of this frame is which of the last: the best one-to-one assignment over overlap and distance.

The scheme of Bewley et al. 2016, "Simple Online and Realtime Tracking" (ICIP), section 3.3: linear assignment over the
overlap with a gate. Departures: no motion model, as faces at a door move little between frames; and where boxes no
longer overlap because frames are rare, nearness of the centres still binds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from facestyle.faces.live.smoothing import OneEuro
from facestyle.faces.results import Box, Face

FORBIDDEN = 1e6
"""Cost of a pair outside the gate: far above any sum of allowed ones, so that as many faces as can be are matched."""

LEAST_OVERLAP = 0.2
"""Intersection over union from which on two boxes may be one face."""

REACH = 0.6
"""Distance of the centres, in mean box sides, up to which they may be one face without such overlap."""

GROWTH = 1.6
"""Largest ratio of the sides of one face's boxes in successive frames."""

MISSING_SECONDS = 0.5
"""A face not seen for so long is gone; whoever comes then is somebody new."""

MAX_TRACKS = 32
"""Faces followed at once; in a crowd the most certain ones."""


def as_array(boxes: Sequence[Box]) -> npt.NDArray[np.float64]:
    """(N, 4) as left, top, right, bottom."""
    sides = [(box.left, box.top, box.right, box.bottom) for box in boxes]
    return np.array(sides, np.float64).reshape(-1, 4)


def costs(tracks: npt.NDArray[np.float64], found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How badly each track fits each found box: 1 - IoU + centre distance / mean side; `FORBIDDEN` outside the gate.

    Args:
        tracks: (M, 4) boxes.
        found: (N, 4) boxes.

    Returns:
        (M, N).
    """
    a, b = tracks[:, None], found[None]
    overlap = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None).prod(-1)
    sides_a, sides_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    iou = overlap / np.maximum(sides_a.prod(-1) + sides_b.prod(-1) - overlap, 1e-9)
    centres = np.linalg.norm((a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2, axis=-1)
    side_a, side_b = np.sqrt(np.maximum(sides_a.prod(-1), 1e-9)), np.sqrt(np.maximum(sides_b.prod(-1), 1e-9))
    apart = centres / ((side_a + side_b) / 2)
    near = (apart <= REACH) & (np.maximum(side_a, side_b) <= GROWTH * np.minimum(side_a, side_b))
    return np.where((iou >= LEAST_OVERLAP) | near, 1 - iou + apart, FORBIDDEN)


def assign(cost: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column) of least total cost, as many as the gate allows."""
    rows, columns = linear_sum_assignment(cost)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if cost[r, c] < FORBIDDEN]


@dataclass
class Track:
    """One face through the frames.

    Attributes:
        id: From 1, never used again.
        face: As last detected.
        smoother: Over the box's four sides.
        seen: Time of the last detection, seconds.
        detected: Whether the current frame has it.
    """

    id: int
    face: Face
    smoother: OneEuro
    seen: float
    detected: bool = True

    @property
    def box(self) -> Box:
        """The smoothed box."""
        left, top, right, bottom = self.smoother.value.tolist()
        return Box(left, top, right, bottom)


class Tracker:
    """Follows faces. Times are seconds and never fall; whoever resets the clock starts a new tracker.

    Args:
        next_id: Number of the first track.
    """

    def __init__(self, next_id: int = 1) -> None:
        self.tracks: list[Track] = []
        self.next_id = next_id

    def update(self, faces: Sequence[Face], t: float) -> list[Track]:
        """The tracks after one more frame, those still bridged over a miss included."""
        if len(faces) > MAX_TRACKS:
            faces = sorted(faces, key=lambda face: -face.score)[:MAX_TRACKS]
        known, found = as_array([track.face.box for track in self.tracks]), as_array([face.box for face in faces])
        pairs = assign(costs(known, found)) if len(known) and len(found) else []
        for track in self.tracks:
            track.detected = False
        for row, column in pairs:
            track, face = self.tracks[row], faces[column]
            seconds = t - track.seen
            if seconds > 0:
                track.smoother.update(found[column], seconds, max(face.box.height, 1.0))
            track.face, track.seen, track.detected = face, t, True
        taken = {column for _, column in pairs}
        for column, face in enumerate(faces):
            if column not in taken:
                self.tracks.append(Track(self.next_id, face, OneEuro(found[column]), t))
                self.next_id += 1
        kept = [track for track in self.tracks if t - track.seen < MISSING_SECONDS]
        # Those in view first, then those missed for the shortest time: a crowd must not grow the list without end.
        self.tracks = sorted(kept, key=lambda track: (-track.seen, track.id))[:MAX_TRACKS]
        return self.tracks
