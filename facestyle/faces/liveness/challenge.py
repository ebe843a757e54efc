"""Active liveness: the person turns the head on request, and the landmarks of the camera's frames say whether they did.

It needs no network. A photo held still, moved, scaled or turned in its plane can't pass: such a motion changes the
head's roll, never its yaw (see `quality.pose.head_pose`). A flat photo swung out of its plane moves the yaw by less
than 8 degrees, since its nose stays in line with the eyes; `TURNED` asks for 22. What does get past: a photo bent
around a narrow cylinder and swung by 45 degrees, several photos of the same person shown in turn, a video of somebody
turning the head as asked, a mask. So it is a hint, like the passive check.

Use:

    challenge = Challenge(np.random.default_rng())
    state = challenge.update(faces_of_frame, embedding, t_seconds)   # for each frame, until state.finished
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError
from facestyle.faces.quality.pose import head_pose
from facestyle.faces.results import Face
from facestyle.faces.similarity import distance

Embedding = npt.NDArray[np.float32]

TURNED = 22.0
"""Degrees of yaw that count as turned to the side: easy for a person, and more than the noise of the landmarks."""

STRAIGHT = 10.0
"""Degrees of yaw within which a head looks straight."""

HOLD_FRAMES = 2
"""Frames in a row that must show what is asked for: one alone may be a misplaced landmark."""

STEP_SECONDS = 8.0
"""Time for each step."""

LOST_SECONDS = 1.0
"""The face may be missing for so long, as when a frame is blurred; longer, and somebody else may have stepped in."""


class Step(StrEnum):
    """What is asked for. Left and right are those of the picture as the camera delivers it, not mirrored."""

    STRAIGHT = "look_straight"
    LEFT = "turn_left"
    RIGHT = "turn_right"


class Outcome(StrEnum):
    """How it stands."""

    RUNNING = "running"
    PASSED = "passed"
    TOO_SLOW = "too_slow"
    FACE_LOST = "face_lost"
    SEVERAL_FACES = "several_faces"
    ANOTHER_FACE = "another_face"


@dataclass(frozen=True, slots=True)
class ChallengeState:
    """How the challenge stands after a frame.

    Attributes:
        outcome: Running, passed, or why it failed.
        step: What is asked for now; None once it is finished.
        done: Steps fulfilled.
        steps: Steps in all.
        seconds_left: For this step; 0 once it is finished.
        yaw: Of the frame's face in degrees, positive to the right of the picture; None without one.
    """

    outcome: Outcome
    step: Step | None
    done: int
    steps: int
    seconds_left: float
    yaw: float | None

    @property
    def finished(self) -> bool:
        """Whether further frames change nothing."""
        return self.outcome is not Outcome.RUNNING

    @property
    def passed(self) -> bool:
        """Whether every step was fulfilled by one and the same face."""
        return self.outcome is Outcome.PASSED

    @property
    def progress(self) -> float:
        """Share of the steps fulfilled, 0 to 1."""
        return self.done / self.steps


class Challenge:
    """Look straight, then turns to both sides in random order, then straight again.

    The face of the first and of the last step must be the same person's. In between, a face that jumps (a frame whose
    box doesn't overlap the one before) counts as lost at once.

    Args:
        rng: Draws the order; seed it to repeat one.
        metric: Of the embeddings given to `update`.
        tau: Largest distance of the same person.
        turns: How many turns, 1 to 6; both sides occur if there are two or more.
        step_seconds: Time for each step.

    Raises:
        InvalidRequestError: `turns` is out of range, or a number is not positive.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        metric: str = "squared_euclidean",
        tau: float = 0.36,
        turns: int = 2,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        if not 1 <= turns <= 6 or not step_seconds > 0 or not tau >= 0:
            raise InvalidRequestError("A challenge takes 1 to 6 turns, a positive time, and a tau of 0 or more.")
        sides = [Step.LEFT, Step.RIGHT] * ((turns + 1) // 2)
        order = [sides[i] for i in rng.permutation(len(sides))[:turns]]
        if turns > 1 and len(set(order)) == 1:
            order[-1] = Step.LEFT if order[0] is Step.RIGHT else Step.RIGHT
        self.steps: tuple[Step, ...] = (Step.STRAIGHT, *order, Step.STRAIGHT)
        self._metric, self._tau, self._step_seconds = metric, tau, step_seconds
        self._done = 0
        self._held = 0
        self._outcome = Outcome.RUNNING
        self._step_began: float | None = None
        self._seen: float | None = None
        self._last: Face | None = None
        self._first: Embedding | None = None

    def update(self, faces: Sequence[Face], embedding: Embedding | None, t: float) -> ChallengeState:
        """Takes one frame.

        Args:
            faces: What was found in it; more than one ends the challenge.
            embedding: Of its face, (D,); needed in straight frames only, None elsewhere saves the time.
            t: Seconds on a clock that never goes back.

        Returns:
            How it stands now.
        """
        if self._outcome is not Outcome.RUNNING:
            return self._state(t, None)
        if self._step_began is None:
            self._step_began = self._seen = t
        yaw = None
        if len(faces) > 1:
            self._outcome = Outcome.SEVERAL_FACES
        elif t - self._step_began > self._step_seconds:
            self._outcome = Outcome.TOO_SLOW
        elif not faces:
            self._held = 0
            if self._done and self._seen is not None and t - self._seen > LOST_SECONDS:
                self._outcome = Outcome.FACE_LOST
        else:
            yaw = head_pose(faces[0].landmarks).yaw
            self._take(faces[0], yaw, embedding, t)
        return self._state(t, yaw)

    def _take(self, face: Face, yaw: float, embedding: Embedding | None, t: float) -> None:
        if self._done and self._last is not None and not overlap(self._last, face):
            self._outcome = Outcome.FACE_LOST
            return
        self._last, self._seen = face, t
        step = self.steps[self._done]
        if not _fulfils(step, yaw) or (step is Step.STRAIGHT and embedding is None):
            self._held = 0
            return
        self._held += 1
        if self._held < HOLD_FRAMES:
            return
        if step is Step.STRAIGHT and embedding is not None:
            if self._first is None:
                self._first = embedding
            elif distance(self._first, embedding, self._metric) > self._tau:
                self._outcome = Outcome.ANOTHER_FACE
                return
        self._done += 1
        self._held = 0
        self._step_began = t
        if self._done == len(self.steps):
            self._outcome = Outcome.PASSED

    def _state(self, t: float, yaw: float | None) -> ChallengeState:
        running = self._outcome is Outcome.RUNNING
        left = (
            max(0.0, self._step_seconds - (t - self._step_began)) if running and self._step_began is not None else 0.0
        )
        step = self.steps[self._done] if running else None
        return ChallengeState(self._outcome, step, self._done, len(self.steps), left, yaw)


def _fulfils(step: Step, yaw: float) -> bool:
    if step is Step.STRAIGHT:
        return abs(yaw) <= STRAIGHT
    return yaw <= -TURNED if step is Step.LEFT else yaw >= TURNED


def overlap(a: Face, b: Face) -> bool:
    """Whether the boxes of two faces do; in successive frames, one and the same face's do."""
    width = min(a.box.right, b.box.right) - max(a.box.left, b.box.left)
    height = min(a.box.bottom, b.box.bottom) - max(a.box.top, b.box.top)
    return width > 0 and height > 0
