"""The list of enrolled people as HTML: one page of it, however many there are."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from facestyle.faces.gallery.base import Sort
from facestyle.faces.results import Person
from facestyle.settings import Settings
from facestyle.ui import html, texts

PAGE: Final = 24
"""People on a page."""
RENAME, DELETE, TURN, UNDO = "rename", "delete", "page", "undo"
"""What the buttons of the list do."""

_LOCK = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">'
    '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/></svg>'
)


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the list a session looks at.

    Attributes:
        search: Only people whose name contains this.
        sort: Order.
        page: From 0.
    """

    search: str = ""
    sort: Sort = "name"
    page: int = 0


def people_list(people: Sequence[Person], view: View, found: int, total: int, *, may_change: bool = True) -> str:
    """A page of people, each with a button to rename and one to delete.

    Args:
        people: Those of the page.
        view: Which page.
        found: How many people fit the search.
        total: How many there are.
        may_change: Whether there are the buttons; without them it is said why.
    """
    note = "" if may_change else f'<p class="fs-fine">{html.esc(texts.PEOPLE_LOOK_ONLY)}</p>'
    if not total:
        return f'{note}<p class="fs-fine fs-nobody">{html.esc(texts.PEOPLE_NONE)}</p>'
    rows = "".join(_row(person, may_change) for person in people)
    listed = f'<ul class="fs-people">{rows}</ul>' if rows else ""
    return f"{note}{_count(view, len(people), found, total)}{listed}{_pager(view.page, found)}"


def removed(pending: Sequence[tuple[str, str, float]], seconds: float) -> str:
    """Who can still come back, each with a button; the style sheet hides a line when its time is over."""
    lines = []
    for ident, name, left in pending:
        said = html.esc(texts.PEOPLE_DELETED.format(name=html.isolated(name)))
        hint = html.esc(texts.UNDO_HINT.format(seconds=round(seconds)))
        button = html.action(texts.UNDO, UNDO, ident, title=f"{texts.UNDO}: {name}")
        # a negative delay: this much of the time is over already
        lines.append(
            f'<div class="fs-undo" style="animation-duration:{seconds:g}s;animation-delay:{left - seconds:.2f}s">'
            f'<p role="status"><b>{said}</b> <small>{hint}</small></p>{button}</div>'
        )
    return "".join(lines)


def where(settings: Settings, idle_minutes: int) -> str:
    """Where the people are kept, and for how long."""
    if settings.accounts is not None:
        place = texts.PEOPLE_WHERE_SHARED.format(path=html.short_path(settings.gallery))
    elif settings.is_public:
        place = texts.PEOPLE_WHERE_PUBLIC.format(minutes=idle_minutes)
    else:
        place = texts.PEOPLE_WHERE_LOCAL.format(path=html.short_path(settings.gallery))
    retention = settings.retention
    if retention is not None:
        span = f"{retention.total_seconds() / 86_400:.3g}"
        kept = texts.PEOPLE_KEPT_ONE if span == "1" else texts.PEOPLE_KEPT.format(days=span)
    else:
        kept = "" if settings.has_own_galleries else texts.PEOPLE_KEPT_ALWAYS
    sentences = " ".join(filter(None, (place, kept)))
    return f'<p class="fs-where">{_LOCK}<span>{html.esc(sentences)}</span></p>'


def pictures(count: int) -> str:
    """How many pictures somebody is known by."""
    return texts.PEOPLE_PICTURES_ONE if count == 1 else texts.PEOPLE_PICTURES.format(count=count)


def _row(person: Person, may_change: bool) -> str:
    if person.thumbnail is not None:
        source = f"data:image/jpeg;base64,{base64.b64encode(person.thumbnail).decode('ascii')}"
        badge = f'<img class="fs-chip" src="{source}" alt="">'
    else:
        badge = f'<span class="fs-initial" aria-hidden="true">{html.esc(person.name[:1].upper())}</span>'
    facts = [pictures(person.embeddings), texts.PEOPLE_SINCE.format(date=f"{person.created:%Y-%m-%d}")]
    if person.expires is not None:
        facts.append(texts.PEOPLE_UNTIL.format(date=f"{person.expires:%Y-%m-%d}"))
    buttons = ""
    if may_change:
        buttons = html.action(texts.PEOPLE_RENAME, RENAME, person.id, title=f"{texts.PEOPLE_RENAME}: {person.name}")
        buttons += html.action(
            texts.PEOPLE_DELETE, DELETE, person.id, kind="fs-danger", title=f"{texts.PEOPLE_DELETE}: {person.name}"
        )
    return (
        f"<li>{badge}<div>{html.name(person.name)}<br><small>{html.esc(' · '.join(facts))}</small></div>{buttons}</li>"
    )


def _count(view: View, shown: int, found: int, total: int) -> str:
    if view.search:
        pattern = texts.PEOPLE_FOUND if found else texts.PEOPLE_FOUND_NONE
        said = pattern.format(found=f"{found:,}", count=f"{total:,}", search=html.isolated(view.search))
    else:
        said = texts.PEOPLE_COUNT_ONE if total == 1 else texts.PEOPLE_COUNT.format(count=f"{total:,}")
    if found > PAGE:
        first = view.page * PAGE + 1
        said += texts.PEOPLE_RANGE.format(first=f"{first:,}", last=f"{first + shown - 1:,}")
    return f'<p class="fs-fine fs-count" role="status" tabindex="-1">{html.esc(said)}</p>'


def _pager(page: int, found: int) -> str:
    last = (found - 1) // PAGE
    if last < 1:
        return ""
    place = html.esc(texts.PEOPLE_PAGE.format(page=f"{page + 1:,}", pages=f"{last + 1:,}"))
    # at an end the button stays where it was, so that nothing jumps under a pointer
    back = _turn(texts.PEOPLE_FIRST, 0, page > 0) + _turn(texts.PEOPLE_BACK, page - 1, page > 0)
    on = _turn(texts.PEOPLE_NEXT, page + 1, page < last) + _turn(texts.PEOPLE_LAST, last, page < last)
    label = html.esc(texts.PEOPLE_PAGES)
    return f'<nav class="fs-pager" aria-label="{label}">{back}<span>{place}</span>{on}</nav>'


def _turn(label: str, page: int, possible: bool) -> str:
    if possible:
        return html.action(label, TURN, str(page))
    return f'<button type="button" class="fs-button" disabled>{html.esc(label)}</button>'
