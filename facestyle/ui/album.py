"""Tab Album: the faces of many pictures grouped by person, and a group enrolled under a name."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import gradio as gr

from facestyle.errors import FacestyleError, InvalidRequestError
from facestyle.faces.album.enrolment import embeddings_of, enroll_group
from facestyle.faces.results import Consent
from facestyle.images.albums import Limits
from facestyle.ui import album_view, guard, html, overrides, people, plots, quality, samples, texts
from facestyle.ui.context import ALBUM_LANE, FACES_LANE, QUIET, RAW, Context
from facestyle.ui.enroll import agreement, terms
from facestyle.ui.job_buttons import stopping, unlocked
from facestyle.ui.state import Session

if TYPE_CHECKING:
    from facestyle.faces.clustering import Method

EMPTY = html.empty(texts.ALBUM_EMPTY, texts.ALBUM_EMPTY_HINT)

PUBLIC_DEADLINE_SECONDS = 120.0
"""Where strangers share the app no further picture is begun after so long; what was found is grouped."""

SHOW_SECONDS = 0.25
"""Progress is shown at most this often."""

PLACE = "album"
MAX_K = 1000
DEFAULT_K = 2


def method_of(choice: str, k: float | None) -> tuple[Method, int | None]:
    """The library's method and K for what the radio buttons and the number hold."""
    if choice == "kmeans_k":
        if k is None:
            raise InvalidRequestError("K is missing: say how many people there are, or choose another method.")
        return "kmeans", int(k)
    return cast("Method", choice), None  # the library refuses what it doesn't know


def grouped(
    ctx: Context, session: Session, *, files: object, choice: str, k: float | None, same_photo: bool
) -> Generator[str]:
    """Groups an album and keeps it in the session; yields what the page shows."""
    session.album = None
    session.grouping.stop.clear()
    yield plots.bar(0, texts.ALBUM_STARTING, busy=True)
    try:
        method, number = method_of(choice, k)
        paths = ctx.album(files)
        deadline = PUBLIC_DEADLINE_SECONDS if ctx.public else None
        shown_at = 0.0
        running = ctx.services.group_album(
            session.faces, paths, method=method, k=number, same_photo=bool(same_photo), deadline=deadline
        )
        with closing(running) as steps:
            for step in steps:
                if session.grouping.stop.is_set():
                    yield html.notice("plain", texts.ALBUM_CANCELLED, texts.ALBUM_CANCELLED_HINT)
                    return
                if step.result is not None:
                    session.album = step.result
                    yield album_view.groups(step.result, texts.ALBUM_METHODS[choice])
                elif step.done == step.total or time.monotonic() - shown_at >= SHOW_SECONDS:
                    shown_at = time.monotonic()
                    yield album_view.bar(step)
    except Exception as error:
        yield guard.explain(error)


def enrolled(
    session: Session, index: str, *, name: str, consent: Consent | None, thumbnail: bool, accept_conflict: bool = False
) -> tuple[str, bool, FacestyleError | None]:
    """Enrols the faces of one group; whether that was done, and the refusal if it was not."""
    asked: overrides.Request | None = None
    try:
        session.check_may_change()
        result = session.album
        if result is None or not index.isdecimal() or int(index) >= len(result.groups):
            raise InvalidRequestError(texts.ALBUM_GONE)
        group = result.groups[int(index)]
        asked = overrides.Request(session, PLACE, name or "", [embeddings_of(result, group)])
        person = enroll_group(
            session.faces,
            result,
            int(index) + 1,
            name or "",
            consent=consent or False,
            keep_thumbnail=thumbnail is True,
            accept_conflict=asked.allows("conflict", accept_conflict),
        )
    except FacestyleError as error:
        if asked is not None:
            asked.refused(error)
        return guard.explain(error), False, error
    except Exception as error:
        return guard.explain(error), False, None
    asked.done()
    hint = texts.ALBUM_ENROLLED_HINT.format(
        faces=album_view.faces(len(group.faces)), total=album_view.faces(person.embeddings)
    )
    return html.notice("good", texts.ENROLL_DONE.format(name=html.isolated(person.name)), hint), True, None


