"""The door: it opens after N agreeing frames of one enrolled person within T seconds, and closes by itself.

An agreeing frame is one in which a face was embedded anew and found within tau of the person. Any doubt begins the
count anew; no doubt ever opens. Time is an argument: nothing in here reads a clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from facestyle.errors import InvalidRequestError
from facestyle.numbers import is_number, shown

GAP_SECONDS = 1.0
"""Between two agreeing frames no more time may pass: who knows who stood there meanwhile."""

MAX_FRAMES = 1000


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a frame says to the door.

    Attributes:
        kind: `agree`: this person was seen, on this track. `wait`: somebody is there, and this frame has no new
            embedding of them; it counts neither for nor against. `against`: nobody, somebody unknown, several people.
        track: Of the one face in front; None without one.
        person_id: Who agrees.
    """

    kind: Literal["agree", "wait", "against"]
    track: int | None = None
    person_id: str | None = None


class Door:
    """The state machine.

    Args:
        frames: N, how many frames must agree, 1 to 1,000.
        seconds: T, within how many seconds, more than 0.
        hold: How many seconds it stays open after the last frame that agreed, more than 0.

    Raises:
        InvalidRequestError: One of them is out of range.
    """

    def __init__(self, frames: int = 5, seconds: float = 3.0, hold: float = 5.0) -> None:
        if not 1 <= frames <= MAX_FRAMES:
            raise InvalidRequestError(
                f"{shown(frames)} agreeing frames were asked for; it must be 1 to {MAX_FRAMES:,}."
            )
        for what, value in (("to agree", seconds), ("open", hold)):
            if not (is_number(value) and value > 0):
                raise InvalidRequestError(f"The seconds {what} are {shown(value)}; they must be more than 0.")
        self.frames = frames
        self.seconds = seconds
        self.hold = hold
        self._last_t: float | None = None
        self._times: deque[float] = deque(maxlen=frames)
        self._track: int | None = None
        self._person: str | None = None
        self._open_until: float | None = None
        self._opened_for: str | None = None

    @property
    def person_id(self) -> str | None:
        """For whom it is open, or else whose frames agree so far."""
        return self._opened_for if self._open_until is not None else self._person

    @property
    def track(self) -> int | None:
        """Whose frames agree so far."""
        return self._track

    @property
    def is_open(self) -> bool:
        """As of the last frame."""
        return self._open_until is not None

    @property
    def progress(self) -> float:
        """Share of the frames asked for that agree, 0 to 1."""
        return len(self._times) / self.frames

    def closes_in(self, t: float) -> float | None:
        """Seconds until it closes; None while closed."""
        return None if self._open_until is None else max(0.0, self._open_until - t)

    def close(self) -> None:
        """Closes and begins anew."""
        self._forget()
        self._open_until = self._opened_for = None

    def update(self, t: float, sighting: Sighting) -> None:
        """One frame at t seconds.

        A clock that goes back closes the door; the same time twice is no new frame.

        Raises:
            InvalidRequestError: t is not finite. The door is closed then.
        """
        if not is_number(t):
            self.close()
            raise InvalidRequestError(f"A frame's time is {shown(t)}; it must be a number of seconds.")
        if self._last_t is not None and t <= self._last_t:
            if t < self._last_t:
                self.close()
                self._last_t = t
            return
        self._last_t = t
        if self._open_until is not None and t >= self._open_until:
            self.close()
        if self._times and t - self._times[-1] > GAP_SECONDS:
            self._forget()
        while self._times and t - self._times[0] > self.seconds:
            self._times.popleft()
        if sighting.kind == "against" or (sighting.kind == "wait" and sighting.track != self._track):
            self._forget()
        elif sighting.kind == "agree":
            self._agree(t, sighting)

    def _agree(self, t: float, sighting: Sighting) -> None:
        if (sighting.track, sighting.person_id) != (self._track, self._person):
            self._forget()
            self._track, self._person = sighting.track, sighting.person_id
        self._times.append(t)
        if self._person is None or self._track is None:
            self._forget()
            return
        # Who has opened it keeps it open; anybody else only takes over once their own frames agree.
        if len(self._times) == self.frames:
            self._open_until = t + self.hold
            self._opened_for = self._person

    def _forget(self) -> None:
        self._times.clear()
        self._track = self._person = None
