"""The models to choose from as a table: a line for each, under a heading for each purpose."""

from __future__ import annotations

from collections.abc import Sequence

from facestyle.ui import html, texts
from facestyle.ui.services import Model, Purpose

MEGABYTE = 1e6


def megabytes(model: Model) -> str:
    """Its size, in words."""
    size = model.size / MEGABYTE
    return texts.MODEL_SIZE_SMALL if size < 1 else texts.MODEL_SIZE.format(megabytes=size)


def table(groups: Sequence[tuple[Purpose, Sequence[Model], str]], *, public: bool) -> str:
    """A line per model.

    Args:
        groups: For each purpose its models, and the ID of the one that was chosen, empty where there is no choice.
        public: Whether strangers share the page.
    """
    head = "".join(f'<th scope="col">{html.esc(column)}</th>' for column in texts.MODEL_COLUMNS)
    span = len(texts.MODEL_COLUMNS)
    bodies = "".join(
        f'<tbody><tr class="fs-group"><th colspan="{span}" scope="rowgroup">{html.esc(texts.MODEL_GROUPS[kind])}</th>'
        f"</tr>{''.join(_line(model, used=model.id == used, public=public) for model in models)}</tbody>"
        for kind, models, used in groups
        if models
    )
    # Six columns are wider than a phone: the table scrolls, not the page; tabindex lets the keyboard scroll it.
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{html.esc(texts.MODEL)}">'
        f'<table class="fs-table fs-models"><thead><tr>{head}</tr></thead>{bodies}</table></div>'
        f'<p class="fs-fine">{html.esc(texts.MODEL_LEGEND)}</p>'
    )


def _line(model: Model, *, used: bool, public: bool) -> str:
    published = [texts.MODEL_PUBLISHED.format(benchmark=name, percent=value) for name, value in model.published.items()]
    cells = (
        f'<span style="white-space:nowrap">{html.esc(megabytes(model))}</span>',
        f'<span style="white-space:nowrap">{"<br>".join(map(html.esc, published)) or "–"}</span>',
        f'<span style="white-space:nowrap">{html.esc(texts.MODEL_VERIFIED[model.verified])}</span>',
        f'<span style="white-space:nowrap">{html.esc(place(model, public=public))}</span>',
        html.esc(model.licence),
    )
    mark = f" <small>{html.esc(texts.MODEL_IN_USE)}</small>" if used else ""
    return (
        f'<tr><th scope="row">{html.esc(model.title)}{mark}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def place(model: Model, *, public: bool) -> str:
    """Where a model is, in words."""
    if public and model.place == "hub":
        return texts.MODEL_PLACE_PUBLIC
    return texts.MODEL_PLACES[model.place]


def choices(models: Sequence[Model], *, public: bool) -> list[tuple[str, str]]:
    """What can be chosen: all, or in public what is here."""
    return [
        (texts.MODEL_CHOICES[model.place].format(title=model.title, size=megabytes(model)), model.id)
        for model in models
        if not public or model.place != "hub"
    ]
