"""The Style tab's two ways to paint, as generators of what the page shows; no layout in here."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import images
from facestyle.style.control import RunControl
from facestyle.style.recipe import KEYWORD, recipe_of
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.ui import guard, html, likeness, plots, texts
from facestyle.ui.history import MOST_BYTES, PUBLIC_BYTES
from facestyle.ui.line import Place
from facestyle.ui.reel import Reel
from facestyle.ui.services import Services
from facestyle.ui.state import Session

Pixels = npt.NDArray[np.uint8]

PREVIEW_SECONDS = 0.6
"""A preview at most this often: it must not cost more than the work it shows."""

PUBLIC_DEADLINE_SECONDS = 300.0
"""Where strangers share the app a run ends here, with what it has; Gradio's time_limit does not stop a lone user."""

PUBLIC_PATIENCE_SECONDS = 60.0
"""Where strangers share the app a paused run goes on by itself after so long: others wait for its place."""

FAST_SIZE = 640
"""Longer side of a fast preview, in pixels."""


@dataclass(frozen=True)
class Painted:
    """A finished painting, and what is needed to blend it, or to go on with it.

    Attributes:
        photo: The photo in the size of the result.
        result: The painting at full strength.
        request: What was asked for, with the weights of the end; None for a fast style, which knows no more steps.
        steps: Done in all.
        strength: Share of the painting in what is shown, 0 to 1.
        reel: What was kept of the run for a film; None for a fast style.
    """

    photo: Pixels
    result: Pixels
    request: StyleRequest | None = None
    steps: int = 1
    strength: float = 1.0
    reel: Reel | None = None

    def arrays(self) -> Iterator[Pixels]:
        """All pictures that it keeps in memory."""
        yield from (self.photo, self.result)
        if (request := self.request) is not None:
            yield request.content
            for style in request.styles:
                yield from (part for part in (style.picture, style.mask) if part is not None)
            yield from (part for part in (request.region, request.start) if part is not None)

    @property
    def reel_bytes(self) -> int:
        """Of the film."""
        return 0 if self.reel is None else self.reel.nbytes

    def blended(self) -> Pixels:
        """What is shown and saved."""
        return images.blend(self.photo, self.result, self.strength)

    def text(self) -> dict[str, str]:
        """The settings, for the PNG."""
        if self.request is None:
            return {}
        return {KEYWORD: recipe_of(self.request, steps=self.steps, strength=self.strength).as_text()}

    def continued(self, steps: int) -> StyleRequest | None:
        """The same settings, from this picture."""
        return None if self.request is None else replace(self.request, start=self.result, steps=steps)


@dataclass(frozen=True)
class View:
    """What the page shows now; None leaves a part as it is.

    Attributes:
        status: HTML of the progress bar or of the notice.
        picture: A new preview.
        curve: HTML of the loss curves.
        pair: (before, after) of a finished run.
        file: The PNG to download.
        more: Whether the painting can be gone on with.
        film: Whether a film can be made of its run.
        seconds_left: Of a run that is going on.
    """

    status: str | None = None
    picture: Pixels | None = None
    curve: str | None = None
    pair: tuple[Pixels, Pixels] | None = None
    file: str | None = None
    more: bool = False
    film: bool = False
    seconds_left: float | None = None


