"""The page's own pieces of HTML. Whatever a person typed goes through `esc`; pictures travel inside the page.

Pictures are data: URIs and not files: nothing is written to the upload folder, and nothing can be fetched by a link.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from facestyle import images
from facestyle.errors import FacestyleError
from facestyle.faces.results import RGB, Box, Verification
from facestyle.ui import texts

Tone = Literal["plain", "good", "bad", "warn"]

_ICONS: dict[Tone, str] = {
    "good": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "bad": '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
    "warn": '<path d="M12 7v6.5M12 17.2v.1"/>',
    "plain": '<path d="M12 11v6M12 7.2v.1"/>',
}

CLICKS = """
element.addEventListener('click', (event) => {
  const target = event.target.closest('[data-action]');
  if (target && element.contains(target)) {
    trigger('click', {action: target.dataset.action, id: target.dataset.id || ''});
  }
});
"""
"""For `gr.HTML(js_on_load=...)`: a click on anything with data-action becomes an event with `action` and `id`."""


def scroll_to(elem_id: str) -> str:
    """JavaScript for an event: brings a result into view where it isn't, as on a phone, below the inputs."""
    return (
        f"() => {{ const target = document.getElementById('{elem_id}'); const place = target.getBoundingClientRect(); "
        "if (place.top > window.innerHeight - 160 || place.bottom < 60) "
        "target.scrollIntoView({behavior: 'smooth', block: 'start'}); }"
    )


def esc(text: object) -> str:
    """Text made harmless inside HTML, attributes included."""
    return html.escape(str(text), quote=True)


def name(text: str) -> str:
    """A person's name, in its own direction: a right-to-left name must not turn the sentence around."""
    return f'<bdi class="fs-name">{esc(text)}</bdi>'


def isolated(text: str) -> str:
    """The same for plain text: Unicode's first-strong isolate around a name, still to be escaped."""
    return f"\u2068{text}\u2069"


def icon(tone: Tone) -> str:
    """A round sign, so that colour is never the only messenger."""
    return f'<svg class="fs-icon" viewBox="0 0 24 24" aria-hidden="true">{_ICONS[tone]}</svg>'


def number(value: float) -> str:
    """A distance with the digits that matter."""
    return f"{value:.3f}"


def short_path(place: str | Path) -> str:
    """A path as people write it: `~` for their home folder. The address of a server stays as it is."""
    if "://" in str(place):
        return str(place)
    path, home = Path(place), Path.home()
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 10:
        return texts.SECONDS.format(seconds=f"{seconds:.1f}")
    if seconds < 99.5:
        return texts.SECONDS.format(seconds=round(seconds))
    minutes, rest = divmod(round(seconds), 60)
    return texts.MINUTES.format(minutes=minutes, seconds=rest)


def data_uri(image: RGB, longer_side: int | None = None) -> str:
    """A JPEG inside the page; without metadata, since it is encoded from pixels."""
    if longer_side is not None and max(image.shape[:2]) > longer_side:
        image = images.resize_longer_side(image, longer_side)
    return f"data:image/jpeg;base64,{base64.b64encode(images.encode(image, 'jpeg')).decode('ascii')}"


def empty(title: str, hint: str) -> str:
    """What a result's place shows before there is one."""
    return f'<div class="fs-empty"><p class="fs-empty-title">{esc(title)}</p><p>{esc(hint)}</p></div>'


def notice(tone: Tone, title: str, message: str = "", *, extra: str = "") -> str:
    """A sentence in the place of a result; `extra` is HTML already."""
    role = "alert" if tone == "bad" else "status"
    body = f"<p>{esc(message)}</p>" if message else ""
    return (
        f'<div class="fs-notice fs-{tone}" role="{role}">{icon(tone)}<div><p class="fs-notice-title">{esc(title)}</p>'
        f"{body}{extra}</div></div>"
    )


def refusal(error: FacestyleError, *, where: str = "", extra: str = "") -> str:
    """An expected failure, in its own words; `where` says which of several pictures it is about."""
    title = texts.REFUSED_TITLES.get(error.code, texts.REFUSED_TITLE)
    title = f"{where}: {title}" if where else title
    return notice("bad", title, error.message, extra=extra)


def unexpected() -> str:
    """An unexpected failure: a plain sentence, no details."""
    return notice("bad", texts.UNEXPECTED_TITLE, texts.UNEXPECTED)


def action(label: str, act: str, ident: str = "", *, kind: str = "", title: str = "") -> str:
    """A button inside HTML that `CLICKS` turns into an event."""
    described = f' aria-label="{esc(title)}"' if title else ""
    return (
        f'<button type="button" class="fs-button {kind}" data-action="{esc(act)}" data-id="{esc(ident)}"{described}>'
        f"{esc(label)}</button>"
    )


