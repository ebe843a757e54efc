"""Who a followed face is: the last few answers of the network, and a name that does not flicker."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

WINDOW = 5
"""Answers kept for each face."""

CONSECUTIVE = 2
"""A name appears after so many answers in a row that agree, and disappears after so many that do not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one embedding said.

    Attributes:
        t: Time of its frame, seconds.
        person_id: The nearest enrolled person, or the claimed one, whatever the distance; None for an empty gallery.
            It stays inside: only within tau does it become a name.
        distance: To that person.
    """

    t: float
    person_id: str | None
    distance: float | None

    def within(self, tau: float) -> str | None:
        """The person, if near enough."""
        return self.person_id if self.distance is not None and self.distance <= tau else None


@dataclass
class Evidence:
    """The answers about one track, newest last.

    Distances are kept rather than embeddings averaged: the mean of a track's embeddings is nearer to everybody, a
    stranger included (||mean - b||^2 is the mean of ||a_i - b||^2 less the variance), which would loosen tau unseen.

    Attributes:
        person_id: Whom the face is named after now.
        frames_since: Frames without an embedding since the last one.
    """

    answers: deque[Answer] = field(default_factory=lambda: deque(maxlen=WINDOW))
    person_id: str | None = None
    frames_since: int = 0

    def add(self, answer: Answer, tau: float) -> None:
        """One more answer; decides who the face is named after.

        Another enrolled person's answer takes the name away at once: it is better to be silent than wrong.
        """
        self.answers.append(answer)
        self.frames_since = 0
        now = answer.within(tau)
        last = [past.within(tau) for past in list(self.answers)[-CONSECUTIVE:]]
        if now is not None and last == [now] * CONSECUTIVE:
            self.person_id = now
        elif now not in {None, self.person_id} or last == [None] * CONSECUTIVE:
            self.person_id = None

    def clear(self) -> None:
        """Forgets everything."""
        self.answers.clear()
        self.person_id = None
        self.frames_since = 0

    def settled(self, tau: float) -> bool:
        """Whether the last answers agree among each other, so that the next may wait."""
        if len(self.answers) < CONSECUTIVE:
            return False
        last = [answer.within(tau) for answer in list(self.answers)[-CONSECUTIVE:]]
        return last == [self.person_id] * CONSECUTIVE

    def distance(self) -> float | None:
        """Median of the distances to whom the last answer was about; None without any."""
        if not self.answers:
            return None
        latest = self.answers[-1].person_id
        known = [a.distance for a in self.answers if a.person_id == latest and a.distance is not None]
        return median(known) if known else None
