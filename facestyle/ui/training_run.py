"""One training as the page runs it: the pictures read, each step shown at its time, the network written."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from facestyle.errors import InvalidRequestError
from facestyle.learning.results import Epoch, Loss, MinerName, Mode, TrainRequest
from facestyle.ui import html, plots, texts, training_view
from facestyle.ui.context import Context
from facestyle.ui.state import Session
from facestyle.ui.watched import watched

if TYPE_CHECKING:
    from facestyle.learning.datasets.base import PeopleSet

SHOW_SECONDS = 0.6
PUBLIC_DEADLINE_SECONDS = 120.0
"""Where strangers share the app a training ends after so long, with what it has learnt."""

OWN = "own"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is chosen on the page."""

    source: str
    upload: object
    mode: str
    loss: str
    miner: str
    margin: float
    epochs: float
    seed: float | None

    def request(self) -> TrainRequest:
        """As the library takes it.

        Raises:
            InvalidRequestError: Something is out of range or missing.
        """
        if self.seed is None:
            raise InvalidRequestError(texts.LEARN_SEED_MISSING)
        return TrainRequest(
            cast("Loss", self.loss),
            cast("MinerName", self.miner),
            margin=float(self.margin),
            epochs=int(self.epochs),
            seed=int(self.seed),
        ).checked()


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows now; None leaves a part as it is."""

    status: str
    panel: str | None = None
    file: str | None = None


def trained(ctx: Context, session: Session, asked: Asked, folder: str) -> Generator[View]:
    """Reads the pictures, trains and shows it. A set `session.training.stop` ends it within a step.

    Raises:
        FacestyleError: What the library refuses.
    """
    request = asked.request()
    mode = cast("Mode", asked.mode if asked.source == OWN else "encoder")
    data = yield from _read(ctx, session, asked, mode)
    if data is None:
        yield View(html.notice("plain", texts.LEARN_STOPPED_EARLY))
        return
    training = ctx.services.make_training(data, request, mode)
    seen = training_view.Watched(steps=training.steps)
    scored = request.loss in ("logistic", "chi-square")
    shown, began, stopped = -1e9, time.monotonic(), ""
    with closing(training.run()) as frames:
        for frame in frames:
            seen.note(frame)
            if session.training.stop.is_set():
                stopped = texts.LEARN_STOPPED
                break
            if ctx.public and time.monotonic() - began > PUBLIC_DEADLINE_SECONDS:
                stopped = texts.LEARN_DEADLINE
                break
            if isinstance(frame, Epoch):
                if not frame.epoch:
                    yield View(plots.bar(0, texts.LEARN_STARTING, busy=True), training_view.panel(seen, scored=scored))
            elif time.monotonic() - shown >= SHOW_SECONDS:
                shown = time.monotonic()
                yield View(training_view.bar(frame), training_view.panel(seen, scored=scored))
    path = Path(folder) / "facestyle-encoder.safetensors"
    ctx.services.save_training(training, path)
    left_out = html.notice("warn", texts.LEARN_LEFT_OUT.format(count=len(data.skipped))) if data.skipped else ""
    yield View(
        training_view.done(seen, stopped=stopped) + left_out, training_view.panel(seen, scored=scored), str(path)
    )


def _read(ctx: Context, session: Session, asked: Asked, mode: Mode) -> Generator[View, None, PeopleSet | None]:
    """The pictures, with progress; None if it was stopped meanwhile."""
    paths: list[Path] = []
    if asked.source == OWN:
        path = ctx.upload(asked.upload)
        if path is None:
            raise InvalidRequestError(texts.LEARN_NO_FILE)
        paths = [path]
    yield View(plots.bar(0, texts.LEARN_READING, busy=True))

    class Stopped(Exception):  # noqa: N818 - it is no error
        pass

    def work(tell: Any) -> PeopleSet:  # noqa: ANN401
        def progress(done: int, total: int) -> None:
            if session.training.stop.is_set():
                raise Stopped
            tell((done, total))

        return ctx.services.read_people(asked.source, paths, mode, session.faces, progress)

    try:
        steps = watched(work, session.training.stop.set)
        while True:
            done, total = next(steps)
            words = texts.LEARN_READING_OF.format(done=f"{done:,}", total=f"{total:,}")
            yield View(plots.bar(done / max(1, total), words))
    except StopIteration as end:
        return cast("PeopleSet", end.value)
    except Stopped:
        return None