class AlbumTab:
    """Lays out the tab and wires it.

    Args:
        ctx: The context.
        people: The Enroll tab's list, which follows every change made here.
        choices: The Verify tab's list of people, likewise.

    Attributes:
        result: The groups; emptied when another model is chosen.
    """

    def __init__(self, ctx: Context, people: gr.HTML, choices: gr.Dropdown) -> None:
        self.ctx, self.people, self.choices = ctx, people, choices
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=320):
                self._lay_out_form()
            with gr.Column(scale=7, min_width=320):
                self._lay_out_enrolling()
                self.result = gr.HTML(EMPTY, js_on_load=html.CLICKS, elem_id="album-result")
        self.chosen = gr.State("")
        self._wire()

    def _lay_out_form(self) -> None:
        limits = Limits.of(self.ctx.settings)
        self.files = gr.File(
            label=texts.ALBUM_FILES,
            file_count="multiple",
            file_types=["image", ".zip"],
            type="filepath",
            height=190,
            elem_id="album-files",
        )
        info = texts.ALBUM_LIMITS.format(
            pictures=f"{limits.pictures:,}", megabytes=f"{limits.archive_bytes / 1e6:,.0f}"
        )
        gr.HTML(f'<p class="fs-fine">{html.esc(info)}</p>')
        methods = [(label, method) for method, label in texts.ALBUM_METHODS.items()]
        self.method = gr.Radio(
            methods,
            value="linkage",
            label=texts.ALBUM_METHOD,
            info=texts.ALBUM_METHOD_HINTS["linkage"],
            elem_id="album-method",
        )
        self.k = gr.Number(
            DEFAULT_K,
            label=texts.ALBUM_K,
            precision=0,
            minimum=1,
            maximum=MAX_K,
            visible=False,
            elem_id="album-k",
        )
        self.same_photo = gr.Checkbox(label=texts.ALBUM_SAME_PHOTO, value=False, elem_id="album-same-photo")
        self.run = gr.Button(texts.ALBUM_RUN, variant="primary", elem_id="album-run")
        self.stop = gr.Button(texts.ALBUM_STOP, variant="stop", visible=False, elem_id="album-stop")
        self.strip = gr.HTML(samples.strip(samples.ALBUM), js_on_load=html.CLICKS, elem_id="album-examples")

    def _lay_out_enrolling(self) -> None:
        self.said = gr.HTML("", elem_id="album-said")
        with gr.Column(visible=False, elem_id="album-enrolling") as self.enrolling:
            self.question = gr.HTML("")
            self.name = gr.Textbox(label=texts.ENROLL_NAME, max_length=200, max_lines=1, elem_id="album-name")
            info = terms(self.ctx)[1]
            self.consent = gr.Checkbox(label=texts.ENROLL_CONSENT, info=info, value=False, elem_id="album-consent")
            self.thumbnail = gr.Checkbox(label=texts.ENROLL_THUMBNAIL, value=False, elem_id="album-thumbnail")
            # Only the second is ever offered: an album's faces are judged by their resemblance alone.
            self.overrides = quality.Overrides.make(PLACE)
            with gr.Row():
                self.save = gr.Button(texts.ALBUM_ENROLL_RUN, variant="primary", elem_id="album-enroll")
                self.back = gr.Button(texts.ALBUM_ENROLL_CANCEL, elem_id="album-back")

    def _wire(self) -> None:
        locking: dict[str, Any] = {
            "fn": self.on_lock,
            "outputs": [self.result, self.said, self.enrolling, self.chosen, self.run, self.stop],
            **QUIET,
        }
        grouping: dict[str, Any] = {
            "fn": self.on_group,
            "inputs": [self.files, self.method, self.k, self.same_photo],
            "outputs": self.result,
            "show_progress": "hidden",
            **ALBUM_LANE,
            **RAW,
        }
        unlocking: dict[str, Any] = {"fn": self.on_unlock, "outputs": [self.result, self.run, self.stop], **QUIET}
        for trigger in (self.run.click, self.strip.click):
            trigger(None, js=html.scroll_to("album-result"))
        self.method.change(self.on_method, self.method, [self.method, self.k], **QUIET)
        self.run.click(**locking).then(**grouping).then(**unlocking)
        self.strip.click(self.on_example, None, self.files, **QUIET).then(**locking).then(**grouping).then(**unlocking)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)
        asked = [self.said, self.enrolling, self.question, self.name, self.consent, self.thumbnail, self.chosen]
        conflict = self.overrides.conflict
        self.result.click(self.on_choose, None, [*asked, conflict], **QUIET).then(
            None, js=html.scroll_to("album-enrolling")
        )
        self.back.click(self.on_back, None, [self.said, self.enrolling], **QUIET)
        gr.on(
            [self.save.click, self.name.submit],
            self.on_enroll,
            [self.chosen, self.name, self.consent, self.thumbnail, conflict],
            [self.said, self.enrolling, conflict, self.people, self.choices],
            api_visibility="private",
            show_progress_on=self.said,
            **FACES_LANE,
        )

    def on_method(self, method: str) -> tuple[gr.Radio, gr.Number]:
        """Says what the method does; K is asked for only where it counts."""
        return gr.Radio(info=texts.ALBUM_METHOD_HINTS.get(method, "")), gr.Number(visible=method == "kmeans_k")

    def on_example(self) -> list[str]:
        """Fills in the example."""
        return [samples.path(picture) for picture in samples.ALBUM[0].pictures]

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a run: Cancel instead of Run, and nothing left of the last album's questions."""
        session = self.ctx.session(request)
        if session.grouping.running:
            return (gr.skip(),) * 6
        session.grouping.waiting = True
        waiting = plots.bar(0, texts.ALBUM_WAITING, busy=True)
        stop = gr.Button(visible=True, interactive=True, value=texts.ALBUM_STOP)
        return waiting, "", gr.Column(visible=False), "", gr.Button(visible=False), stop

    def on_group(
        self, files: object, method: str, k: float | None, same_photo: bool, request: gr.Request
    ) -> Generator[Any]:
        """Groups, and shows how far it is."""
        session = self.ctx.session(request)
        if session.grouping.running:
            return
        running = grouped(self.ctx, session, files=files, choice=method, k=k, same_photo=same_photo)
        with session.grouping.going_on(), closing(running) as shown:
            for part in shown:
                self.ctx.session(request)  # a call: else the clock would forget a session during a large album
                yield part

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After a run, or after a queue that was too full for one."""
        return unlocked(self.ctx.session(request).grouping)

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the run to end; it does within a picture."""
        return stopping(self.ctx.session(request).grouping, texts.ALBUM_STOPPING)

    def on_choose(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Asks for the name and the consent for one group."""
        result = self.ctx.session(request).album
        index = str(event.id)
        if result is None or not index.isdecimal() or int(index) >= len(result.groups):
            gone = html.refusal(InvalidRequestError(texts.ALBUM_GONE))
            return gone, gr.Column(visible=False), "", "", False, False, "", quality.gone()
        number = int(index) + 1
        title = texts.ALBUM_ENROLL_TITLE.format(
            number=number, faces=album_view.faces(len(result.groups[int(index)].faces))
        )
        field = gr.Textbox(value="", label=texts.ALBUM_ENROLL_NAME.format(number=number))
        question = f'<h2 class="fs-question">{html.esc(title)}</h2>'
        return "", gr.Column(visible=True), question, field, False, False, index, quality.gone()

    def on_back(self) -> tuple[str, gr.Column]:
        """Closes the question."""
        return "", gr.Column(visible=False)

    def on_enroll(  # noqa: PLR0917 - one argument for each input, in their order
        self, index: str, name: str, consent: bool, thumbnail: bool, accept_conflict: bool, request: gr.Request
    ) -> tuple[Any, ...]:
        """Enrols the group; after a refusal the form stays as it was."""
        session = self.ctx.session(request)
        agreed = agreement(self.ctx) if consent is True else None
        said, done, refusal = enrolled(
            session, index, name=name, consent=agreed, thumbnail=thumbnail, accept_conflict=accept_conflict
        )
        conflict = self.overrides.after(refusal, overrides.offered(session, PLACE))[1]
        return said, gr.Column(visible=False) if done else gr.skip(), conflict, *people.refresh(session)
