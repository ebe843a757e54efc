"""The Style tab's right side: progress, preview, before and after, and what can be done with a finished painting."""

from __future__ import annotations

from typing import Any

import gradio as gr

from facestyle.ui import html, texts
from facestyle.ui.painting import View

EMPTY = html.empty(texts.STYLE_EMPTY, texts.STYLE_EMPTY_HINT)


def updates(view: View) -> tuple[Any, ...]:
    """What Gradio is told: status, preview, curve, before and after, download, strength, going on, film."""
    finished = view.pair is not None
    picture: Any = gr.skip()
    if finished:
        picture = gr.Image(visible=False)
    elif view.picture is not None:
        picture = gr.Image(value=view.picture, visible=True)
    return (
        gr.skip() if view.status is None else view.status,
        picture,
        gr.skip() if view.curve is None else view.curve,
        gr.ImageSlider(value=view.pair, visible=True) if finished else gr.skip(),
        gr.DownloadButton(value=view.file, visible=True) if view.file is not None else gr.skip(),
        gr.Slider(value=100, visible=True) if finished else gr.skip(),
        gr.Row(visible=view.more) if finished else gr.skip(),
        gr.Accordion(visible=view.film, open=False) if finished else gr.skip(),
    )


def comparison(prefix: str) -> tuple[gr.ImageSlider, gr.DownloadButton, gr.Slider]:
    """Lays out photo and painting with a line to drag, the file, and the share of the painting; hidden at first.

    Args:
        prefix: Of their element IDs.
    """
    pair = gr.ImageSlider(
        label=texts.STYLE_COMPARE,
        interactive=False,
        visible=False,
        format="png",
        max_height=520,
        slider_position=18,  # mostly the painting, with enough of the photo to invite a drag
        buttons=["fullscreen"],
        elem_id=f"{prefix}-pair",
    )
    download = gr.DownloadButton(texts.STYLE_DOWNLOAD, visible=False, elem_id=f"{prefix}-download")
    strength = gr.Slider(
        0, 100, value=100, step=5, label=texts.STYLE_STRENGTH, visible=False, elem_id=f"{prefix}-strength"
    )
    return pair, download, strength


class Result:
    """Lays out the result.

    Attributes:
        shown: What `updates` speaks to.
    """

    def __init__(self) -> None:
        self.status = gr.HTML(EMPTY, elem_id="style-status")
        self.picture = gr.Image(
            label=texts.STYLE_RESULT,
            interactive=False,
            visible=False,
            format="png",
            buttons=["fullscreen"],
            elem_id="style-preview",
        )
        self.pair, self.download, self.strength = comparison("style")
        with gr.Row(visible=False, equal_height=True) as self.more_row:
            self.more_steps = gr.Number(
                40,
                label=texts.STYLE_MORE_STEPS,
                precision=0,
                minimum=1,
                maximum=500,
                min_width=90,
                elem_id="style-more-steps",
            )
            self.more = gr.Button(texts.STYLE_MORE, min_width=120, elem_id="style-more")
        self.curve = gr.HTML("", elem_id="style-curve")
        with gr.Accordion(texts.STYLE_FILM, open=False, visible=False, elem_id="style-film") as self.film:
            gr.HTML(f'<p class="fs-fine">{html.esc(texts.STYLE_FILM_HINT)}</p>')
            with gr.Row(equal_height=True):
                self.film_format = gr.Radio(
                    [("MP4", "mp4"), ("GIF", "gif")], value="mp4", label=texts.STYLE_FILM_FORMAT, min_width=120
                )
                self.film_run = gr.Button(texts.STYLE_FILM_RUN, min_width=120, elem_id="style-film-run")
            self.film_status = gr.HTML("", elem_id="style-film-status")
            self.film_file = gr.DownloadButton(texts.STYLE_FILM_DOWNLOAD, visible=False, elem_id="style-film-download")
        self.quick = gr.HTML("", elem_id="style-quick")
        self.history = gr.HTML("", js_on_load=html.CLICKS, elem_id="style-history")
        self.shown = [
            self.status, self.picture, self.curve, self.pair, self.download, self.strength, self.more_row,
            self.film,
        ]  # fmt: skip
