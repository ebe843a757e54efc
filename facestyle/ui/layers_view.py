"""Channels and their patches as HTML; no layout and no state in here."""

from __future__ import annotations

from collections.abc import Sequence

from facestyle.explain import sheets
from facestyle.explain.results import RGB, Layer, Patch, PatchStep
from facestyle.faces.results import Box
from facestyle.images.albums import Skipped
from facestyle.ui import album_view, html, plots, texts
from facestyle.ui.layers_state import Seen

CHANNEL, PAGE = "channel", "page"

SHOWN = 24
"""Channels on a page: some 6 kB each."""

TILE_SIDE, LARGE_SIDE, PICTURE_SIDE = 48, 132, 300
"""Pixels of a patch in a tile, of one shown large, and of the longer side of a picture under the boxes."""


def bar(step: PatchStep) -> str:
    """The progress bar, with the time left."""
    if step.seconds_left is None:
        return plots.bar(0, texts.LAYERS_STARTING, busy=True)
    sentence = texts.LAYERS_PROGRESS.format(done=step.done, total=step.total)
    if step.done < step.total:
        sentence = f"{sentence}, {texts.STYLE_LEFT.format(time=html.duration(step.seconds_left))}"
    return plots.bar(step.done / step.total, sentence)


def ended(step: PatchStep, skipped: Sequence[Skipped], why: str) -> str:
    """The notice after a run, `why` one of the sentences for its end."""
    title = why.format(done=step.done, total=step.total, time=html.duration(step.seconds))
    tone: html.Tone = "good" if step.done == step.total else "plain"
    hint = texts.LAYERS_DONE_HINT.format(most=step.found.per_picture)
    return html.notice(tone, title, hint) + album_view.skipped(skipped)


def facts(layer: Layer, model: str) -> str:
    """A sentence about a layer."""
    pattern = texts.LAYERS_FACTS_ONE if layer.field.jump == 1 else texts.LAYERS_FACTS
    return pattern.format(
        name=layer.name, model=model, channels=layer.channels, size=layer.field.size, jump=layer.field.jump
    )


def grid(seen: Seen, number: int, first: int) -> str:
    """A page of a layer's channels, each with its nine patches."""
    layer = seen.patches.layer(number)
    last = min(first + SHOWN, layer.channels)
    tiles = "".join(_tile(seen, number, channel) for channel in range(first, last))
    heading = html.esc(f"{texts.LAYERS_NAME.format(number=number)}: {texts.LAYERS_HINTS[number]}")
    return (
        f'<h2 class="fs-layer-title">{heading}</h2><p class="fs-fine">{html.esc(facts(layer, seen.model))}</p>'
        f'<div class="fs-layer-grid">{tiles}</div>{_pager(layer, first, last)}'
    )


def channel(seen: Seen, number: int, index: int) -> str:
    """One channel: its patches large, and where in the pictures they are."""
    layer = seen.patches.layer(number)
    patches = seen.patches.patches(number, index)
    title = html.esc(texts.LAYERS_TITLE.format(number=number, channel=index))
    body = f'<p class="fs-fine">{html.esc(facts(layer, seen.model))}</p>'
    if not patches:
        return html.section(title, body + html.notice("plain", texts.LAYERS_SILENT_HINT))
    large = "".join(_large(seen, patch, place) for place, patch in enumerate(patches, 1))
    where = f'<p class="fs-caption">{html.esc(texts.LAYERS_WHERE)}</p>{_where(seen, patches)}'
    return html.section(
        title, f'{body}<div class="fs-layer-detail"><div class="fs-layer-large">{large}</div><div>{where}</div></div>'
    )


def gradients(drawn: Sequence[RGB]) -> str:
    """What excites the channel in each of its patches, in their order."""
    if not drawn:
        return ""
    pictures = "".join(
        f'<figure><img src="{html.data_uri(sheets.enlarged(picture, LARGE_SIDE))}" '
        f'alt="{html.esc(texts.LAYERS_GRADIENT_ALT.format(place=place))}">'
        f"<figcaption><b>{place}</b></figcaption></figure>"
        for place, picture in enumerate(drawn, 1)
    )
    title = html.esc(texts.LAYERS_GRADIENTS)
    return f'<p class="fs-caption">{title}</p><div class="fs-layer-large fs-layer-row">{pictures}</div>'


def _tile(seen: Seen, number: int, index: int) -> str:
    label = html.esc(texts.LAYERS_CHANNEL.format(channel=index))
    if not seen.patches.patches(number, index):
        label += f" <small>{html.esc(texts.LAYERS_SILENT)}</small>"
    picture = html.data_uri(sheets.mosaic(seen.patches, number, index, TILE_SIDE))
    title = html.esc(texts.LAYERS_CHANNEL_OF.format(number=number, channel=index))
    return (
        f'<button type="button" class="fs-tile fs-layer-tile" aria-pressed="false" data-action="{CHANNEL}" '
        f'data-id="{index}" aria-label="{title}"><img src="{picture}" alt=""><span>{label}</span></button>'
    )


def _pager(layer: Layer, first: int, last: int) -> str:
    if layer.channels <= SHOWN:
        return ""
    shown = texts.LAYERS_SHOWN.format(first=first, last=last - 1, count=layer.channels)
    return (
        f'<nav class="fs-pager">{_turn(texts.LAYERS_EARLIER, first - SHOWN, first > 0)}<span>{html.esc(shown)}</span>'
        f"{_turn(texts.LAYERS_LATER, last, last < layer.channels)}</nav>"
    )


def _turn(label: str, first: int, there: bool) -> str:
    off = "" if there else " disabled"
    return (
        f'<button type="button" class="fs-button" data-action="{PAGE}" data-id="{max(0, first)}"{off}>'
        f"{html.esc(label)}</button>"
    )


def _large(seen: Seen, patch: Patch, place: int) -> str:
    picture = sheets.enlarged(seen.patches.crop(patch), LARGE_SIDE)
    name = seen.names[patch.picture]
    alt = html.esc(texts.LAYERS_PATCH_ALT.format(place=place, picture=html.isolated(name)))
    words = texts.LAYERS_PATCH.format(picture=html.isolated(name), activation=f"{patch.activation:.3g}")
    return (
        f'<figure><img src="{html.data_uri(picture)}" alt="{alt}">'
        f"<figcaption><b>{place}</b> {html.esc(words)}</figcaption></figure>"
    )


def _where(seen: Seen, patches: Sequence[Patch]) -> str:
    figures = []
    for picture in dict.fromkeys(patch.picture for patch in patches):
        tags = [
            html.Tag(
                Box(
                    float(patch.left),
                    float(patch.top),
                    float(patch.left + patch.side),
                    float(patch.top + patch.side),
                ),
                str(place),
                "warn",
            )
            for place, patch in enumerate(patches, 1)
            if patch.picture == picture
        ]
        name = seen.names[picture]
        figures.append(
            html.figure(
                seen.patches.pictures[picture],
                tags,
                alt=name,
                caption=html.name(name),
                longer_side=PICTURE_SIDE,
            )
        )
    return f'<div class="fs-layer-where">{"".join(figures)}</div>'