@dataclass(frozen=True, slots=True)
class Tag:
    """A box with its label; `label` is HTML already."""

    box: Box
    label: str = ""
    tone: Tone = "plain"


def figure(image: RGB, tags: Iterable[Tag], *, alt: str, caption: str = "", longer_side: int = 960) -> str:
    """A picture with boxes over it. The browser draws the labels, so names show in any script."""
    height, width = image.shape[:2]
    marks = []
    for tag in tags:
        left, top = max(0.0, tag.box.left), max(0.0, tag.box.top)
        right, bottom = min(float(width), tag.box.right), min(float(height), tag.box.bottom)
        place = (
            f"left:{100 * left / width:.3f}%;top:{100 * top / height:.3f}%;"
            f"width:{100 * (right - left) / width:.3f}%;height:{100 * (bottom - top) / height:.3f}%"
        )
        # A label above a box at the very top would leave the picture.
        where = " fs-tag-inside" if top / height < 0.09 else ""
        side = " fs-tag-right" if left / width > 0.6 else ""
        label = f'<span class="fs-tag{where}{side}">{tag.label}</span>' if tag.label else ""
        marks.append(f'<span class="fs-box fs-{tag.tone}" style="{place}">{label}</span>')
    note = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<figure class="fs-figure"><div class="fs-canvas"><img src="{data_uri(image, longer_side)}" '
        f'alt="{esc(alt)}">{"".join(marks)}</div>{note}</figure>'
    )


def chip(image: RGB, alt: str) -> str:
    """An aligned face as the network saw it."""
    return f'<img class="fs-chip" src="{data_uri(image, 150)}" alt="{esc(alt)}">'


def columns(parts: Sequence[str]) -> str:
    """Blocks side by side, one below the other on a phone."""
    return f'<div class="fs-columns">{"".join(parts)}</div>'


def section(title: str, body: str) -> str:
    """A titled part of a result; both are HTML already."""
    return f'<section class="fs-section"><h2>{title}</h2>{body}</section>'


def scale(distance: float, tau: float, end: float) -> str:
    """The distance drawn on a line from 0 to `end`, with tau marked; described in words for those who can't see it."""
    end = max(end, 1.08 * distance, 1.08 * tau)
    at, cut = 100 * distance / end, 100 * tau / end
    label = texts.SCALE_LABEL.format(distance=number(distance), end=f"{end:.2g}", tau=number(tau))
    mark = esc(texts.THRESHOLD.format(tau=number(tau)))
    same, different = esc(texts.SCALE_SAME), esc(texts.SCALE_DIFFERENT)
    return (
        f'<div class="fs-scale" role="img" aria-label="{esc(label)}">'
        f'<div class="fs-track"><span class="fs-zone fs-good" style="width:{cut:.2f}%"></span>'
        f'<span class="fs-zone fs-bad" style="width:{100 - cut:.2f}%"></span>'
        f'<span class="fs-tau{_edge(cut)}" style="left:{cut:.2f}%"><b>{mark}</b></span>'
        f'<span class="fs-needle{_edge(at)}" style="left:{at:.2f}%"><b>{number(distance)}</b></span></div>'
        f'<div class="fs-ends"><span>0 · {same}</span><span>{different} · {end:.2g}</span></div></div>'
    )


def _edge(percent: float) -> str:
    # A label centred on a mark at either end would hang over it.
    return " fs-at-start" if percent < 5 else " fs-at-end" if percent > 95 else ""


def verdict(result: Verification, tau: float, end: float, likely: str = "") -> str:
    """The answer to 1:1 as one big sentence, `likely` (HTML) and the distance under it."""
    same = result.distance <= tau
    tone: Tone = "good" if same else "bad"
    if result.claimed is None:
        sentence = esc(texts.VERIFY_SAME if same else texts.VERIFY_DIFFERENT)
    else:
        pattern = texts.VERIFY_CLAIM_SAME if same else texts.VERIFY_CLAIM_DIFFERENT
        sentence = pattern.format(name=name(result.claimed))
    hint = texts.VERIFY_SAME_HINT if same else texts.VERIFY_DIFFERENT_HINT
    words = esc(hint.format(distance=number(result.distance), tau=number(tau)))
    if tau > 0 and abs(result.distance - tau) <= 0.1 * tau:
        words += f" <strong>{esc(texts.VERIFY_CLOSE)}</strong>"
    metric = texts.METRICS.get(result.metric, result.metric)
    fine = texts.VERIFY_FINEPRINT.format(metric=metric[0].upper() + metric[1:], model=result.model)
    return (
        f'<div class="fs-verdict fs-{tone}" role="status">{icon(tone)}<div><p class="fs-sentence">{sentence}</p>'
        f"<p>{words}</p></div></div>{likely}{scale(result.distance, tau, end)}"
        f'<p class="fs-fine">{esc(fine)}</p>'
    )
