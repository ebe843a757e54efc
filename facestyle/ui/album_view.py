"""The groups of an album as HTML; no layout and no state in here."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from facestyle.faces.album.results import AlbumFace, AlbumGroup, AlbumProgress, AlbumResult
from facestyle.images.albums import Skipped
from facestyle.ui import html, plots, texts

ENROLL = "enroll-group"

SHOWN_GROUPS, SHOWN_IN_GROUP, SHOWN_FACES = 60, 24, 400
"""A face is some 6 kB of the page: 400 of them are what a phone still opens at once."""


def faces(count: int) -> str:
    """That many faces, in words."""
    return texts.ONE_FACE if count == 1 else texts.MANY_FACES.format(count=f"{count:,}")


def pictures(count: int) -> str:
    """That many pictures, in words."""
    return texts.ALBUM_PICTURES_ONE if count == 1 else texts.ALBUM_PICTURES.format(count=f"{count:,}")


def bar(progress: AlbumProgress) -> str:
    """The progress bar, with the time left."""
    if progress.done == progress.total:
        return plots.bar(1, texts.ALBUM_GROUPING.format(faces=faces(progress.faces)), busy=True)
    sentence = texts.ALBUM_PROGRESS.format(
        done=f"{progress.done:,}", total=f"{progress.total:,}", faces=faces(progress.faces)
    )
    if progress.seconds_left is not None:
        sentence = f"{sentence}, {texts.ALBUM_LEFT.format(time=html.duration(progress.seconds_left))}"
    return plots.bar(progress.done / max(1, progress.total), sentence)


def groups(result: AlbumResult, method: str) -> str:
    """Everything that was found: a summary, a gallery for each group, the ungrouped faces, what was left out.

    Args:
        result: The album.
        method: The method in words.
    """
    hint = texts.ALBUM_DONE_HINT.format(
        faces=faces(len(result.faces)),
        pictures=pictures(result.pictures),
        time=html.duration(result.seconds),
        method=method,
    )
    if result.silhouette is not None:
        hint += f" {texts.ALBUM_SILHOUETTE.format(value=f'{result.silhouette:.2f}')}"
    count = len(result.groups)
    title = texts.ALBUM_DONE_ONE if count == 1 else texts.ALBUM_DONE.format(count=f"{count:,}")
    parts = [html.notice("good" if count else "plain", title if count else texts.ALBUM_NO_GROUP, hint)]
    room = SHOWN_FACES
    for number, group in enumerate(result.groups[:SHOWN_GROUPS], 1):
        shown = max(0, min(SHOWN_IN_GROUP, room, len(group.faces)))
        room -= shown
        parts.append(_group(result, group, number, shown))
    if count > SHOWN_GROUPS:
        more = texts.ALBUM_MORE_GROUPS.format(count=f"{count - SHOWN_GROUPS:,}")
        parts.append(f'<p class="fs-fine">{html.esc(more)}</p>')
    if result.not_grouped:
        hint = texts.ALBUM_NOT_GROUPED_HINT.format(faces=faces(len(result.not_grouped)))
        strip = _strip(result, result.not_grouped, min(SHOWN_IN_GROUP, max(6, room)))
        parts.append(
            f'<section class="fs-group" id="album-not-grouped"><h2>{html.esc(texts.ALBUM_NOT_GROUPED)}</h2>'
            f'<p class="fs-fine">{html.esc(hint)}</p>{strip}</section>'
        )
    return "".join(parts) + skipped(result.skipped)


def skipped(items: Sequence[Skipped]) -> str:
    """What was left out and why, closed at first."""
    if not items:
        return ""
    lines = "".join(f"<li><b>{html.name(item.name)}</b> {html.esc(item.reason)}</li>" for item in items)
    title = texts.ALBUM_SKIPPED.format(count=f"{len(items):,}")
    return f'<details class="fs-skipped"><summary>{html.esc(title)}</summary><ul>{lines}</ul></details>'


def _group(result: AlbumResult, group: AlbumGroup, number: int, shown: int) -> str:
    count = texts.ALBUM_COUNT.format(
        faces=faces(len(group.faces)), pictures=pictures(len({result.faces[i].picture for i in group.faces}))
    )
    cover = _image(result.faces[group.cover], texts.ALBUM_PERSON_COVER.format(number=number))
    button = html.action(texts.ALBUM_ENROLL, ENROLL, str(number - 1), title=texts.ALBUM_ENROLL_OF.format(number=number))
    head = (
        f'<div class="fs-group-head">{cover}<div><h2>{html.esc(texts.ALBUM_PERSON.format(number=number))}</h2>'
        f"<small>{html.esc(count)}</small></div>{button}</div>"
    )
    return f'<section class="fs-group">{head}{_strip(result, group.faces, shown)}</section>'


def _strip(result: AlbumResult, positions: Sequence[int], shown: int) -> str:
    images = "".join(
        _image(face, texts.ALBUM_FACE.format(picture=html.isolated(face.name)))
        for face in (result.faces[position] for position in positions[:shown])
    )
    left = len(positions) - shown
    more = f"<span>{html.esc(texts.ALBUM_MORE.format(count=f'{left:,}'))}</span>" if left > 0 else ""
    return f'<div class="fs-faces">{images}{more}</div>'


def _image(face: AlbumFace, alt: str) -> str:
    source = base64.b64encode(face.thumbnail).decode("ascii")
    return f'<img class="fs-chip" src="data:image/jpeg;base64,{source}" alt="{html.esc(alt)}" title="{html.esc(alt)}">'
