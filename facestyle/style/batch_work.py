"""The work of a batch: one picture after the other in its styles, with the time left, and what went wrong by name."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facestyle import images
from facestyle.errors import FacestyleError, InvalidRequestError, StyleError, shown
from facestyle.images import Picture
from facestyle.images.albums import Skipped
from facestyle.settings import Settings
from facestyle.style.painters import Painter

_LONGEST_STEM = 60


@dataclass(frozen=True, slots=True)
class BatchStyle:
    """A style of the batch.

    Attributes:
        name: Goes into the names of the results.
        facts: All that decides how it paints, as JSON can hold it; two styles with equal facts paint equally.
        paint: Does it.
    """

    name: str
    facts: Mapping[str, object] = field(repr=False)
    paint: Painter = field(repr=False)


@dataclass(frozen=True, slots=True)
class BatchStep:
    """How far the batch is.

    Attributes:
        done: Results that are made, were there already, or failed.
        total: Pictures times styles.
        share: Of the result that is being made, 0 to 1.
        name: Of the picture that is being painted.
        seconds: Since the batch began.
        seconds_left: Estimate from the results made so far; None before there is anything to go by.
        made: Files written.
        kept: Files that were there already, made with the same settings.
        failed: Pictures that could not be painted, and why.
    """

    done: int
    total: int
    share: float
    name: str
    seconds: float
    seconds_left: float | None
    made: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    failed: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A picture that is to be painted.

    Attributes:
        read: Gives what `facestyle.images.decode_rgba` takes; may raise FacestyleError.
        name: For people.
        styles: Each with the file of its result.
    """

    read: Callable[[], Picture]
    name: str
    styles: tuple[tuple[BatchStyle, Path], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to be made.

    Attributes:
        jobs: In their order.
        kept: Files that are there already.
        failed: Pictures that can't be painted.
    """

    jobs: tuple[Job, ...]
    kept: tuple[Path, ...] = ()
    failed: tuple[Skipped, ...] = ()


class _Clock:
    """Time left: results made so far stand for those to come; those found finished cost nothing and count nothing."""

    def __init__(self, to_make: int) -> None:
        self._began = time.perf_counter()
        self._left = to_make
        self._worked = 0.0

    def finish(self) -> None:
        self._left -= 1
        self._worked += 1

    def read(self, share: float) -> tuple[float, float | None]:
        """Seconds so far, and those left."""
        seconds = time.perf_counter() - self._began
        worked = self._worked + share
        if self._left == 0:
            return seconds, 0.0
        return seconds, seconds / worked * (self._left - share) if worked > 0 else None


def work_off(plan: Plan, total: int, settings: Settings) -> Generator[BatchStep]:
    """Paints what is planned.

    Args:
        plan: What is left.
        total: Pictures times styles, with those that are kept or failed already.
        settings: How large a picture may be.

    Returns:
        A generator of steps, the last of which has `done == total`. A file appears whole or not at all; closing the
        generator keeps what is written.
    """
    made: list[Path] = []
    failed = list(plan.failed)
    to_make = sum(len(job.styles) for job in plan.jobs)
    done = total - to_make
    clock = _Clock(to_make)

    def step(name: str, share: float = 0.0) -> BatchStep:
        seconds, left = clock.read(share)
        return BatchStep(done, total, share, name, seconds, left, tuple(made), plan.kept, tuple(failed))

    yield step("")
    for job in plan.jobs:
        content: npt.NDArray[np.uint8] | None = None
        try:
            content = images.decode_rgba(job.read(), settings=settings)
        except FacestyleError as error:
            failed.append(Skipped.because(job.name, error))
        for style, path in job.styles:
            if content is not None:
                try:
                    for share in _paint(style, content, path):
                        yield step(job.name, share)
                    made.append(path)
                except FacestyleError as error:
                    failed.append(Skipped.because(f"{job.name} ({style.name})", error))
            clock.finish()
            done += 1
            yield step(job.name)


def _paint(style: BatchStyle, content: npt.NDArray[np.uint8], path: Path) -> Generator[float]:
    """Paint and write; hands out the share of the work that is done, 0 to 1."""
    picture: npt.NDArray[np.uint8] | None = None
    try:
        with closing(style.paint(content)) as pictures:
            for share, shown in pictures:
                picture = shown
                yield min(share, 1.0)
    except (RuntimeError, MemoryError) as error:  # torch's own lack of memory is a RuntimeError
        raise StyleError("The memory was not enough, or the network failed. Choose a smaller size.") from error
    if picture is None:
        raise StyleError("The run gave no picture.")
    images.save(picture, path)


def make_folder(path: Path) -> Path:
    """The folder, made where it is missing.

    Raises:
        InvalidRequestError: It can't be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise InvalidRequestError(
            f"The folder {shown(path)} could not be made. Choose another folder or name."
        ) from error
    return path


def safe_stem(name: str) -> str:
    """Letters, digits and a few signs that every file system takes."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[:_LONGEST_STEM] or "picture"
