"""Being told to end: SIGTERM, as service managers, containers and `kill` send it, is Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType


def interrupt_on_sigterm() -> None:
    """From now on SIGTERM raises KeyboardInterrupt in the main thread, which is what Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    # Some send it twice (`timeout` to the process and to its group): tidying up must not be interrupted in turn.
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
