"""Long work of one session: asked for, going on, asked to end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Job:
    """One kind of long work; a session does one of its kind at a time.

    Attributes:
        waiting: Whether it was asked for and has not begun.
        running: Whether it is going on.
        stop: Set when it shall end; it looks at this after every step.
    """

    waiting: bool = False
    running: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """For as long as it goes on."""
        self.waiting = False
        self.running = True
        try:
            yield
        finally:
            self.running = False
