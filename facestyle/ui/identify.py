"""Tab Identify (1:K): who of the enrolled people is each face of a picture, or nobody?"""

from __future__ import annotations

from typing import Any

import gradio as gr

from facestyle import images
from facestyle.faces.results import RGB, Identification, IdentifiedFace
from facestyle.ui import confidence, guard, html, quality, samples, texts
from facestyle.ui.context import FACES_LANE, LIGHT_LANE, QUIET, RAW, Context
from facestyle.ui.html import Tag
from facestyle.ui.state import Session
from facestyle.ui.verify import picture_input, tau_slider

EMPTY = html.empty(texts.IDENTIFY_EMPTY, texts.IDENTIFY_EMPTY_HINT)
GO_ENROLL = "enroll"


def recognise(
    ctx: Context, session: Session, *, picture: object, top_k: float, tau: float | None, live: bool = False
) -> str:
    """Runs the networks and lays out the answer, or says in its place why there is none."""
    session.identified = None
    try:
        file = ctx.upload(picture)
        image = images.decode(file, settings=ctx.settings)
        probes = session.faces.probes(image, liveness=quality.mode(live))
        result = session.faces.identify_again(probes, top_k=int(top_k), tau=tau)
        if file is not None:
            session.identified = (file, probes)
        return lay_out(image, result)
    except Exception as error:
        return guard.explain(error)


def decide(ctx: Context, session: Session, *, picture: object, top_k: float, tau: float) -> str | None:
    """The answer at another threshold, without the networks; None if that picture has not been looked at."""
    try:
        file = ctx.upload(picture)
        if session.identified is None or session.identified[0] != file:
            return None
        image = images.decode(file, settings=ctx.settings)
        return lay_out(image, session.faces.identify_again(session.identified[1], top_k=int(top_k), tau=tau))
    except Exception as error:
        return guard.explain(error)


def lay_out(image: RGB, result: Identification) -> str:
    """A sentence, the picture with names, and a table of candidates per face."""
    tags = []
    for number, face in enumerate(result.faces, 1):
        known = face.recognized
        label = html.name(known) if known is not None else html.esc(texts.IDENTIFY_UNKNOWN)
        tags.append(Tag(face.face.box, f"{number} · {label}", "good" if known is not None else "warn"))
    recognised = sum(face.recognized is not None for face in result.faces)
    known_words = texts.IDENTIFY_KNOWN.format(known=recognised) if recognised else texts.IDENTIFY_KNOWN_NONE
    pattern = texts.IDENTIFY_SUMMARY_ONE if len(result.faces) == 1 else texts.IDENTIFY_SUMMARY
    summary = pattern.format(count=len(result.faces), known=known_words)
    if result.enrolled == 0:
        button = html.action(texts.IDENTIFY_GO_ENROLL, GO_ENROLL, kind="fs-primary")
        head = html.notice(
            "plain", texts.IDENTIFY_NO_GALLERY_TITLE, f"{summary} {texts.IDENTIFY_NO_GALLERY}", extra=button
        )
    else:
        head = html.notice("good" if recognised else "warn", summary)
    picture = html.figure(image, tags, alt=summary, longer_side=1280)
    columns = "".join(f'<th scope="col">{html.esc(column)}</th>' for column in texts.IDENTIFY_COLUMNS)
    rows = "".join(row(number, face, result) for number, face in enumerate(result.faces, 1))
    table = f'<table class="fs-table"><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>'
    below = quality.footnote(result) + confidence.gallery(result)
    return f'{head}<div class="fs-section">{picture}</div><div class="fs-section">{table}</div>{below}'


def row(number: int, face: IdentifiedFace, result: Identification) -> str:
    """One face of the table: its chip, the answer, the candidates."""
    alt = texts.FACE_NUMBER.format(number=number)
    if face.recognized is not None:
        state = f'<span class="fs-state fs-good">{html.icon("good")}{html.name(face.recognized)}</span>'
        state += confidence.face_words(face, result)
        candidates = "".join(
            f"<li>{html.name(match.name)} <small>{html.number(match.distance)}</small></li>" for match in face.matches
        )
        candidates = f"<ol>{candidates}</ol>"
    else:
        state = f'<span class="fs-state fs-warn">{html.icon("warn")}{html.esc(texts.IDENTIFY_UNKNOWN)}</span>'
        candidates = "–"
        if face.nearest_distance is not None:
            near = texts.IDENTIFY_NEAREST.format(
                distance=html.number(face.nearest_distance), tau=html.number(result.tau)
            )
            candidates = f"<small>{html.esc(near)}</small>"
    state += quality.of_face(face)
    return (
        f"<tr><td>{html.chip(face.aligned, alt)}<small>{number}</small></td><td>{state}</td><td>{candidates}</td></tr>"
    )


class IdentifyTab:
    """Lays out the tab and wires it.

    Attributes:
        result: A click inside it may ask for the Enroll tab; the page listens.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.picture = picture_input(texts.IDENTIFY_PICTURE, "identify-picture")
                self.run = gr.Button(texts.IDENTIFY_RUN, variant="primary", elem_id="identify-run")
                self.strip = gr.HTML(
                    samples.strip(samples.IDENTIFY), js_on_load=html.CLICKS, elem_id="identify-examples"
                )
                with gr.Accordion(texts.ADVANCED, open=False):
                    self.tau = tau_slider(ctx, elem_id="identify-tau")
                    self.live = quality.liveness_checkbox("identify-liveness")
                    self.top_k = gr.Slider(1, 20, value=5, step=1, label=texts.IDENTIFY_TOP, buttons=["reset"])
            with gr.Column(scale=6, min_width=320):
                self.result = gr.HTML(EMPTY, js_on_load=html.CLICKS, elem_id="identify-result")
        self._wire()

    def _wire(self) -> None:
        running: dict[str, Any] = {
            "fn": self.on_run,
            "inputs": [self.picture, self.top_k, self.tau, self.live],
            "outputs": self.result,
            "show_progress_on": self.result,
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.run.click, self.strip.click):
            trigger(None, js=html.scroll_to("identify-result"))
        self.run.click(**running)
        self.strip.click(self.on_example, None, self.picture, **QUIET).then(**running)
        # Dragging asks often: only the last position is answered.
        moving: dict[str, Any] = {
            "fn": self.on_tau,
            "inputs": [self.picture, self.top_k, self.tau],
            "outputs": self.result,
        }
        self.tau.input(**moving, trigger_mode="always_last", show_progress="hidden", **LIGHT_LANE, **RAW)

    def on_run(self, picture: object, top_k: float, tau: float, live: bool, request: gr.Request) -> str:
        """Identifies."""
        return recognise(self.ctx, self.ctx.session(request), picture=picture, top_k=top_k, tau=tau, live=live)

    def on_tau(self, picture: object, top_k: float, tau: float, request: gr.Request) -> Any:  # noqa: ANN401
        """Answers anew, if there is an answer that another tau may change."""
        answer = decide(self.ctx, self.ctx.session(request), picture=picture, top_k=top_k, tau=tau)
        return gr.skip() if answer is None else answer

    def on_example(self, event: gr.EventData) -> str:
        """Fills in an example."""
        return samples.path(samples.IDENTIFY[int(event.id)].pictures[0])
