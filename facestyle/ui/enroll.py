"""Tab Enroll: adding people with their consent, and the list of those added."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import gradio as gr

from facestyle.errors import ImageError, SeveralFacesError
from facestyle.faces.results import RGB, Enrollment, Person
from facestyle.ui import guard, html, samples, texts
from facestyle.ui.context import FACES_LANE, QUIET, RAW, Context, upload_paths
from facestyle.ui.state import IDLE_SECONDS, Session

EMPTY = html.empty(texts.ENROLL_EMPTY, texts.ENROLL_EMPTY_HINT)
RENAME, DELETE = "rename", "delete"
_LOCK = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">'
    '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/></svg>'
)


def add(
    ctx: Context, session: Session, *, name: str | None, pictures: object, consent: bool, thumbnail: bool
) -> tuple[str, bool]:
    """Enrols, and lays out what was added; whether it was added."""
    decoded: list[RGB] = []
    paths = upload_paths(pictures)
    try:
        for path in paths:
            decoded.append(ctx.decode({"path": path}))  # one by one: a refusal then says which
        result = session.faces.enroll(name or "", decoded, consent=bool(consent), keep_thumbnail=bool(thumbnail))
    except SeveralFacesError as error:
        shown = html.figure(
            decoded[error.picture],
            [html.Tag(face.box, str(number), "warn") for number, face in enumerate(error.faces, 1)],
            alt=texts.MANY_FACES.format(count=len(error.faces)),
        )
        hint = f"<p>{html.esc(texts.CROP_HINT)}</p>"
        return guard.explain(error, extra=hint) + f'<div class="fs-section">{shown}</div>', False
    except ImageError as error:
        which = texts.ENROLL_PICTURE.format(number=len(decoded) + 1) if len(paths) > 1 else ""
        return guard.explain(error, where=which), False
    except Exception as error:
        return guard.explain(error), False
    return added(result), True


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
    return f'{head}{notes}<div class="fs-section fs-chips">{chips}</div>'


def people_list(people: Sequence[Person]) -> str:
    """Everybody with a button to rename and one to delete."""
    if not people:
        return f'<p class="fs-fine">{html.esc(texts.PEOPLE_NONE)}</p>'
    rows = []
    for person in people:
        if person.thumbnail is not None:
            source = f"data:image/jpeg;base64,{base64.b64encode(person.thumbnail).decode('ascii')}"
            badge = f'<img class="fs-chip" src="{source}" alt="">'
        else:
            badge = f'<span class="fs-initial" aria-hidden="true">{html.esc(person.name[:1].upper())}</span>'
        rename = html.action(texts.PEOPLE_RENAME, RENAME, person.id, title=f"{texts.PEOPLE_RENAME}: {person.name}")
        delete = html.action(
            texts.PEOPLE_DELETE, DELETE, person.id, kind="fs-danger", title=f"{texts.PEOPLE_DELETE}: {person.name}"
        )
        rows.append(
            f"<li>{badge}<div>{html.name(person.name)}<br><small>{_pictures(person.embeddings)}</small></div>"
            f"{rename}{delete}</li>"
        )
    return f'<ul class="fs-people">{"".join(rows)}</ul>'


def where(ctx: Context) -> str:
    """Where the people are kept; always visible."""
    if ctx.public:
        sentence = texts.PEOPLE_WHERE_PUBLIC.format(minutes=IDLE_SECONDS // 60)
    else:
        sentence = texts.PEOPLE_WHERE_LOCAL.format(path=html.short_path(ctx.settings.gallery))
    return f'<p class="fs-where">{_LOCK}<span>{html.esc(sentence)}</span></p>'


def refresh(session: Session) -> tuple[str, gr.Dropdown]:
    """The list of people, and the choices of the Verify tab, as the gallery is now."""
    try:
        people = session.gallery.list()
    except Exception as error:
        return guard.explain(error), gr.Dropdown(choices=[], value=None, info=texts.VERIFY_PERSON_NONE)
    choices = [(person.name, person.id) for person in people]
    info = None if choices else texts.VERIFY_PERSON_NONE
    return people_list(people), gr.Dropdown(choices=choices, value=choices[0][1] if choices else None, info=info)


def rename(session: Session, person_id: str, new_name: str) -> str:
    """Renames, and says so."""
    try:
        old = session.gallery.get(person_id).name
        person = session.gallery.rename(person_id, new_name)
    except Exception as error:
        return guard.explain(error)
    return html.notice("good", texts.PEOPLE_RENAMED.format(old=html.isolated(old), new=html.isolated(person.name)))


def delete(session: Session, person_id: str) -> str:
    """Deletes, and says so."""
    try:
        person = session.gallery.remove(person_id)
    except Exception as error:
        return guard.explain(error)
    if session.last is not None and session.last.claimed is not None:
        session.last = None
    return html.notice("good", texts.PEOPLE_DELETED.format(name=html.isolated(person.name)))


def _pictures(count: int) -> str:
    return texts.PEOPLE_PICTURES_ONE if count == 1 else texts.PEOPLE_PICTURES.format(count=count)


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
                self._lay_out_questions()
                gr.HTML(html.section(html.esc(texts.PEOPLE), where(ctx)), elem_id="people-where")
                self.people = gr.HTML("", js_on_load=html.CLICKS, elem_id="people")
        self.chosen = gr.State("")
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
        info = texts.ENROLL_CONSENT_PUBLIC if self.ctx.public else texts.ENROLL_CONSENT_LOCAL
        self.consent = gr.Checkbox(label=texts.ENROLL_CONSENT, info=info, value=False, elem_id="enroll-consent")
        self.thumbnail = gr.Checkbox(label=texts.ENROLL_THUMBNAIL, value=False, elem_id="enroll-thumbnail")
        self.run = gr.Button(texts.ENROLL_RUN, variant="primary", elem_id="enroll-run")
        self.strip = gr.HTML(samples.strip(samples.ENROLL), js_on_load=html.CLICKS, elem_id="enroll-examples")

    def _lay_out_questions(self) -> None:
        with gr.Column(visible=False) as self.renaming:
            self.new_name = gr.Textbox(label=texts.ENROLL_NAME, max_length=200, max_lines=1, elem_id="rename-name")
            with gr.Row():
                self.save = gr.Button(texts.PEOPLE_SAVE, variant="primary", elem_id="rename-save")
                self.keep_name = gr.Button(texts.PEOPLE_CANCEL)
        with gr.Column(visible=False) as self.deleting:
            self.question = gr.HTML("")
            with gr.Row():
                self.confirm = gr.Button(texts.PEOPLE_DELETE_YES, variant="stop", elem_id="delete-confirm")
                self.keep = gr.Button(texts.PEOPLE_CANCEL, elem_id="delete-cancel")

    def _wire(self) -> None:
        form = [self.name, self.pictures, self.consent, self.thumbnail]
        running: dict[str, Any] = {
            "fn": self.on_run,
            "inputs": form,
            "outputs": [self.result, self.people, self.choices, *form],
            "show_progress_on": self.result,
            **FACES_LANE,
            **RAW,
        }
        for trigger in (self.run.click, self.strip.click):
            trigger(None, js=html.scroll_to("enroll-result"))
        self.run.click(**running)
        self.strip.click(self.on_example, None, form[:3], **QUIET).then(**running)
        asked = [self.result, self.chosen, self.renaming, self.new_name, self.deleting, self.question]
        self.people.click(self.on_people, None, asked, **QUIET)
        changed = [self.result, self.people, self.choices, self.renaming, self.deleting]
        saving = [self.save.click, self.new_name.submit]
        gr.on(saving, self.on_save, [self.chosen, self.new_name], changed, **QUIET)
        self.confirm.click(self.on_confirm, self.chosen, changed, **QUIET)
        gr.on([self.keep.click, self.keep_name.click], hidden, None, [self.renaming, self.deleting], **QUIET)

    def on_run(
        self, name: str, pictures: object, consent: bool, thumbnail: bool, request: gr.Request
    ) -> tuple[Any, ...]:
        """Enrols. The form then empties itself for the next person; after a refusal everything stays as it was."""
        session = self.ctx.session(request)
        shown, done = add(self.ctx, session, name=name, pictures=pictures, consent=consent, thumbnail=thumbnail)
        form = ("", None, False, False) if done else (gr.skip(),) * 4
        return (shown, *refresh(session), *form)

    def on_example(self, event: gr.EventData) -> tuple[str, list[str], bool]:
        """Fills in an example: public portraits of public figures, hence with consent ticked."""
        example = samples.ENROLL[int(event.id)]
        return example.name, [samples.path(picture) for picture in example.pictures], True

    def on_people(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Asks for the new name, or whether to delete."""
        try:
            person = self.ctx.session(request).gallery.get(event.id)
        except Exception as error:
            return (guard.explain(error), "", gr.Column(visible=False), gr.skip(), gr.Column(visible=False), "")
        called = html.isolated(person.name)
        question = html.notice("warn", texts.PEOPLE_DELETE_TITLE.format(name=called), texts.PEOPLE_DELETE_HINT)
        is_rename = event.action == RENAME
        field = gr.Textbox(value=person.name, label=texts.PEOPLE_RENAME_OF.format(name=called))
        return gr.skip(), person.id, gr.Column(visible=is_rename), field, gr.Column(visible=not is_rename), question

    def on_save(self, person_id: str, new_name: str, request: gr.Request) -> tuple[Any, ...]:
        """Renames."""
        session = self.ctx.session(request)
        return (rename(session, person_id, new_name), *refresh(session), *hidden())

    def on_confirm(self, person_id: str, request: gr.Request) -> tuple[Any, ...]:
        """Deletes."""
        session = self.ctx.session(request)
        return (delete(session, person_id), *refresh(session), *hidden())


def hidden() -> tuple[gr.Column, gr.Column]:
    """Closes both questions."""
    return gr.Column(visible=False), gr.Column(visible=False)
