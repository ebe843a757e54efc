"""Who waits for a painting, and for how long: one at a time, in the order in which they came.

Gradio's own queue calls nobody before it is their turn, so that who waits sees a dead bar. Here all are called at once,
and wait by themselves, telling where they stand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

EVERY_SECONDS = 1.0
"""How often who waits is told anew."""

USUAL_SECONDS = 40.0
"""How long a painting takes, before any has been seen to its end."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands.

    Attributes:
        ahead: Paintings before this one, the one that is going on among them.
        seconds: Estimate until it is their turn.
    """

    ahead: int
    seconds: float


class Ticket:
    """One who waits or paints; `left` is what a painting that is going on says of itself, seconds."""

    __slots__ = ("began", "left")

    def __init__(self) -> None:
        self.began: float | None = None
        self.left: float | None = None


class Line:
    """First come, first served.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved = threading.Condition()
        self._tickets: list[Ticket] = []
        self._usual = USUAL_SECONDS

    def __len__(self) -> int:
        return len(self._tickets)

    @contextmanager
    def standing(self) -> Iterator[Ticket]:
        """Takes a place at the end; whoever leaves, before or after their turn, makes room."""
        ticket = Ticket()
        with self._moved:
            self._tickets.append(ticket)
        try:
            yield ticket
        finally:
            with self._moved:
                self._tickets.remove(ticket)
                if ticket.began is not None:
                    # The last ones count most: people who share a page paint alike.
                    self._usual += 0.5 * (self._clock() - ticket.began - self._usual)
                self._moved.notify_all()

    def waiting(self, ticket: Ticket, *, give_up: Callable[[], bool]) -> Generator[Place]:
        """Says where the ticket stands, every `EVERY_SECONDS` or when that changes, until it is its turn.

        Args:
            ticket: From `standing`.
            give_up: Asked before each wait; who gives up has not had a turn.
        """
        while not give_up():
            with self._moved:
                place = self._place(ticket)
                if place.ahead == 0:
                    ticket.began = self._clock()
                    return
            yield place
            with self._moved:
                self._moved.wait_for(lambda: self._place(ticket).ahead < place.ahead, EVERY_SECONDS)  # noqa: B023

    def _place(self, ticket: Ticket) -> Place:
        ahead = self._tickets.index(ticket)
        if ahead == 0:
            return Place(0, 0.0)
        running = self._tickets[0].left
        return Place(ahead, (self._usual if running is None else running) + (ahead - 1) * self._usual)
