"""The enrolled people on the Enroll tab: found, sorted, turned page by page, renamed, deleted and brought back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import gradio as gr

from facestyle.faces.gallery.base import SORTS, Sort
from facestyle.faces.gallery.names import MAX_NAME_LENGTH
from facestyle.ui import guard, html, people_html, texts
from facestyle.ui.context import QUIET, Context
from facestyle.ui.people_html import PAGE, View
from facestyle.ui.state import IDLE_SECONDS, Session
from facestyle.ui.undo import UNDO_SECONDS

_FOCUS = """() => {
  const shown = (place) => [...document.querySelectorAll(place)].find((e) => e.offsetParent !== null);
  const next = shown('#rename-name input, #rename-name textarea') || shown('#delete-confirm')
    || shown('#people .fs-count');
  if (next) next.focus();
}"""
"""After a button of the list: the list was drawn anew, so whoever uses a keyboard would be back at the page's top."""


def shown(session: Session) -> str:
    """The page of the list that the session looks at."""
    try:
        gallery, view = session.gallery, session.view
        found = gallery.count(search=view.search)
        view = session.view = replace(view, page=min(view.page, max(0, (found - 1) // PAGE)))
        page = gallery.list(search=view.search, sort=view.sort, limit=PAGE, offset=view.page * PAGE)
        total = gallery.count() if view.search else found
    except Exception as error:
        return guard.explain(error)
    return people_html.people_list(page, view, found, total, may_change=session.may_change)


def choices(session: Session) -> gr.Dropdown:
    """Everybody, for the Verify tab."""
    everybody: list[tuple[str, str]] = []
    with suppress(Exception):  # the list beside it says what is wrong
        everybody = [(person.name, person.id) for person in session.gallery.list()]
    info = None if everybody else texts.VERIFY_PERSON_NONE
    return gr.Dropdown(choices=everybody, value=everybody[0][1] if everybody else None, info=info)


def refresh(session: Session) -> tuple[str, gr.Dropdown]:
    """The list of people, and the choices of the Verify tab, as the gallery is now."""
    return shown(session), choices(session)


def undoable(session: Session) -> str:
    """Whom the session deleted and can still bring back."""
    return people_html.removed(session.undo.pending(), UNDO_SECONDS)


def hidden() -> tuple[gr.Column, gr.Column]:
    """Closes both questions."""
    return gr.Column(visible=False), gr.Column(visible=False)


class PeoplePanel:
    """Lays out the list and wires it.

    Args:
        ctx: The context.
        said: Where it is said what was done, or why it was not.
        choices: The Verify tab's list of people, which follows every change made here.

    Attributes:
        people: The list.
        undone: Who was deleted a moment ago.
    """

    def __init__(self, ctx: Context, said: gr.HTML, choices: gr.Dropdown) -> None:
        self.ctx = ctx
        self.said = said
        self.choices = choices
        place = people_html.where(ctx.settings, IDLE_SECONDS // 60)
        gr.HTML(html.section(html.esc(texts.PEOPLE), place), elem_id="people-where")
        with gr.Row(elem_id="people-find"):
            self.search = gr.Textbox(
                label=texts.PEOPLE_SEARCH,
                placeholder=texts.PEOPLE_SEARCH_PLACEHOLDER,
                max_length=MAX_NAME_LENGTH,
                max_lines=1,
                scale=3,
                min_width=160,
                elem_id="people-search",
            )
            self.sort = gr.Dropdown(
                [(texts.PEOPLE_SORTS[sort], sort) for sort in SORTS if sort in texts.PEOPLE_SORTS],
                value="name",
                label=texts.PEOPLE_SORT,
                filterable=False,
                scale=2,
                min_width=140,
                elem_id="people-sort",
            )
        self._lay_out_questions()
        self.undone = gr.HTML("", js_on_load=html.CLICKS, elem_id="people-undo")
        self.people = gr.HTML("", js_on_load=html.CLICKS, elem_id="people")
        self.chosen = gr.State("")
        self._wire()

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
        looking: dict[str, Any] = {
            "fn": self.on_look,
            "inputs": [self.search, self.sort],
            "outputs": self.people,
            "trigger_mode": "always_last",
            **QUIET,
        }
        self.search.input(**looking)
        self.sort.input(**looking)
        asked = [self.said, self.people, self.chosen, self.renaming, self.new_name, self.deleting, self.question]
        self.people.click(self.on_people, None, asked, **QUIET).then(None, js=_FOCUS)
        changed = [self.said, self.people, self.choices, self.renaming, self.deleting, self.undone]
        saving = [self.save.click, self.new_name.submit]
        gr.on(saving, self.on_save, [self.chosen, self.new_name], changed[:-1], **QUIET)
        self.confirm.click(self.on_confirm, self.chosen, changed, **QUIET)
        self.undone.click(self.on_undo, None, changed, **QUIET).then(None, js=_FOCUS)
        gr.on([self.keep.click, self.keep_name.click], hidden, None, [self.renaming, self.deleting], **QUIET)

    def on_look(self, search: str, sort: Sort, request: gr.Request) -> str:
        """Searches and sorts, from the first page."""
        session = self.ctx.session(request)
        wanted = (search or "").strip()[:MAX_NAME_LENGTH]
        session.view = View(wanted, sort if sort in SORTS else "name")
        return shown(session)

    def on_people(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Turns a page, asks for the new name, or asks whether to delete."""
        session = self.ctx.session(request)
        if event.action == people_html.TURN:
            page = int(event.id) if str(event.id).isdecimal() and len(event.id) < 10 else 0
            session.view = replace(session.view, page=page)
            return gr.skip(), shown(session), "", *hidden_with_field(), ""
        try:
            person = session.gallery.get(event.id)
        except Exception as error:
            return guard.explain(error), shown(session), "", *hidden_with_field(), ""
        called = html.isolated(person.name)
        hint = texts.PEOPLE_DELETE_HINT.format(seconds=round(UNDO_SECONDS))
        question = html.notice("warn", texts.PEOPLE_DELETE_TITLE.format(name=called), hint)
        is_rename = event.action == people_html.RENAME
        field = gr.Textbox(value=person.name, label=texts.PEOPLE_RENAME_OF.format(name=called))
        opened = gr.Column(visible=is_rename), field, gr.Column(visible=not is_rename)
        return gr.skip(), gr.skip(), person.id, *opened, question

    def on_save(self, person_id: str, new_name: str, request: gr.Request) -> tuple[Any, ...]:
        """Renames."""
        session = self.ctx.session(request)
        try:
            old = session.gallery.get(person_id).name
            new = session.gallery.rename(person_id, new_name).name
        except Exception as error:
            said = guard.explain(error)
        else:
            pattern = texts.PEOPLE_RENAMED
            said = html.notice("good", pattern.format(old=html.isolated(old), new=html.isolated(new)))
        return (said, *refresh(session), *hidden())

    def on_confirm(self, person_id: str, request: gr.Request) -> tuple[Any, ...]:
        """Deletes; for some seconds there is a way back."""
        session = self.ctx.session(request)
        said: Any = gr.skip()  # the line with the way back says it
        try:
            session.undo.remove(session.gallery, person_id)
        except Exception as error:
            said = guard.explain(error)
        if session.last is not None and session.last.claimed is not None:
            session.last = None
        return (said, *refresh(session), *hidden(), undoable(session))

    def on_undo(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Brings back whom the session deleted a moment ago."""
        session = self.ctx.session(request)
        try:
            person = session.undo.put_back(session.gallery, str(event.id))
        except Exception as error:
            said = guard.explain(error)
        else:
            said = html.notice("good", texts.UNDONE.format(name=html.isolated(person.name)))
        return (said, *refresh(session), *hidden(), undoable(session))


def hidden_with_field() -> tuple[Any, ...]:
    """Closes both questions, where the field between them is an output too."""
    renaming, deleting = hidden()
    return renaming, gr.skip(), deleting
