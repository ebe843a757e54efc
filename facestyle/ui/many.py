"""A small album painted in one style: the work as a generator of what is shown, and the zip; no layout in here."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle import images
from facestyle.errors import InvalidRequestError
from facestyle.images.albums import Limits
from facestyle.style.video.reading import VideoLimits
from facestyle.ui import album_view, html, plots, texts
from facestyle.ui.context import Context
from facestyle.ui.fast_choice import FastChoice, chosen_style
from facestyle.ui.state import Session

if TYPE_CHECKING:
    from facestyle.style.batch_work import BatchStep

SHOW_SECONDS = 0.7
"""Progress is shown at most this often."""

PUBLIC_DEADLINE_SECONDS = 300.0
"""Where strangers share the app no further photo is begun after so long; what is done is handed out."""

FRAME_SIDE, THUMB_SIDE, THUMBS = 320, 160, 12
"""Pixels of the photo painted last and of the small ones at the end, and how many of those."""

SIZES = (256, 384, 512, 640, 1280, 1920)


@dataclass(frozen=True)
class ManyView:
    """What is known so far: HTML, and at the end the zip, if anything was painted."""

    status: str
    file: str | None = None
    step: BatchStep | None = None


@dataclass
class _Pack:
    """The zip as it grows, and the pictures that are shown of it: a result goes in and leaves the folder."""

    archive: zipfile.ZipFile
    packed: int = 0
    last: str = ""
    thumbs: list[str] = field(default_factory=list)

    def add(self, step: BatchStep) -> None:
        for path in step.made[self.packed :]:
            picture = images.decode(path)
            self.last = html.data_uri(picture, FRAME_SIDE)
            if len(self.thumbs) < THUMBS:
                alt = html.esc(texts.MANY_THUMB_ALT.format(name=html.isolated(path.name.partition("--")[0])))
                self.thumbs.append(f'<img src="{html.data_uri(picture, THUMB_SIDE)}" alt="{alt}" title="{alt}">')
            self.archive.write(path, path.name)
            path.unlink()
        self.packed = len(step.made)


def sizes(ctx: Context) -> list[int]:
    """Of the longer side, pixels: those of a clip, for the same reasons."""
    return [size for size in SIZES if size <= VideoLimits.of(ctx.settings).size]


def limits_in_words(ctx: Context) -> str:
    """What an album may be."""
    limits = Limits.of(ctx.settings)
    megabytes = f"{limits.archive_bytes / 1e6:,.0f}"
    return texts.MANY_LIMITS.format(pictures=f"{limits.pictures:,}", megabytes=megabytes, size=max(sizes(ctx)))


def painted(
    ctx: Context,
    session: Session,
    *,
    files: object,
    choice: FastChoice,
    size: int,
    form: str,
    folder: str,
) -> Generator[ManyView]:
    """Paints photos into a zip in the folder. A set `session.painting_many.stop` ends it with what is done.

    Args:
        ctx: The context.
        session: Whose it is.
        files: Uploads: photos and zip archives.
        choice: Of the style.
        size: Longer side of the results, pixels.
        form: A key of `texts.MANY_FORMATS`.
        folder: For the files; whoever calls deletes it.

    Raises:
        InvalidRequestError: The size or the format is none that is offered.
        FacestyleError: There is no such style; or nothing can be painted: no file, or the only one can't be opened.
    """
    style, named = chosen_style(ctx, choice)
    if form not in texts.MANY_FORMATS:
        raise InvalidRequestError(texts.MANY_FORMAT_WRONG)
    if size > max(sizes(ctx)):
        raise InvalidRequestError(f"Photos may be painted at up to {max(sizes(ctx))} pixels here, not {size}.")
    out, archive = str(Path(folder) / "painted"), Path(folder) / "facestyle.zip"
    began, shown = time.monotonic(), -1e9
    step: BatchStep | None = None
    early = ""
    paths = ctx.album(files)
    running = ctx.services.paint_album(paths, out, style=style, name=named, size=size, suffix=f".{form}")
    # PNG and JPEG are packed already.
    with closing(running) as steps, zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as opened:
        pack = _Pack(opened)
        for step in steps:
            pack.add(step)
            now = time.monotonic()
            if step.done < step.total and step.share < 1:  # what is painted needs only to be written
                if session.painting_many.stop.is_set():
                    early = texts.MANY_STOPPED_HINT
                    break
                if ctx.public and now - began > PUBLIC_DEADLINE_SECONDS:
                    early = texts.MANY_DEADLINE_HINT
                    break
                if now - shown >= SHOW_SECONDS:
                    shown = now
                    yield ManyView(_progress(step, pack), step=step)
    if step is not None:
        file = str(archive) if step.made else None
        yield ManyView(_ended(step, pack, named, early), file, step)


def _progress(step: BatchStep, pack: _Pack) -> str:
    number = step.done + (step.share > 0)  # between two, the name is that of the one that was finished
    words = texts.MANY_PHOTO.format(number=number, total=step.total, name=html.isolated(step.name))
    if not step.name:
        words = texts.MANY_STARTING
    elif step.seconds_left is not None:
        words = f"{words}, {texts.STYLE_LEFT.format(time=html.duration(step.seconds_left))}"
    picture = f'<img class="fs-frame" src="{pack.last}" alt="{html.esc(texts.MANY_LAST_ALT)}">' if pack.last else ""
    return plots.bar((step.done + step.share) / max(1, step.total), words, busy=not step.name) + picture


def _ended(step: BatchStep, pack: _Pack, named: str, early: str) -> str:
    """What was made, its pictures in small, and by name what was left out and why."""
    made = len(step.made)
    facts = texts.MANY_FACTS.format(style=named, time=html.duration(step.seconds))
    if early and not made:
        said = html.notice("plain", texts.MANY_STOPPED_BEFORE)
    elif early:
        said = html.notice("plain", texts.MANY_STOPPED.format(made=made, total=step.total), f"{early} {facts}")
    elif not made:
        said = html.notice("bad", texts.MANY_NONE, texts.MANY_NONE_HINT)
    else:
        title = texts.MANY_DONE_ONE if made == 1 else texts.MANY_DONE.format(count=f"{made:,}")
        said = html.notice("good", title, facts)
    thumbs = f'<div class="fs-thumbs">{"".join(pack.thumbs)}</div>' if pack.thumbs else ""
    return said + thumbs + album_view.skipped(step.failed)
