"""The head-turning challenge on a stream without end: asked of whoever comes, told why it failed, begun anew.

`liveness.challenge.Challenge` is one attempt. Here it begins once exactly one face is in view, so that no time runs out
for nobody; after a failure the reason stands for a while and a new attempt follows, in a new order. A pass belongs to
the face that earned it: it ends when that face is gone, when a second one comes, and when the face becomes another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facestyle.faces.liveness.challenge import LOST_SECONDS, STEP_SECONDS, Challenge, Outcome, Step, overlap
from facestyle.faces.results import Face
from facestyle.faces.similarity import distance

AGAIN_SECONDS = 4.0
"""For so long the reason of a failure is shown: time to read it."""


@dataclass(frozen=True, slots=True)
class HeadTurnState:
    """How it stands after a frame.

    Attributes:
        outcome: Running, passed, or why the last attempt failed; None while it waits for one face.
        step: What is asked for now; None unless running.
        progress: Share of the attempt's steps that are fulfilled, 0 to 1.
        seconds_left: For this step, or after a failure until the next attempt; 0 otherwise.
    """

    outcome: Outcome | None
    step: Step | None = None
    progress: float = 0.0
    seconds_left: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the face in view did what was asked."""
        return self.outcome is Outcome.PASSED


WAITING = HeadTurnState(None)


class HeadTurn:
    """A `live.protocols.Challenge` of as many attempts as it takes.

    Args:
        rng: Draws the order of each attempt; None for the operating system's randomness, as at a real door.
        metric: Of the embeddings given to `update`.
        tau: Largest distance of the same person.
        step_seconds: Time for each step.
        again_seconds: How long a failure is shown.
    """

    def __init__(
        self,
        rng: np.random.Generator | None = None,
        *,
        metric: str = "squared_euclidean",
        tau: float = 0.36,
        step_seconds: float = STEP_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        rng = rng if rng is not None else np.random.default_rng()
        self._attempt: Callable[[], Challenge] = lambda: Challenge(
            rng, metric=metric, tau=tau, step_seconds=step_seconds
        )
        self._metric, self._tau, self._again_seconds = metric, tau, again_seconds
        self._t: float | None = None
        self._begin()

    def _begin(self) -> None:
        self._challenge: Challenge | None = None
        self._shown = WAITING
        self._failed_at: float | None = None
        self._of: npt.NDArray[np.float32] | None = None
        self._face: Face | None = None
        self._seen = 0.0

    def update(self, faces: Sequence[Face], embedding: npt.NDArray[np.float32] | None, t: float) -> HeadTurnState:
        """Takes one frame.

        Args:
            faces: Detected in it.
            embedding: (D,) of the one face in front, if it was embedded in this frame.
            t: Seconds. After a step back everything begins anew.
        """
        if self._t is not None and t < self._t:
            self._begin()
        self._t = t
        if self._failed_at is not None and t - self._failed_at >= self._again_seconds:
            self._begin()
        if self._shown.passed and not self._still_the_same(faces, embedding, t):
            self._begin()
        if self._shown.passed:
            return self._shown
        if self._failed_at is not None:
            left = self._again_seconds - (t - self._failed_at)
            return HeadTurnState(self._shown.outcome, progress=self._shown.progress, seconds_left=left)
        if self._challenge is None:
            if len(faces) != 1:
                return WAITING
            self._challenge = self._attempt()
        self._take(self._challenge, faces, embedding, t)
        return self._shown

    def _take(
        self, challenge: Challenge, faces: Sequence[Face], embedding: npt.NDArray[np.float32] | None, t: float
    ) -> None:
        state = challenge.update(faces, embedding, t)
        left = state.seconds_left if state.step is not None else 0.0
        self._shown = HeadTurnState(state.outcome, state.step, state.progress, left)
        if state.passed:
            # The last step is fulfilled by a frame with an embedding.
            self._of, self._face, self._seen = embedding, faces[0], t
        elif state.finished:
            self._failed_at = t
            self._shown = HeadTurnState(state.outcome, None, state.progress, self._again_seconds)
        elif not faces and not state.done and t - self._seen > LOST_SECONDS:
            self._begin()  # went before the first step was done: nothing has failed
        if faces:
            self._seen = t

    def _still_the_same(self, faces: Sequence[Face], embedding: npt.NDArray[np.float32] | None, t: float) -> bool:
        assert self._face is not None  # noqa: S101  (set by the pass)
        if not faces:
            return t - self._seen <= LOST_SECONDS
        if len(faces) > 1 or t - self._seen > LOST_SECONDS or not overlap(self._face, faces[0]):
            return False
        self._face, self._seen = faces[0], t
        return embedding is None or self._of is None or distance(self._of, embedding, self._metric) <= self._tau
