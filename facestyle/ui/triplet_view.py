"""One triplet as HTML: how hard it is, its loss in figures, and its distances on a number line."""

from __future__ import annotations

from facestyle.learning.triplet import OneTriplet
from facestyle.ui import html, texts
from facestyle.ui.html import Tone

WIDTH, HEIGHT, LEFT, RIGHT = 420.0, 132.0, 32.0, 14.0
BASE = 66.0
"""Where the line is drawn; P has its label above it, N below."""

_TONES: dict[str, Tone] = {"easy": "good", "semi_hard": "warn", "hard": "bad"}
_MAX_TICKS = 6


def answer(found: OneTriplet, margin: float) -> str:
    """The verdict, the formula with this triplet's figures, the line, and the faces."""
    kind = found.hardness(margin)
    tone = _TONES[kind]
    title, hint = texts.TRIPLET_KINDS[kind]
    formula = texts.TRIPLET_FORMULA.format(
        positive=html.number(found.positive),
        negative=html.number(found.negative),
        margin=f"{margin:.2f}",
        loss=html.number(found.loss(margin)),
    )
    metric = texts.METRICS.get(found.metric, found.metric)
    fine = texts.TRIPLET_FINE.format(metric=metric[0].upper() + metric[1:], model=found.model)
    return (
        f'<div class="fs-verdict fs-{tone}" role="status">{html.icon(tone)}<div><p class="fs-sentence">'
        f"{html.esc(title)}</p><p>{html.esc(hint)}</p></div></div>"
        f'<p class="fs-formula">{html.esc(formula)}</p>{line(found, margin)}{_faces(found)}'
        f'<p class="fs-fine">{html.esc(fine)}</p>'
    )


def line(found: OneTriplet, margin: float) -> str:
    """Distances from the anchor: P, N, and the three zones that N may lie in."""
    edge = found.positive + margin
    end = 1.12 * max(edge, found.positive, found.negative, found.tau, 1e-6)

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / end

    def zone(low: float, high: float, name: str) -> str:
        box = f'x="{x(low):.1f}" y="{BASE - 7}" width="{max(0.0, x(high) - x(low)):.1f}" height="14"'
        return f'<rect class="fs-zone-{name}" {box}/>'

    parts = [zone(0, found.positive, "hard"), zone(found.positive, edge, "semi"), zone(edge, end, "easy")]
    step = _tick(end)
    for count in range(int(end / step) + 1):
        at = x(count * step)
        parts.append(f'<line class="fs-grid" x1="{at:.1f}" x2="{at:.1f}" y1="{BASE + 7}" y2="{HEIGHT - 20}"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{count * step:g}</text>')
    if margin > 0:
        middle, y = (x(found.positive) + x(edge)) / 2, BASE - 13
        parts.append(f'<path class="fs-brace" d="M{x(found.positive):.1f} {y} H{x(edge):.1f}"/>')
        parts.append(f'<text x="{middle:.1f}" y="{y - 5}" text-anchor="middle">α</text>')
    parts.append(_disc(LEFT - 16, BASE, "A"))
    parts.append(_mark(x(found.positive), "P", html.number(found.positive), above=True))
    parts.append(_mark(x(found.negative), "N", html.number(found.negative), above=False))
    label = texts.TRIPLET_LINE_LABEL.format(
        positive=html.number(found.positive),
        negative=html.number(found.negative),
        edge=html.number(edge),
    )
    names = (("hard", texts.TRIPLET_ZONE_HARD), ("semi", texts.TRIPLET_ZONE_SEMI), ("easy", texts.TRIPLET_ZONE_EASY))
    legend = "".join(f'<span class="fs-zone-key fs-zone-{name}">{html.esc(words)}</span>' for name, words in names)
    return (
        f'<div class="fs-curve fs-triplet-line"><p class="fs-caption">{html.esc(texts.TRIPLET_LINE)}</p>'
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{html.esc(label)}">{"".join(parts)}</svg>'
        f'<div class="fs-legend">{legend}</div></div>'
    )


def _mark(at: float, letter: str, value: str, *, above: bool) -> str:
    """A lettered disc off the line; its value beyond it, kept inside the drawing."""
    y = BASE - 38 if above else BASE + 28
    start = at < WIDTH - 70
    return (
        f'<line class="fs-stem" x1="{at:.1f}" x2="{at:.1f}" y1="{BASE}" y2="{y}"/>{_disc(at, y, letter)}'
        f'<text class="fs-row" x="{at + (13 if start else -13):.1f}" y="{y + 4}" '
        f'text-anchor="{"start" if start else "end"}">{value}</text>'
    )


def _disc(at: float, y: float, letter: str) -> str:
    return (
        f'<circle class="fs-disc" cx="{at:.1f}" cy="{y}" r="9"/>'
        f'<text class="fs-letter" x="{at:.1f}" y="{y + 4}" text-anchor="middle">{letter}</text>'
    )


def _tick(end: float) -> float:
    """A round distance between ticks, so that there are few of them."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5):
        if end / step <= _MAX_TICKS:
            return step
    return end / _MAX_TICKS


def _faces(found: OneTriplet) -> str:
    chips = []
    for chip, name in zip(found.aligned, texts.TRIPLET_ROLES, strict=False):
        picture = html.chip(chip, texts.FACE_IN.format(picture=name))
        chips.append(f"<figure>{picture}<figcaption>{html.esc(name)}</figcaption></figure>")
    return html.section(html.esc(texts.ALIGNED), f'<div class="fs-chips">{"".join(chips)}</div>') if chips else ""
