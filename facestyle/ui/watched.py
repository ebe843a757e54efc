"""Work that reports its progress to a listener, seen as a generator, so that an event can show each step."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

Step = TypeVar("Step")
Answer = TypeVar("Answer")

EVERY_SECONDS = 0.3
"""A step at most this often: a fast download takes hundreds a second."""


class _Worker(threading.Thread, Generic[Step, Answer]):
    """Does the work; its steps come through the queue, and after the last of them None."""

    def __init__(self, work: Callable[[Callable[[Step], None]], Answer]) -> None:
        super().__init__(name="facestyle-watched", daemon=True)
        self._work = work
        self.steps: queue.SimpleQueue[Step | None] = queue.SimpleQueue()
        self.answers: list[Answer] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.answers.append(self._work(self.steps.put))
        except BaseException as error:  # handed on to whoever asks for the answer
            self.failure = error
        finally:
            self.steps.put(None)


def watched(
    work: Callable[[Callable[[Step], None]], Answer], give_up: Callable[[], object], *, every: float | None = None
) -> Generator[Step, None, Answer]:
    """Runs the work in a thread of its own and yields its steps.

    Args:
        work: Called with the listener to report to.
        give_up: Called if the generator is closed before the end; must make the work end.
        every: Seconds between two steps at least, default `EVERY_SECONDS`; those in between are left out, but for the
            latest.

    Returns:
        The work's answer.

    Raises:
        BaseException: What the work raised.
    """
    worker = _Worker(work)
    worker.start()
    every = EVERY_SECONDS if every is None else every
    shown, waiting = -math.inf, None
    try:
        while True:
            try:
                # Work that stalls must not leave an old step in view: the latest one is shown when its time comes.
                left = None if waiting is None else max(0.0, shown + every - time.monotonic())
                step = worker.steps.get(timeout=left)
                if step is None:
                    break
                waiting = step
            except queue.Empty:
                pass
            if waiting is not None and time.monotonic() - shown >= every:
                step, waiting, shown = waiting, None, time.monotonic()
                yield step
    except GeneratorExit:
        give_up()
        raise
    worker.join()
    if worker.failure is not None:
        raise worker.failure
    return worker.answers[0]
