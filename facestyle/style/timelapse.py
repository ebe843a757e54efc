"""A run as a film: listens to its frames and writes an MP4 or a GIF of how the picture came to be."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import files, images
from facestyle.errors import FacestyleError, InvalidRequestError, shown
from facestyle.style.pixels import on_white
from facestyle.style.results import StyleFrame, StyleLosses
from facestyle.style.video.writing import VideoWriter, check_video_path

SUFFIXES = (".mp4", ".gif")
RATE = 12
"""Pictures a second."""

HOLD = 1.5
"""How long the last picture stands, seconds; the first stands a third of that."""

MAX_FRAMES = 240
"""Most pictures of a film: 20 seconds. A longer run is thinned out evenly by its steps."""

GIF_SIDE = 480
GIF_FRAMES = 120
"""A GIF has no compression between pictures worth the name: larger ones would be of tens of megabytes."""


class Timelapse:
    """Writes the film of one run. Use it in a `with` statement.

    At its end the film is finished whatever ended the run: a run that was stopped, or failed, has a film of what there
    was. Without any frame there is no file. Trouble with the film never ends the run; it is told by `failure`.

    Args:
        path: .mp4 or .gif; an existing file is replaced at the end, in one step.
        rate: Pictures a second.
        hold: How long the last picture stands, seconds, 0 or more.
        max_frames: Most pictures of the run to take, 2 or more; a GIF has at most `GIF_FRAMES`.

    Attributes:
        frames: Pictures of the run that the film has so far.
        failure: Why there will be no film; None while all is well.

    Raises:
        InvalidRequestError: Another suffix, a folder that can't be written to, or a number out of range.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, rate: int = RATE, hold: float = HOLD, max_frames: int = MAX_FRAMES
    ) -> None:
        check_video_path(path, SUFFIXES)
        if not 1 <= rate <= 60 or not 0 <= hold <= 60 or max_frames < 2:
            raise InvalidRequestError("A timelapse has 1 to 60 pictures a second, held for 0 to 60 s, and 2 or more.")
        self.path = Path(path)
        self.frames = 0
        self.failure: FacestyleError | None = None
        self._gif = self.path.suffix.lower() == ".gif"
        self._rate, self._hold = rate, hold
        self._max = min(max_frames, GIF_FRAMES) if self._gif else max_frames
        self._last: StyleFrame | None = None
        self._taken: StyleFrame | None = None
        self._pages: list[Image.Image] = []
        self._video: VideoWriter | None = None
        self._files = ExitStack()
        self._pts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def add(self, frame: StyleFrame) -> None:
        """Looks at a frame of the run and takes it if it is its turn."""
        self._last = frame
        # Evenly over the steps: a frame is taken when as many steps have passed as leave room for all.
        if self._taken is None or (frame.step - self._taken.step) * (self._max - 1) >= frame.steps:
            self._take(frame)

    def close(self) -> None:
        """Holds the last picture and finishes the film."""
        if self._last is not None and self._last is not self._taken:
            self._take(self._last)
        try:
            if self._pages:
                self._write_gif()
            elif self._video is not None and self.failure is None and self._last is not None:
                self._show(self._last, round(self._hold * self._rate))
            self._files.close()
        except FacestyleError as error:
            self._fail(error)

    def watch(self, frames: Generator[StyleFrame]) -> Generator[StyleFrame]:
        """Passes the frames of a run on; closing this closes the run and finishes the film."""
        with self, closing(frames):
            for frame in frames:
                self.add(frame)
                yield frame

    def _take(self, frame: StyleFrame) -> None:
        if self.failure is not None:
            return
        first = self._taken is None
        self._taken = frame
        self.frames += 1
        try:
            if self._gif:
                small = images.resize_longer_side(on_white(frame.image), GIF_SIDE, enlarge=False)
                # 256 colours of its own for each picture: the run's first and last share few.
                self._pages.append(Image.fromarray(small).quantize(256, dither=Image.Dither.FLOYDSTEINBERG))
            else:
                if self._video is None:
                    size = (frame.image.shape[0], frame.image.shape[1])
                    video = VideoWriter(self.path, size, rate=Fraction(self._rate))
                    self._video = self._files.enter_context(video)
                self._show(frame, 1 + (round(self._hold * self._rate / 3) if first else 0))
        except FacestyleError as error:
            self._fail(error)

    def _show(self, frame: StyleFrame, times: int) -> None:
        if self._video is None:
            return
        picture: npt.NDArray[np.uint8] = on_white(frame.image)
        for _ in range(times):
            self._video.add(picture, self._pts)
            self._pts += 1

    def _write_gif(self) -> None:
        each = round(1000 / self._rate)
        durations = [each] * len(self._pages)
        durations[0] += round(1000 * self._hold / 3)
        durations[-1] += round(1000 * self._hold)
        first, *others = self._pages
        try:
            with files.replacing(self.path) as file:
                first.save(file, "GIF", save_all=True, append_images=others, duration=durations, loop=0)
        except OSError as error:
            raise InvalidRequestError(
                f"{shown(self.path)} could not be written ({error.strerror}). Choose another folder or name."
            ) from error

    def _fail(self, error: FacestyleError) -> None:
        self.failure = error
        # A writer that has failed must not put a broken film in place.
        with suppress(FacestyleError):
            self._files.__exit__(type(error), error, None)


def write_film(path: str | os.PathLike[str], pictures: Iterable[npt.NDArray[np.uint8]], count: int) -> None:
    """Writes the film of a run that is over, from pictures that were kept of it.

    Args:
        path: .mp4 or .gif.
        pictures: uint8 (height, width, 3 or 4), in their order, all of one size.
        count: How many there are.

    Raises:
        InvalidRequestError: No picture, or the film could not be written.
    """
    if count < 1:
        raise InvalidRequestError("There is no picture to make a film of.")
    unknown = StyleLosses(0.0, 0.0, 0.0)
    with Timelapse(path) as film:
        for number, picture in enumerate(pictures):
            film.add(StyleFrame(picture, number, max(1, count - 1), unknown, 0.0))
    if film.failure is not None:
        raise film.failure
