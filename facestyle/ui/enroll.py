"""Tab Enroll: adding people with their consent, and the list of those added."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from facestyle import images
from facestyle.errors import FacestyleError, ImageError, SeveralFacesError
from facestyle.faces.results import RGB, Consent, Enrollment
from facestyle.ui import guard, html, overrides, quality, samples, texts
from facestyle.ui.context import FACES_LANE, QUIET, RAW, Context
from facestyle.ui.exchange import ExchangePanel
from facestyle.ui.people import PeoplePanel, refresh
from facestyle.ui.people_html import pictures as _pictures
from facestyle.ui.state import Session

EMPTY = html.empty(texts.ENROLL_EMPTY, texts.ENROLL_EMPTY_HINT)
PLACE = "enroll"


def add(
    ctx: Context,
    session: Session,
    *,
    name: str | None,
    pictures: object,
    consent: bool,
    thumbnail: bool,
    accept_poor: bool = False,
    accept_conflict: bool = False,
) -> tuple[str, bool, FacestyleError | None]:
    """Enrols, and lays out what was added; whether it was added, and the refusal if it was not.

    An override counts only for the request that was refused; see `overrides`.
    """
    decoded: list[RGB] = []
    asked: overrides.Request | None = None
    files: list[Path] = []
    try:
        session.check_may_change()
        files = ctx.album(pictures)
        session.note_uploads(files)
        for file in files:
            decoded.append(images.decode(file, settings=ctx.settings))  # one by one: a refusal then says which
        asked = overrides.Request(session, PLACE, name or "", decoded)
        result = session.faces.enroll(
            name or "",
            decoded,
            consent=agreement(ctx) if consent else False,
            keep_thumbnail=bool(thumbnail),
            accept_poor=asked.allows("poor", accept_poor),
            accept_conflict=asked.allows("conflict", accept_conflict),
        )
    except SeveralFacesError as error:
        shown = html.figure(
            decoded[error.picture],
            [html.Tag(face.box, str(number), "warn") for number, face in enumerate(error.faces, 1)],
            alt=texts.MANY_FACES.format(count=len(error.faces)),
        )
        hint = f"<p>{html.esc(texts.CROP_HINT)}</p>"
        return guard.explain(error, extra=hint) + f'<div class="fs-section">{shown}</div>', False, error
    except ImageError as error:
        which = texts.ENROLL_PICTURE.format(number=len(decoded) + 1) if len(files) > 1 else ""
        return guard.explain(error, where=which), False, error
    except FacestyleError as error:
        if asked is not None:
            asked.refused(error)
        return guard.explain(error), False, error
    except Exception as error:
        return guard.explain(error), False, None
    asked.done()
    return added(result), True, None


def agreement(ctx: Context) -> Consent:
    """What is recorded of whoever ticks the box: the words beside it, their version and the time."""
    where, words = terms(ctx)
    return Consent(f"{texts.ENROLL_CONSENT}. {words}", f"{texts.CONSENT_VERSION}-{where}", datetime.now(UTC))


def terms(ctx: Context) -> tuple[str, str]:
    """What people agree to, under a short name."""
    if ctx.settings.accounts is not None:
        return "shared", texts.ENROLL_CONSENT_SHARED
    if ctx.public:
        return "public", texts.ENROLL_CONSENT_PUBLIC
    return "local", texts.ENROLL_CONSENT_LOCAL


def added(result: Enrollment) -> str:
    """What an enrolment added, with the faces that were used."""
    total = _pictures(result.person.embeddings)
    pattern = texts.ENROLL_DONE_HINT_ONE if result.added == 1 else texts.ENROLL_DONE_HINT
    head = html.notice(
        "good",
        texts.ENROLL_DONE.format(name=html.isolated(result.person.name)),
        pattern.format(added=result.added, total=total),
    )
    labels = [texts.ENROLL_PICTURE.format(number=number) for number in range(1, len(result.aligned) + 1)]
    chips = "".join(
        f"<figure>{html.chip(face, label)}<figcaption>{html.esc(label)}</figcaption></figure>"
        for face, label in zip(result.aligned, labels, strict=True)
    )
    notes = "".join(
        html.notice("warn", texts.SUBJECT_PROPOSED.format(picture=label))
        for label, proposed in zip(labels, result.subject_proposed, strict=False)
        if proposed
    )
    notes += "".join(quality.warning(judged, label) for judged, label in zip(result.quality, labels, strict=False))
    return f'{head}{notes}<div class="fs-section fs-chips">{chips}</div>'


class EnrollTab:
    """Lays out the tab and wires it.

    Args:
        ctx: The context.
        choices: The Verify tab's list of people, which follows every change made here.

    Attributes:
        people: The list; the page refreshes it when it opens.
    """

    def __init__(self, ctx: Context, choices: gr.Dropdown) -> None:
        self.ctx = ctx
        self.choices = choices
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._lay_out_form()
            with gr.Column(scale=6, min_width=320):
                self.result = gr.HTML(EMPTY, elem_id="enroll-result")
                self.panel = PeoplePanel(ctx, self.result, choices)
                self.people = self.panel.people
                self.exchange = ExchangePanel(ctx, self.panel)
        self._wire()

    def _lay_out_form(self) -> None:
        self.name = gr.Textbox(
            label=texts.ENROLL_NAME,
            placeholder=texts.ENROLL_NAME_PLACEHOLDER,
            max_length=200,
            max_lines=1,
            elem_id="enroll-name",
        )
        self.pictures = gr.Gallery(
            label=texts.ENROLL_PICTURES,
            type="filepath",
            file_types=["image"],
            sources=["upload", "webcam", "clipboard"],
            interactive=True,
            columns=3,
            fit_columns=False,
            object_fit="cover",
            buttons=[],
            elem_id="enroll-pictures",
        )
        self.consent = gr.Checkbox(
            label=texts.ENROLL_CONSENT, info=terms(self.ctx)[1], value=False, elem_id="enroll-consent"
        )
        self.thumbnail = gr.Checkbox(label=texts.ENROLL_THUMBNAIL, value=False, elem_id="enroll-thumbnail")
        self.overrides = quality.Overrides.make(PLACE)
        self.run = gr.Button(texts.ENROLL_RUN, variant="primary", elem_id="enroll-run")
        self.strip = gr.HTML(samples.strip(samples.ENROLL), js_on_load=html.CLICKS, elem_id="enroll-examples")

    def _wire(self) -> None:
        form = [self.name, self.pictures, self.consent, self.thumbnail]
        running: dict[str, Any] = {
            "fn": self.on_run,
            "inputs": [*form, *self.overrides.boxes],
            "outputs": [self.result, self.people, self.choices, *form, *self.overrides.boxes],
            "show_progress_on": self.result,
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.run.click, self.strip.click):
            trigger(None, js=html.scroll_to("enroll-result"))
        self.run.click(**running)
        self.strip.click(self.on_example, None, form[:3], **QUIET).then(**running)

    def on_run(  # noqa: PLR0917 - one argument for each input, in their order
        self,
        name: str,
        pictures: object,
        consent: bool,
        thumbnail: bool,
        accept_poor: bool,
        accept_conflict: bool,
        request: gr.Request,
    ) -> tuple[Any, ...]:
        """Enrols. The form then empties itself for the next person; after a refusal everything stays as it was."""
        session = self.ctx.session(request)
        shown, done, refusal = add(
            self.ctx,
            session,
            name=name,
            pictures=pictures,
            consent=consent,
            thumbnail=thumbnail,
            accept_poor=accept_poor,
            accept_conflict=accept_conflict,
        )
        form = ("", None, False, False) if done else (gr.skip(),) * 4
        return (shown, *refresh(session), *form, *self.overrides.after(refusal, overrides.offered(session, PLACE)))

    def on_example(self, event: gr.EventData) -> tuple[str, list[str], bool]:
        """Fills in an example: public portraits of public figures, hence with consent ticked."""
        example = samples.ENROLL[int(event.id)]
        return example.name, [samples.path(picture) for picture in example.pictures], True
