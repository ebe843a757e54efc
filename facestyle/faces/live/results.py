"""What the live camera answers with, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from facestyle.faces.results import Box

Position = Literal["closed", "open"]
Why = Literal["no_face", "several_faces", "looking", "unknown", "agreeing", "challenge", "open"]


class ChallengeState(Protocol):
    """What a liveness challenge says after a frame, as far as the door asks."""

    @property
    def passed(self) -> bool:
        """Whether the person did what was asked."""
        ...


@dataclass(frozen=True, slots=True)
class DoorState:
    """The door after a frame.

    Attributes:
        position: Open or closed.
        why: What the door sees: nobody, several people, somebody whose face is still being looked at, somebody unknown,
            somebody whose frames agree so far, somebody who agrees but has a challenge to pass; or that it is open.
        name: Who agrees, or for whom it is open.
        progress: Share of the agreeing frames asked for, 0 to 1; 1 while open.
        closes_in: Seconds until it closes by itself; None while closed.
    """

    position: Position
    why: Why
    name: str | None = None
    progress: float = 0.0
    closes_in: float | None = None

    @property
    def open(self) -> bool:
        """Whether it is open."""
        return self.position == "open"


@dataclass(frozen=True, slots=True)
class LiveFace:
    """One face that is followed through the frames.

    Attributes:
        track: Number of the track, from 1; the same face keeps it for as long as it is in view.
        box: Where it is, smoothed, in pixels of the frame.
        score: The detector's confidence when the face was last detected.
        name: Who it is, once frames agree: the enrolled person within tau, or the claimed one. None for everybody else.
        person_id: That person's ID, or None.
        distance: Median over the last embeddings: to the nearest enrolled person, whoever it is, or to the claimed one;
            None before the first embedding and for an empty gallery.
        agreement: Share of the door's agreeing frames that this face has, 0 to 1.
        detected: Whether the detector found it in this very frame; False while a miss of some frames is bridged.
    """

    track: int
    box: Box
    score: float
    name: str | None
    person_id: str | None
    distance: float | None
    agreement: float
    detected: bool


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """The answer for one frame; `faces` run from left to right.

    Attributes:
        t: The frame's time as given, seconds.
        size: Width and height of the frame, pixels.
        looked_at: Longer side of the picture that the detector saw, pixels.
        embedded: How many faces were embedded in this frame.
        challenge: What the challenge says; None without one.
        ms: Milliseconds that the frame took.
    """

    t: float
    size: tuple[int, int]
    faces: tuple[LiveFace, ...]
    door: DoorState
    tau: float
    metric: str
    model: str
    looked_at: int
    embedded: int
    ms: float
    challenge: ChallengeState | None = None
