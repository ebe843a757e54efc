"""Carrying the people away and bringing them in: archives and tables, and erasing everybody.

No exported file is ever written here: its bytes go into the page's answer, and the browser saves them. So nothing is
left in an upload folder, and nobody can fetch by a link what another session exported.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, Final

import gradio as gr

from facestyle.errors import ArchiveError, InvalidRequestError
from facestyle.faces.gallery.archive import export_gallery, import_gallery
from facestyle.faces.gallery.table import people_csv
from facestyle.ui import guard, html, people, texts, uploads
from facestyle.ui.context import QUIET, RAW, Context
from facestyle.ui.people import PeoplePanel
from facestyle.ui.state import Session

MOST_PEOPLE: Final = 20_000
"""More are exported by the command line: a page holds its answer in memory several times over."""

LANE: Final[dict[str, Any]] = {"concurrency_id": "exchange", "concurrency_limit": 1}
"""One archive at a time: a passphrase takes 128 MiB to be turned into a key."""

_SAVE = """(file) => {
  if (!file) return '';
  const {name, type, data} = JSON.parse(file);
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], {type}));
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return '';
}"""
"""Saves the answer as a file, and empties it."""


def exported(session: Session, passphrase: str | None) -> tuple[str, str]:
    """What is said, and the archive for the browser to save; the latter empty where there is none."""
    try:
        count = _count(session)
        secret = passphrase or None
        data = export_gallery(session.gallery, passphrase=secret)
    except Exception as error:
        return guard.explain(error), ""
    hint = texts.EXPORT_SEALED if secret else texts.EXPORT_OPEN
    name = f"facestyle-people-{datetime.now(UTC):%Y-%m-%d}.{'fsgallery' if secret else 'zip'}"
    file = _file(name, "application/octet-stream" if secret else "application/zip", data)
    return html.notice("good", texts.EXPORTED.format(people=_people(count)), hint), file


def tabled(session: Session) -> tuple[str, str]:
    """The same for the table of names and times."""
    try:
        session.check_may_change()
        count = _count(session)
        data = people_csv(session.gallery).encode("utf-8-sig")  # the mark tells spreadsheets the encoding
    except Exception as error:
        return guard.explain(error), ""
    file = _file(f"facestyle-people-{datetime.now(UTC):%Y-%m-%d}.csv", "text/csv", data)
    return html.notice("good", texts.EXPORTED.format(people=_people(count)), texts.EXPORT_TABLE_HINT), file


def imported(ctx: Context, session: Session, file: object, passphrase: str | None) -> tuple[str, bool]:
    """What came in, or why nothing did; whether something did."""
    try:
        session.check_may_change()
        path = ctx.upload(file)
        if path is None:
            raise InvalidRequestError(texts.IMPORT_NO_FILE)
        session.note_uploads([path])  # embeddings are not to lie in the upload folder
        if ctx.public and path.stat().st_size > ctx.settings.max_image_bytes:
            raise ArchiveError(texts.IMPORT_TOO_LARGE.format(megabytes=ctx.settings.max_image_bytes // 1_000_000))
        gallery, in_use = session.gallery, session.faces.model
        known = [model.id for model in ctx.services.models("embedder") if gallery.count(model.id)]
        before = gallery.count()
        came = import_gallery(gallery, path, passphrase=passphrase or None, models={in_use, *known})
        new = gallery.count() - before
    except Exception as error:
        return guard.explain(error), False
    uploads.discard(session.uploads)
    hint = texts.IMPORTED_MERGED.format(people=_people(len(came) - new)) if len(came) > new else ""
    return html.notice("good", texts.IMPORTED.format(people=_people(new)), hint), True


def erased(session: Session) -> str:
    """Forgets everybody, those included that could still come back."""
    try:
        session.undo.clear()
        uploads.discard(session.uploads)
        count = session.gallery.clear()
    except Exception as error:
        return guard.explain(error)
    session.last = None
    return html.notice("good", texts.ERASED.format(people=_people(count)))


def _count(session: Session) -> int:
    count = session.gallery.count()
    if not count:
        raise InvalidRequestError(texts.EXPORT_NOBODY)
    if count > MOST_PEOPLE:
        raise InvalidRequestError(texts.EXPORT_TOO_MANY.format(most=f"{MOST_PEOPLE:,}"))
    return count


def _people(count: int) -> str:
    return texts.PEOPLE_COUNT_ONE if count == 1 else texts.PEOPLE_COUNT.format(count=f"{count:,}")


def _file(name: str, kind: str, data: bytes) -> str:
    return json.dumps({"name": name, "type": kind, "data": base64.b64encode(data).decode("ascii")})


class ExchangePanel:
    """Lays out the closed part below the list and wires it.

    Args:
        ctx: The context.
        panel: The list, which follows.
    """

    def __init__(self, ctx: Context, panel: PeoplePanel) -> None:
        self.ctx = ctx
        self.panel = panel
        with gr.Accordion(texts.EXCHANGE, open=False, elem_id="exchange"):
            self.passphrase = gr.Textbox(
                label=texts.EXCHANGE_KEY,
                info=texts.EXCHANGE_KEY_INFO,
                type="password",
                max_length=1000,
                elem_id="exchange-passphrase",
            )
            with gr.Row():
                self.export = gr.Button(texts.EXPORT, elem_id="people-export")
                self.table = gr.Button(texts.EXPORT_TABLE, elem_id="people-table")
            self.file = gr.File(label=texts.IMPORT_FILE, type="filepath", height=120, elem_id="people-file")
            self.bring = gr.Button(texts.IMPORT, elem_id="people-import")
            self.erase = gr.Button(texts.ERASE, variant="stop", elem_id="people-erase")
            with gr.Column(visible=False) as self.erasing:
                gr.HTML(html.notice("warn", texts.ERASE_TITLE, texts.ERASE_HINT))
                with gr.Row():
                    self.confirm = gr.Button(texts.ERASE_YES, variant="stop", elem_id="erase-confirm")
                    self.keep = gr.Button(texts.PEOPLE_CANCEL, elem_id="erase-cancel")
            self.said = gr.HTML("", elem_id="exchange-said")
        self.saved = gr.Textbox(visible=False)
        self._wire()

    def _wire(self) -> None:
        leaving: dict[str, Any] = {
            "outputs": [self.said, self.saved],
            "api_visibility": "private",
            "show_progress_on": self.said,
            **LANE,
        }
        saving: dict[str, Any] = {"fn": None, "inputs": self.saved, "outputs": self.saved, "js": _SAVE}
        self.export.click(self.on_export, self.passphrase, **leaving).then(**saving)
        self.table.click(self.on_table, None, **leaving).then(**saving)
        listed = [self.panel.people, self.panel.choices]
        self.bring.click(
            self.on_import,
            [self.file, self.passphrase],
            [self.said, self.file, self.passphrase, *listed],
            show_progress_on=self.said,
            **LANE,
            **RAW,
        )
        focus = "() => document.getElementById('erase-cancel')?.focus()"
        self.erase.click(lambda: gr.Column(visible=True), None, self.erasing, **QUIET).then(None, js=focus)
        self.keep.click(lambda: gr.Column(visible=False), None, self.erasing, **QUIET)
        self.confirm.click(self.on_erase, None, [self.said, self.erasing, self.panel.undone, *listed], **QUIET)

    def on_export(self, passphrase: str, request: gr.Request) -> tuple[str, str]:
        """Exports an archive."""
        return exported(self.ctx.session(request), passphrase)

    def on_table(self, request: gr.Request) -> tuple[str, str]:
        """Exports the table."""
        return tabled(self.ctx.session(request))

    def on_import(self, file: object, passphrase: str, request: gr.Request) -> tuple[Any, ...]:
        """Imports an archive; after a refusal file and passphrase stay, to be corrected."""
        session = self.ctx.session(request)
        said, done = imported(self.ctx, session, file, passphrase)
        form = (None, "") if done else (gr.skip(), gr.skip())
        return (said, *form, *people.refresh(session))

    def on_erase(self, request: gr.Request) -> tuple[Any, ...]:
        """Erases everybody."""
        session = self.ctx.session(request)
        said = erased(session)
        return (said, gr.Column(visible=False), people.undoable(session), *people.refresh(session))
