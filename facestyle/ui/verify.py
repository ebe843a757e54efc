"""Tab Verify (1:1): two pictures, or a picture and an enrolled person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from facestyle.errors import FaceError, FacestyleError, ImageEmptyError, SeveralFacesError
from facestyle.faces.results import RGB, Claim, Face, Verification
from facestyle.ui import guard, html, models, quality, samples, texts
from facestyle.ui.confidence import ConfidencePanel, figure
from facestyle.ui.context import FACES_LANE, QUIET, RAW, Context
from facestyle.ui.html import Tag
from facestyle.ui.state import Session

PICTURES, CLAIM = "pictures", "claim"
EMPTY = html.empty(texts.VERIFY_EMPTY, texts.VERIFY_EMPTY_HINT)

Answer = tuple[str, str, bool]
"""HTML of the verdict, HTML of the details, whether there is a distance to decide about."""


def compare(
    ctx: Context,
    session: Session,
    *,
    mode: str,
    first: object,
    second: object,
    person: str | None,
    tau: float | None,
    live: bool = False,
) -> Answer:
    """Runs the networks and lays out the answer, or says in its place why there is none."""
    session.last = None
    pictures: list[RGB] = []
    try:
        pictures.append(ctx.decode(first))
        faces = session.faces
        if mode == CLAIM:
            if not person:
                raise ImageEmptyError(texts.VERIFY_PERSON_NONE)
            result = faces.verify(pictures[0], Claim(person), tau=tau, liveness=quality.mode(live))
        else:
            pictures.append(ctx.decode(second))
            result = faces.verify(pictures[0], pictures[1], tau=tau, liveness=quality.mode(live))
    except FaceError as error:
        return explain_faces(session, error, pictures)
    except Exception as error:
        return guard.explain(error), "", False
    # Another model may have been chosen meanwhile: its threshold can't decide about this distance.
    current = session.model in {None, result.model}
    session.last = result if current else None
    shown = details(result, pictures) + models.tau_line(ctx, result.model, faces.default_tau)
    return verdict(result, result.tau, faces.tau_range[1]), shown, current


def decide(session: Session, tau: float) -> str:
    """The verdict on the last distance under another threshold; no network runs."""
    return EMPTY if session.last is None else verdict(session.last, float(tau), session.faces.tau_range[1])


def verdict(result: Verification, tau: float, end: float) -> str:
    """The verdict at tau, and the probability, which does not depend on it."""
    return html.verdict(result, tau, end, figure(result, tau))


def details(result: Verification, pictures: Sequence[RGB]) -> str:
    """The aligned faces side by side, and the boxes on the pictures."""
    labels = (texts.VERIFY_FIRST, texts.VERIFY_SECOND)
    chips, figures, notes = [], [], []
    for index, picture in enumerate(pictures):
        label = labels[index]
        alt = texts.FACE_IN.format(picture=label)
        caption = html.esc(label)
        chips.append(f"<figure>{html.chip(result.aligned[index], alt)}<figcaption>{caption}</figcaption></figure>")
        figures.append(html.figure(picture, [Tag(result.faces[index].box)], alt=alt, caption=caption, longer_side=640))
        if index < len(result.subject_proposed) and result.subject_proposed[index]:
            notes.append(html.notice("warn", texts.SUBJECT_PROPOSED.format(picture=label)))
    return (
        quality.of_verification(result, labels)
        + "".join(notes)
        + html.section(html.esc(texts.ALIGNED), f'<div class="fs-chips">{"".join(chips)}</div>')
        + html.section(html.esc(texts.FOUND), html.columns(figures))
    )


def numbered(picture: RGB, faces: Sequence[Face], *, label: str) -> str:
    """A picture with its faces numbered from left to right, and their count under it."""
    tags = [Tag(face.box, str(number), "warn") for number, face in enumerate(faces, 1)]
    count = (
        texts.ONE_FACE if len(faces) == 1 else texts.MANY_FACES.format(count=len(faces)) if faces else texts.NO_FACES
    )
    return html.figure(picture, tags, alt=f"{label}: {count}", caption=html.esc(f"{label}: {count}"), longer_side=640)


def explain_faces(session: Session, error: FaceError, pictures: Sequence[RGB]) -> Answer:
    """Why there is no verdict, with what was found in each picture."""
    extra = f"<p>{html.esc(texts.CROP_HINT)}</p>" if isinstance(error, SeveralFacesError) else ""
    labels = (texts.VERIFY_FIRST, texts.VERIFY_SECOND)
    try:
        figures = [
            numbered(picture, session.faces.detect(picture), label=label)
            for picture, label in zip(pictures, labels, strict=False)
        ]
    except FacestyleError:
        figures = []
    shown = html.section(html.esc(texts.FOUND), html.columns(figures)) if figures else ""
    return guard.explain(error, extra=extra), shown, False


def tau_slider(ctx: Context, **options: Any) -> gr.Slider:  # noqa: ANN401 - passed on
    """The threshold, over the span that makes sense for the model."""
    low, high = ctx.tau_range
    return gr.Slider(
        low, high, value=ctx.tau, step=0.005, label=texts.TAU, info=texts.TAU_INFO, buttons=["reset"], **options
    )


def picture_input(label: str, elem_id: str) -> gr.Image:
    """Where a picture goes in: a file, the clipboard or the webcam."""
    return gr.Image(
        label=label,
        type="filepath",
        image_mode=None,
        sources=["upload", "webcam", "clipboard"],
        webcam_options=gr.WebcamOptions(mirror=False),
        height=260,
        min_width=200,
        buttons=["fullscreen"],
        elem_id=elem_id,
    )


class VerifyTab:
    """Lays out the tab and wires it.

    Attributes:
        person: The enrolled people to choose from; other tabs refresh it.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.mode = gr.Radio(
                    [(texts.VERIFY_PICTURES, PICTURES), (texts.VERIFY_CLAIM, CLAIM)],
                    value=PICTURES,
                    label=texts.VERIFY_MODE,
                    elem_id="verify-mode",
                )
                with gr.Row():
                    self.first = picture_input(texts.VERIFY_FIRST, "verify-first")
                    self.second = picture_input(texts.VERIFY_SECOND, "verify-second")
                    self.person = gr.Dropdown(
                        [],
                        label=texts.VERIFY_PERSON,
                        info=texts.VERIFY_PERSON_NONE,
                        visible=False,
                        min_width=200,
                        elem_id="verify-person",
                    )
                self.run = gr.Button(texts.VERIFY_RUN, variant="primary", elem_id="verify-run")
                self.live = quality.liveness_checkbox("verify-liveness")
                self.strip = gr.HTML(samples.strip(samples.VERIFY), js_on_load=html.CLICKS, elem_id="verify-examples")
            with gr.Column(scale=6, min_width=320):
                self.verdict = gr.HTML(EMPTY, elem_id="verify-result")
                self.tau = tau_slider(ctx, visible=False, elem_id="verify-tau")
                # What the verdict rests on stands beside it; the pictures below are large.
                ConfidencePanel(ctx, self.verdict, self.tau)
                self.details = gr.HTML("", elem_id="verify-details")
        self._wire()

    def _wire(self) -> None:
        comparing: dict[str, Any] = {
            "fn": self.on_run,
            "inputs": [self.mode, self.first, self.second, self.person, self.tau, self.live],
            "outputs": [self.verdict, self.details, self.tau],
            "show_progress_on": self.verdict,
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.run.click, self.strip.click):
            trigger(None, js=html.scroll_to("verify-result"))
        self.run.click(**comparing)
        filled = [self.mode, self.first, self.second, self.person]
        self.strip.click(self.on_example, None, filled, **QUIET).then(**comparing)
        self.mode.input(self.on_mode, self.mode, [self.second, self.person], **QUIET)
        # Dragging asks often: only the last position is answered, and none of them runs a network.
        self.tau.input(self.on_tau, self.tau, self.verdict, trigger_mode="always_last", **QUIET)

    def on_run(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        mode: str,
        first: object,
        second: object,
        person: str | None,
        tau: float,
        live: bool,
        request: gr.Request,
    ) -> tuple[str, str, gr.Slider]:
        """Compares."""
        session = self.ctx.session(request)
        verdict, shown, decided = compare(
            self.ctx, session, mode=mode, first=first, second=second, person=person, tau=tau, live=live
        )
        return verdict, shown, gr.Slider(visible=decided)

    def on_tau(self, tau: float, request: gr.Request) -> str:
        """Decides anew."""
        return decide(self.ctx.session(request), tau)

    def on_mode(self, mode: str) -> tuple[gr.Image, gr.Dropdown]:
        """Shows the second picture, or the enrolled people."""
        return gr.Image(visible=mode == PICTURES), gr.Dropdown(visible=mode == CLAIM)

    def on_example(self, event: gr.EventData) -> tuple[str, gr.Image, gr.Image, gr.Dropdown]:
        """Fills in an example."""
        a, b = (samples.path(picture) for picture in samples.VERIFY[int(event.id)].pictures)
        return PICTURES, gr.Image(value=a), gr.Image(value=b, visible=True), gr.Dropdown(visible=False)
