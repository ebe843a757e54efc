"""The accordion that paints a clip: progress with the time left, the frame that is being painted, and a cancel."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.errors import VideoEmptyError, VideoTooLargeError
from facestyle.style.video.reading import VideoLimits
from facestyle.ui import guard, html, plots, texts
from facestyle.ui.context import QUIET, RAW, Context
from facestyle.ui.fast_choice import FastChoice, chosen_style
from facestyle.ui.job_buttons import stopping, unlocked
from facestyle.ui.state import Session

if TYPE_CHECKING:
    from facestyle.style.video.service import VideoResult, VideoStep

FILM_LANE: dict[str, Any] = {"concurrency_id": "film", "concurrency_limit": 1}
"""One clip at a time; it may take minutes and must hold up no photo."""

SHOW_SECONDS = 0.7
"""The frame that was painted last is shown at most this often."""

PUBLIC_DEADLINE_SECONDS = 300.0
"""Where strangers share the app a clip that takes longer is given up."""

FRAME_SIDE = 320


@dataclass(frozen=True)
class FilmView:
    """What is known so far of a clip that is being painted: HTML, and at the end the file with its facts."""

    status: str
    file: str | None = None
    result: VideoResult | None = None
    step: VideoStep | None = None


def limits_in_words(limits: VideoLimits) -> str:
    """What a clip may be."""
    megabytes = round(limits.file_bytes / 1_000_000)
    return texts.FILM_LIMITS.format(seconds=round(limits.seconds), megabytes=megabytes, size=limits.size)


def filmed(
    ctx: Context, session: Session, *, clip: object, choice: FastChoice, size: int | None, folder: str
) -> Generator[FilmView]:
    """Paints an uploaded clip in the chosen style, into the folder.

    A set `session.filming.stop`, or closing this, ends it and leaves no file.

    Raises:
        FacestyleError: What `stylize_video` refuses; and where strangers share the app, a clip that takes too long.
    """
    path = ctx.upload(clip)
    if path is None:
        raise VideoEmptyError("No clip was given. Add one and try again.")
    style, _ = chosen_style(ctx, choice)
    out = Path(folder) / "facestyle.mp4"
    began = time.monotonic()
    shown = -1e9
    with closing(ctx.services.stylize_video(path, str(out), style=style, size=size)) as steps:
        for step in steps:
            if session.filming.stop.is_set():
                yield FilmView(html.notice("plain", texts.FILM_CANCELLED, texts.FILM_CANCELLED_HINT))
                return
            if step.result is not None:
                yield FilmView(done(step.result), str(out), step.result)
                return
            now = time.monotonic()
            if ctx.public and now - began > PUBLIC_DEADLINE_SECONDS:
                raise VideoTooLargeError(texts.FILM_DEADLINE)
            if now - shown >= SHOW_SECONDS:
                shown = now
                yield FilmView(progress(step), step=step)
    raise VideoEmptyError("The clip has no picture in it. Choose another.")


def progress(step: VideoStep) -> str:
    """How far it is, how long it will still take, and the frame painted last."""
    if step.frames is None:
        bar = plots.bar(0, texts.FILM_FRAME.format(frame=step.frame), busy=True)
    else:
        words = texts.FILM_FRAME_OF.format(frame=step.frame, frames=step.frames)
        if step.seconds_left is not None:
            words = f"{words}, {texts.STYLE_LEFT.format(time=html.duration(step.seconds_left))}"
        bar = plots.bar(step.frame / max(1, step.frames), words)
    picture = html.data_uri(step.image, FRAME_SIDE)
    return f'{bar}<img class="fs-frame" src="{picture}" alt="{html.esc(texts.FILM_FRAME_ALT)}">'


def done(result: VideoResult) -> str:
    """What was made."""
    height, width = result.size
    sound = texts.FILM_SOUND if result.sound else texts.FILM_SILENT
    words = texts.FILM_FACTS.format(
        frames=result.frames, width=width, height=height, time=html.duration(result.seconds), sound=sound
    )
    return html.notice("good", texts.FILM_DONE, words)


class FilmPanel:
    """Lays out the accordion and wires it.

    Args:
        ctx: The context.
        asked: The components that say which style, in the order of `FastChoice`.
    """

    def __init__(self, ctx: Context, asked: list[Any]) -> None:
        self.ctx = ctx
        limits = VideoLimits.of(ctx.settings)
        with gr.Accordion(texts.FILM, open=False, elem_id="film"):
            gr.HTML(f'<p class="fs-fine">{html.esc(limits_in_words(limits))}</p>')
            # Not a gr.Video: its trimming loads a program from another site, which this page forbids.
            self.clip = gr.File(
                label=texts.FILM_CLIP, file_types=["video", ".gif"], type="filepath", height=140, elem_id="film-clip"
            )
            sizes = [size for size in (256, 384, 512, 640, 1280, 1920) if size <= limits.size]
            self.size = gr.Radio(sizes, value=384, label=texts.STYLE_SIZE, elem_id="film-size")
            with gr.Row():
                self.run = gr.Button(texts.FILM_RUN, variant="primary", elem_id="film-run")
                self.stop = gr.Button(texts.FILM_CANCEL, variant="stop", visible=False, elem_id="film-stop")
            self.status = gr.HTML("", elem_id="film-status")
            self.result = gr.Video(
                label=texts.FILM_RESULT, interactive=False, visible=False, buttons=["download"], elem_id="film-result"
            )
        locking = self.run.click(self.on_lock, None, [self.status, self.result, self.run, self.stop], **QUIET)
        running = locking.then(
            self.on_film,
            [self.clip, self.size, *asked],
            [self.status, self.result],
            show_progress="minimal",
            show_progress_on=self.status,
            **FILM_LANE,
            **RAW,
        )
        running.then(self.on_unlock, None, [self.status, self.run, self.stop], **QUIET)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a clip: Cancel in the place of the button."""
        session = self.ctx.session(request)
        if session.filming.running:
            return (gr.skip(),) * 4
        session.filming.stop.clear()
        session.filming.waiting = True
        stop = gr.Button(texts.FILM_CANCEL, visible=True, interactive=True)
        return plots.bar(0, texts.STYLE_WAITING, busy=True), gr.Video(visible=False), gr.Button(visible=False), stop

    def on_film(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        clip: object,
        size: float,
        style: object,
        chosen: str,
        second: str | None,
        second_picture: object,
        share: float,
        request: gr.Request,
    ) -> Generator[tuple[Any, Any]]:
        """Paints the clip in the style that is chosen on the tab."""
        session = self.ctx.session(request)
        if session.filming.running:
            yield gr.skip(), gr.skip()  # a generator that yields nothing would empty what is shown
            return
        with session.filming.going_on():
            try:
                choice = FastChoice(style, chosen, second, second_picture, float(share))
                with (
                    tempfile.TemporaryDirectory(prefix="facestyle-") as folder,
                    closing(
                        filmed(self.ctx, session, clip=clip, choice=choice, size=int(size), folder=folder)
                    ) as views,
                ):
                    for view in views:
                        self.ctx.session(request)  # a call: else the clock would forget a session meanwhile
                        video = gr.skip() if view.file is None else gr.Video(value=view.file, visible=True)
                        yield view.status, video
            except Exception as error:
                yield guard.explain(error), gr.skip()

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After a clip, or after a queue that was too full for one."""
        return unlocked(self.ctx.session(request).filming)

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the work to end; it does within a frame, and leaves no file."""
        return stopping(self.ctx.session(request).filming)
