"""What a liveness check answers, whichever networks are behind it.

A network of this kind knows the prints and screens that it was trained on. A good screen, a mask or a picture fed in
behind the camera gets past it, and harsh light makes it refuse real people. So its answer is a hint to show beside a
result, never a reason to let somebody in; and a face that was not checked is not a face that failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from facestyle.faces.results import RGB, Face


@dataclass(frozen=True, slots=True)
class Liveness:
    """The answer for one face.

    Attributes:
        score: Mean probability of a live face over the networks, 0 to 1; None if it was not checked.
        live: `score > 0.5`; None if it was not checked.
        checked: Whether the networks saw the face.
        reason: Why not, a sentence for people; None if it was checked.
        model: Which networks answered; None if none did.
    """

    score: float | None
    live: bool | None
    checked: bool
    reason: str | None = None
    model: str | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON: `checked, live, score, reason, model`."""
        return {
            "checked": self.checked,
            "live": self.live,
            "score": self.score,
            "reason": self.reason,
            "model": self.model,
        }

    @classmethod
    def of(cls, score: float, model: str) -> Liveness:
        """The answer of the networks of that name, which saw the face."""
        return cls(score=score, live=score > 0.5, checked=True, model=model)

    @classmethod
    def unchecked(cls, reason: str) -> Liveness:
        """No answer, and why."""
        return cls(score=None, live=None, checked=False, reason=reason)


class LivenessChecker(Protocol):
    """Judges one face of a picture at a time."""

    model: str

    def check(self, image: RGB, face: Face) -> Liveness:
        """Whether a face of an upright picture (H, W, 3) is live, fake, or couldn't be checked."""
        ...
