"""The progress of a download: one bar in the terminal, one object after the other for whoever else wants to know."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol

# Plain tqdm: the one of huggingface_hub switches itself off where there is no terminal, and with it all counting.
from tqdm.auto import tqdm

from facestyle.errors import DownloadCancelledError

_WINDOW_S = 5.0
"""The speed is measured over the last seconds: long enough to be steady, short enough to notice a stall."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is.

    Attributes:
        title: What is being downloaded, for display.
        done_bytes: Bytes received.
        total_bytes: Bytes to receive; None if the server doesn't say.
        bytes_per_s: Speed over the last seconds; None before the first bytes.
        eta_s: Seconds left at that speed; None if it can't be told.
    """

    title: str
    done_bytes: int
    total_bytes: int | None
    bytes_per_s: float | None
    eta_s: float | None


class ProgressListener(Protocol):
    """Whoever wants to know; called from the thread that downloads, about every megabyte to ten megabytes."""

    def __call__(self, progress: Progress, /) -> None:
        """Takes note. An exception raised here ends the download and leaves nothing of it behind."""


class DownloadBar(tqdm):  # type: ignore[misc]  # tqdm has no types
    """A bar with bytes, speed and time left; drawn on standard error if that is a terminal.

    huggingface_hub makes its bars itself, from a class: `bar_class` gives it one that knows its listener.
    """

    title: str = ""
    listener: ProgressListener | None = None
    cancel: threading.Event | None = None

    def __init__(self, *, total: int | None = None, initial: int = 0, **_: object) -> None:
        # The client's own wishes for looks (description, position, format) are dropped: ours is the one bar.
        super().__init__(
            desc=self.title,
            total=total,
            initial=initial,
            unit="B",
            unit_scale=True,
            unit_divisor=1000,
            leave=False,
            miniters=1,
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
        )
        self._done = initial
        self._recent: deque[tuple[float, int]] = deque([(time.monotonic(), initial)])
        self._tell()

    def update(self, n: float | None = 1) -> bool | None:
        """Counts n more bytes.

        Raises:
            DownloadCancelledError: The person has had enough. Raising here is how a download through huggingface_hub is
                stopped: it removes what it has written.
        """
        self._done += int(n or 0)
        now = time.monotonic()
        self._recent.append((now, self._done))
        while len(self._recent) > 2 and now - self._recent[0][0] > _WINDOW_S:
            self._recent.popleft()
        self._tell()
        drawn: bool | None = super().update(n)
        return drawn

    def update_transfer(self, n: float | None = 1) -> None:
        """Nothing: with this method present, a Xet download makes one bar instead of two."""

    def set_transfer_postfix_str(self, *_: object, **__: object) -> None:
        """Nothing; see `update_transfer`."""

    def _tell(self) -> None:
        check_cancelled(self.cancel, self.title)
        if self.listener is None:
            return
        (then, before), (now, done) = self._recent[0], self._recent[-1]
        speed = (done - before) / (now - then) if now > then and done > before else None
        left = None if self.total is None else max(0, self.total - done)
        self.listener(
            Progress(
                title=self.title,
                done_bytes=done,
                total_bytes=self.total,
                bytes_per_s=speed,
                eta_s=None if left is None or speed is None else left / speed,
            )
        )


def bar_class(
    title: str, listener: ProgressListener | None = None, cancel: threading.Event | None = None
) -> type[DownloadBar]:
    """A bar class that is bound to one download.

    Args:
        title: What is being downloaded.
        listener: Called on each step, whether or not there is a terminal.
        cancel: Set it, from any thread, to stop the download at its next step.
    """
    # staticmethod: a function in a class body would become a method and get the bar as its first argument.
    attributes = {"title": title, "listener": staticmethod(listener) if listener else None, "cancel": cancel}
    return type("DownloadBar", (DownloadBar,), attributes)


def check_cancelled(cancel: threading.Event | None, title: str) -> None:
    """Raises DownloadCancelledError if the event is set."""
    if cancel is not None and cancel.is_set():
        raise DownloadCancelledError(f"The download of {title} was cancelled. Nothing was kept of it.")
