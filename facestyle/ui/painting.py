"""The Style tab's two ways to paint, as generators of what the page shows; no layout in here."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import images
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.ui import guard, html, plots, texts
from facestyle.ui.services import Services
from facestyle.ui.state import Session

Pixels = npt.NDArray[np.uint8]

PREVIEW_SECONDS = 0.6
"""A preview at most this often: it must not cost more than the work it shows."""

PUBLIC_DEADLINE_SECONDS = 300.0
"""Where strangers share the app a run ends here, with what it has; Gradio's time_limit does not stop a lone user."""

FAST_SIZE = 640
"""Longer side of a fast preview, in pixels."""


@dataclass(frozen=True)
class View:
    """What the page shows now; None leaves a part as it is.

    Attributes:
        status: HTML of the progress bar or of the notice.
        picture: A new preview.
        curve: HTML of the loss curves.
        pair: (before, after) of a finished run.
        file: The PNG to download.
    """

    status: str | None = None
    picture: Pixels | None = None
    curve: str | None = None
    pair: tuple[Pixels, Pixels] | None = None
    file: str | None = None


def paint(
    services: Services, session: Session, request: StyleRequest, *, deadline: float | None = None
) -> Generator[View]:
    """Runs the optimisation; a set `session.stop` or a passed deadline ends it with the picture it has.

    Closing this generator closes the library's, which stops the work within one step.
    """
    if session.stop.is_set():
        yield View(status=html.notice("plain", texts.STYLE_STOPPED_BEFORE, texts.STYLE_STOPPED_BEFORE_HINT))
        return
    yield View(status=plots.bar(0, texts.STYLE_STARTING, busy=True))
    losses: list[tuple[int, StyleLosses]] = []
    frame: StyleFrame | None = None
    shown: Pixels | None = None
    shown_at = -np.inf
    ended = texts.STYLE_FINISHED
    failure = ""
    began = time.monotonic()
    try:
        with closing(services.stylize(request)) as frames:
            for frame in frames:
                losses.append((frame.step, frame.losses))
                now = time.monotonic()
                if now - shown_at >= PREVIEW_SECONDS:
                    # The same picture twice in a row would be rewritten in place while a browser reads it.
                    fresh = shown is None or not np.array_equal(frame.image, shown)
                    shown, shown_at = frame.image, now
                    yield View(
                        status=plots.progress(frame),
                        picture=frame.image if fresh else None,
                        curve=plots.curve(losses, frame.steps),
                    )
                if frame.step < frame.steps and session.stop.is_set():
                    ended = texts.STYLE_STOPPED
                    break
                if deadline is not None and frame.step < frame.steps and now - began > deadline:
                    ended = texts.STYLE_DEADLINE
                    break
    except Exception as error:
        failure = guard.explain(error)
    if frame is None:
        yield View(status=failure or html.unexpected())
        return
    done = ended.format(step=frame.step, steps=frame.steps, time=html.duration(frame.seconds))
    status = failure or html.notice("good" if ended is texts.STYLE_FINISHED else "plain", done)
    with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
        yield View(
            status=status,
            curve=plots.curve(losses, frame.steps),
            pair=(fitted(request.content, frame.image), frame.image),
            file=written(frame.image, folder),
        )


def preview(services: Services, *, content: Pixels, style: str | Pixels, size: int = FAST_SIZE) -> Generator[View]:
    """One pass of a fast network."""
    try:
        began = time.monotonic()
        image = services.stylize_fast(content, style=style, size=size)
        seconds = time.monotonic() - began
        named = texts.STYLE_GIVEN if not isinstance(style, str) else style_name(services, style)
    except Exception as error:
        yield View(status=guard.explain(error))
        return
    status = html.notice("good", texts.STYLE_FAST_DONE.format(time=html.duration(seconds), style=named))
    with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
        yield View(status=status, curve="", pair=(fitted(content, image), image), file=written(image, folder))


def style_name(services: Services, style_id: str) -> str:
    """What people call a learned style."""
    return next((style.name for style in services.fast_styles() if style.id == style_id), style_id)


def fitted(content: Pixels, result: Pixels) -> Pixels:
    """The photo in the size and channels of the result, for before and after."""
    height, width = result.shape[:2]
    picture = Image.fromarray(content).convert("RGBA" if result.shape[2] == 4 else "RGB")
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))


def written(image: Pixels, folder: str | os.PathLike[str]) -> str:
    """A PNG without metadata, for the download button."""
    path = Path(folder) / "facestyle.png"
    images.save(image, path)
    return str(path)
