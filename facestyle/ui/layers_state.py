"""What one session's Layers tab shows; wiped with the session."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from facestyle.explain.results import TopPatches
from facestyle.ui.job import Job


@dataclass(frozen=True, slots=True)
class Seen:
    """Patches, and what their pictures are called.

    Attributes:
        patches: As found so far.
        names: One for each picture, for display.
        model: Catalogue ID of the network.
    """

    patches: TopPatches
    names: tuple[str, ...]
    model: str


@dataclass
class Looking(Job):
    """The state of the tab, and its run over the pictures.

    Attributes:
        seen: What was found last, or so far.
        number: The layer that is shown.
        first: First channel that is shown.
        channel: The channel that is shown large; None for none.
        stop_drawing: Set when the picture that is being drawn for a channel shall be left as it is.
    """

    seen: Seen | None = None
    number: int = 1
    first: int = 0
    channel: int | None = None
    stop_drawing: threading.Event = field(default_factory=threading.Event)

    def clear(self) -> None:
        """Ends a run, and leaves nothing of the pictures."""
        self.stop.set()
        self.stop_drawing.set()
        self.seen = self.channel = None
