"""A training drawn as inline SVG: curves, maps of embeddings, and histograms of distances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle.learning.results import Figures, Map
from facestyle.ui import html, texts

WIDTH, HEIGHT = 420.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 10.0, 10.0, 24.0
SIDE, EDGE = 300.0, 16.0
BINS = 28
POINTS = 240
"""A line has so many points at most; what is between them is averaged."""


def curve(values: Sequence[float], steps: int, *, title: str, name: str, percent: bool = False) -> str:
    """One value a step on a linear axis from 0.

    Args:
        values: Of the steps done so far.
        steps: Of the whole training: the end of the horizontal axis.
        title: Above it.
        name: Class of the line.
        percent: Whether the values are shares.
    """
    count = max(1, math.ceil(len(values) / POINTS))
    line = [float(np.mean(values[at : at + count])) for at in range(0, len(values), count)]
    top = _round_up(max(line, default=0.0) or 1.0)
    scale = 100 if percent else 1

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / max(1, steps)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)

    parts = []
    for tick in (0.0, top / 2, top):
        parts.append(f'<line class="fs-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        label = f"{tick * scale:.3g}{' %' if percent else ''}"
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 3.5:.1f}" text-anchor="end">{label}</text>')
    for step in (0, steps / 2, steps):
        anchor = "end" if step == steps else "middle"
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{step:g}</text>')
    places = [min(len(values), (at + 0.5) * count) for at in range(len(line))]
    points = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in zip(places, line, strict=True))
    if points:
        parts.append(f'<polyline class="fs-line fs-line-{name}" points="{points}"/>')
    now = f"{line[-1] * scale:.3g}{' %' if percent else ''}" if line else "–"
    told = texts.LEARN_CURVE_LABEL.format(title=title, now=now, step=len(values), steps=steps)
    return _card(title, "".join(parts), (WIDTH, HEIGHT), told=told, now=now)


def histogram(found: Figures, *, title: str, axis: str) -> str:
    """Scores of same and of different pairs, each as shares of its own kind, and tau between them."""
    low = min(0.0, float(found.same.min()), float(found.different.min()))
    high = max(float(found.same.max()), float(found.different.max()), low + 1e-6)
    edges = np.linspace(low, high, BINS + 1)
    shares = [np.histogram(each, edges)[0] / len(each) for each in (found.same, found.different)]
    top = max(float(share.max()) for share in shares)

    def x(value: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (value - low) / (high - low)

    base = HEIGHT - BOTTOM
    parts = []
    for share, name in zip(shares, ("same", "different"), strict=True):
        for start, end, value in zip(edges[:-1], edges[1:], share, strict=True):
            if value > 0:
                tall = (base - TOP - 12) * float(value) / top
                parts.append(
                    f'<rect class="fs-bars-{name}" x="{x(start):.1f}" y="{base - tall:.1f}" '
                    f'width="{x(end) - x(start):.1f}" height="{tall:.1f}"/>'
                )
    cut = x(min(max(found.tau, low), high))
    parts.append(f'<line class="fs-grid" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{base}" y2="{base}"/>')
    parts.append(f'<line class="fs-cut" x1="{cut:.1f}" x2="{cut:.1f}" y1="{TOP}" y2="{base}"/>')
    start = cut < WIDTH - 90
    parts.append(
        f'<text x="{cut + (5 if start else -5):.1f}" y="{TOP + 8}" text-anchor="{"start" if start else "end"}">'
        f"τ {found.tau:.2f}</text>"
    )
    parts.append(f'<text x="{EDGE}" y="{HEIGHT - 6}">{low:.2g}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">{html.esc(axis)}</text>')
    parts.append(f'<text x="{WIDTH - EDGE}" y="{HEIGHT - 6}" text-anchor="end">{high:.2g}</text>')
    told = texts.LEARN_HISTOGRAM_LABEL.format(title=title, tau=f"{found.tau:.2f}", eer=f"{100 * found.eer:.1f}")
    keys = (("same", texts.LEARN_SAME), ("different", texts.LEARN_DIFFERENT))
    legend = "".join(f'<span class="fs-zone-key fs-bars-{name}">{html.esc(words)}</span>' for name, words in keys)
    return _card(title, "".join(parts), (WIDTH, HEIGHT), told=told, legend=legend)


def plane(found: Map, *, title: str) -> str:
    """Embeddings as the names or numbers of their people, in a colour each."""
    short = all(len(name) <= 2 for name in found.names)
    marks = list(found.names) if short else [str(number) for number in range(1, len(found.names) + 1)]
    spread = max(float(np.abs(found.points).max(initial=0.0)), 1e-6)
    middle, half = SIDE / 2, SIDE / 2 - EDGE
    parts = [
        f'<line class="fs-grid" x1="{middle}" x2="{middle}" y1="4" y2="{SIDE - 4}"/>',
        f'<line class="fs-grid" x1="4" x2="{SIDE - 4}" y1="{middle}" y2="{middle}"/>',
    ]
    for (a, b), who in zip(found.points.tolist(), found.labels.tolist(), strict=True):
        x, y = middle + half * a / spread, middle - half * b / spread
        parts.append(
            f'<text class="fs-who fs-who-{who % 8}" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">'
            f"{html.esc(marks[who])}</text>"
        )
    told = texts.LEARN_MAP_LABEL.format(title=title, pictures=len(found.points), people=len(found.names))
    legend = "".join(
        f'<span class="fs-who-key"><b>{html.esc(mark)}</b> {html.name(name)}</span>'
        for mark, name in zip(marks, found.names, strict=True)
    )
    return _card(title, "".join(parts), (SIDE, SIDE), told=told, legend="" if short else legend)


def _card(title: str, drawing: str, size: tuple[float, float], *, told: str, now: str = "", legend: str = "") -> str:
    value = f" <b>{html.esc(now)}</b>" if now else ""
    keys = f'<div class="fs-legend">{legend}</div>' if legend else ""
    box = f"0 0 {size[0]:g} {size[1]:g}"
    return (
        f'<div class="fs-curve"><p class="fs-caption">{html.esc(title)}{value}</p>'
        f'<svg viewBox="{box}" role="img" aria-label="{html.esc(told)}">{drawing}</svg>{keys}</div>'
    )


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next((unit * step for step in (1, 2, 5) if value <= unit * step * (1 + 1e-9)), 10 * unit)


def enlarged(picture: npt.NDArray[np.uint8], times: int = 4) -> npt.NDArray[np.uint8]:
    """A small grey picture (H, W) as RGB with every pixel a square: what the network sees, not more."""
    return np.repeat(np.repeat(np.repeat(picture[..., None], 3, 2), times, 0), times, 1)