def paint(
    services: Services,
    session: Session,
    request: StyleRequest,
    *,
    deadline: float | None = None,
    done_before: int = 0,
    reel: Reel | None = None,
    keep_faces: bool = False,
) -> Generator[View]:
    """Runs the optimisation; a set `session.stop` or a passed deadline ends it with the picture it has.

    `session.control` pauses it or changes its weights; `done_before` counts the steps of the run that it goes on from,
    and `reel` has the pictures of that one. With `keep_faces` it is said if there was none to keep.
    Closing this generator closes the library's, which stops the work within one step.
    """
    if session.stop.is_set():
        yield View(status=html.notice("plain", texts.STYLE_STOPPED_BEFORE, texts.STYLE_STOPPED_BEFORE_HINT))
        return
    yield View(status=plots.bar(0, texts.STYLE_STARTING, busy=True))
    control = session.control = session.control or RunControl()
    losses: list[tuple[int, StyleLosses]] = []
    frame: StyleFrame | None = None
    shown: Pixels | None = None
    shown_at = -np.inf
    ended = texts.STYLE_FINISHED
    failure = ""
    began = time.monotonic()
    reel = Reel() if reel is None else reel.copy()
    try:
        with closing(services.stylize(request, control)) as frames:
            for frame in frames:
                reel.add(frame.image)
                losses.append((frame.step, frame.losses))
                now = time.monotonic()
                if now - shown_at >= PREVIEW_SECONDS or control.paused:
                    # The same picture twice in a row would be rewritten in place while a browser reads it.
                    fresh = shown is None or not np.array_equal(frame.image, shown)
                    shown, shown_at = frame.image, now
                    yield View(
                        status=paused(frame.step, frame.steps) if control.paused else plots.progress(frame),
                        picture=frame.image if fresh else None,
                        curve=plots.curve(losses, frame.steps),
                        seconds_left=frame.seconds_left,
                    )
                if frame.step < frame.steps and session.stop.is_set():
                    ended = texts.STYLE_STOPPED
                    break
                if deadline is not None and frame.step < frame.steps and now - began > deadline:
                    ended = texts.STYLE_DEADLINE
                    break
        if frame is not None and frame.step < frame.steps and ended is texts.STYLE_FINISHED:
            ended = texts.STYLE_STOPPED
    except Exception as error:
        failure = guard.explain(error)
    if frame is None:
        yield View(status=failure or html.unexpected())
        return
    done = ended.format(step=frame.step, steps=frame.steps, time=html.duration(frame.seconds))
    if (latest := control.latest) is not None:
        request = replace(request, alpha=latest.alpha, beta=latest.beta, layer_weights=dict(latest.layer_weights))
    steps = done_before + frame.step
    painted = Painted(fitted(request.content, frame.image), frame.image, request, steps, reel=reel)
    of_faces = likeness.measured(services, painted.photo, frame.image, request)
    if keep_faces and request.emphasis is None:
        of_faces = texts.STYLE_FACES_NONE
    status = failure or html.notice("good" if ended is texts.STYLE_FINISHED else "plain", done, of_faces)
    _keep(services, session, painted)
    yield from finished(painted, status=status, curve=plots.curve(losses, frame.steps))


def finished(painted: Painted, *, status: str | None = None, curve: str | None = None) -> Generator[View]:
    """Before and after, and the file."""
    with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
        yield View(
            status=status,
            curve=curve,
            pair=(painted.photo, painted.blended()),
            file=written(painted.blended(), folder, painted.text()),
            more=painted.request is not None,
            film=painted.reel is not None,
        )


def in_line(place: Place) -> str:
    """How many are ahead, and for about how long."""
    words = texts.STYLE_AHEAD_ONE if place.ahead == 1 else texts.STYLE_AHEAD.format(count=place.ahead)
    left = texts.STYLE_LEFT.format(time=html.duration(max(1.0, place.seconds)))
    return plots.bar(0, f"{words}, {left}", busy=True)


def paused(step: int | None = None, steps: int | None = None) -> str:
    """The notice of a run that waits."""
    where = "" if step is None else texts.STYLE_PROGRESS.format(step=step, steps=steps)
    return html.notice("plain", texts.STYLE_PAUSED, where or texts.STYLE_PAUSED_HINT)


def preview(
    services: Services, session: Session, *, content: Pixels, style: Pixels, size: int = FAST_SIZE
) -> Generator[View]:
    """One pass of a fast network."""
    try:
        began = time.monotonic()
        image = services.stylize_fast(content, style=style, size=size)
        seconds = time.monotonic() - began
    except Exception as error:
        yield View(status=guard.explain(error))
        return
    status = html.notice("good", texts.STYLE_FAST_DONE.format(time=html.duration(seconds), style=texts.STYLE_GIVEN))
    painted = Painted(fitted(content, image), image)
    _keep(services, session, painted)
    yield from finished(painted, status=status, curve="")


def _keep(services: Services, session: Session, painted: Painted) -> None:
    session.painted = painted
    session.history.add(painted, most_bytes=PUBLIC_BYTES if services.settings.is_public else MOST_BYTES)


def style_name(services: Services, style_id: str) -> str:
    """What people call a learned style."""
    return next((style.name for style in services.fast_styles() if style.id == style_id), style_id)


def fitted(content: Pixels, result: Pixels) -> Pixels:
    """The photo in the size and channels of the result, for before and after."""
    height, width = result.shape[:2]
    picture = Image.fromarray(content).convert("RGBA" if result.shape[2] == 4 else "RGB")
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))


def written(image: Pixels, folder: str | os.PathLike[str], text: Mapping[str, str] | None = None) -> str:
    """A PNG without metadata but `text`, for the download button."""
    path = Path(folder) / "facestyle.png"
    images.save(image, path, text=text)
    return str(path)
