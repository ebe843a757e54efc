"""The time that a run will still take, from how fast its last steps were."""

from __future__ import annotations

MEMORY = 3.0
"""Steps at full size after which what was measured counts half: a machine that gets other work to do, or gets rid of
it, shows in the estimate after a few steps, and a single slow step hardly does."""


class Pace:
    """Seconds for each unit of work, a mean in which what lies back counts less and less.

    Args:
        whole: Work in all; a unit is about a step at full size.
    """

    def __init__(self, whole: float) -> None:
        self._whole = whole
        self._done = 0.0
        self._at = 0.0
        self._seconds = 0.0
        self._work = 0.0

    def left(self, done: float, seconds: float) -> float | None:
        """Seconds left.

        Args:
            done: Work so far, never less than before.
            seconds: That it took so far, without pauses.

        Returns:
            None before any work is done.
        """
        work, took = done - self._done, seconds - self._at
        if work > 0:
            kept = 0.5 ** (work / MEMORY)
            # A long piece of work counts by its length up to what is remembered, as many short ones would.
            share = (1 - kept) * MEMORY / work
            self._seconds = kept * self._seconds + share * took
            self._work = kept * self._work + share * work
            self._done, self._at = done, seconds
        if self._work == 0:
            return None
        return self._seconds / self._work * max(0.0, self._whole - done)
