"""The loss curve and the progress bar as inline SVG and HTML: they follow the page's colours, light or dark."""

from __future__ import annotations

import math
from collections.abc import Sequence

from facestyle.style.results import StyleFrame, StyleLosses
from facestyle.ui import html, texts

WIDTH, HEIGHT = 420.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 10.0, 24.0
SERIES = ("total", "content", "style")


def relative(losses: Sequence[StyleLosses], series: str) -> list[float | None]:
    """One loss over the run, divided by its first value above zero; None where it is zero and has no logarithm.

    The content loss of a run that starts from the photo is 0 at step 0, hence "first above zero".
    """
    values: list[float] = [getattr(loss, series) for loss in losses]
    first = next((value for value in values if value > 0 and math.isfinite(value)), None)
    if first is None:
        return [None] * len(values)
    return [value / first if value > 0 and math.isfinite(value) else None for value in values]


def _decades(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def curve(frames: Sequence[tuple[int, StyleLosses]], steps: int) -> str:
    """Total, content and style loss over the steps, each divided by its first value, on a logarithmic axis.

    Args:
        frames: (step, losses) so far, in order.
        steps: Steps asked for: the end of the horizontal axis.
    """
    losses = [loss for _, loss in frames]
    lines = {series: relative(losses, series) for series in SERIES}
    shown = [value for line in lines.values() for value in line if value is not None]
    if not shown:
        return ""
    ticks = _decades(min(shown), max(shown))
    low, high = math.log10(ticks[0]), math.log10(ticks[-1])

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / max(1, steps)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(value)) / (high - low)

    parts = []
    for tick in ticks:
        parts.append(f'<line class="fs-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 3.5:.1f}" text-anchor="end">{tick:g}</text>')
    for step in (0, steps / 2, steps):
        anchor = "end" if step == steps else "middle"
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{step:g}</text>')
    legend, described = [], []
    for series, line in lines.items():
        points = " ".join(
            f"{x(step):.1f},{y(value):.1f}" for (step, _), value in zip(frames, line, strict=True) if value is not None
        )
        label = texts.LOSS_NAMES[series]
        last = line[-1]
        now = f"{getattr(losses[-1], series):.3g}"
        legend.append(f'<span class="fs-key fs-line-{series}">{html.esc(label)} <b>{now}</b></span>')
        if points:
            parts.append(f'<polyline class="fs-line fs-line-{series}" points="{points}"/>')
        if last is not None:
            described.append(texts.STYLE_CURVE_ITEM.format(name=label, ratio=f"{last:.2g}"))
    label = texts.STYLE_CURVE_LABEL.format(steps=frames[-1][0], series=", ".join(described))
    return (
        f'<div class="fs-curve"><p class="fs-caption">{html.esc(texts.STYLE_CURVE)}</p>'
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{html.esc(label)}">{"".join(parts)}</svg>'
        f'<div class="fs-legend">{"".join(legend)}</div></div>'
    )


def bar(share: float, sentence: str, *, busy: bool = False) -> str:
    """A progress bar with its sentence; `busy` animates it while nothing is known yet."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    moving = " fs-busy" if busy else ""
    return (
        f'<div class="fs-progress{moving}"><p role="status">{html.esc(sentence)}</p>'
        f'<div class="fs-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}" '
        f'aria-label="{html.esc(sentence)}"><span style="width:{percent}%"></span></div></div>'
    )


def progress(frame: StyleFrame) -> str:
    """The bar of a running stylisation, with the time left."""
    sentence = texts.STYLE_PROGRESS.format(step=frame.step, steps=frame.steps)
    if frame.seconds_left is not None:
        sentence = f"{sentence}, {texts.STYLE_LEFT.format(time=html.duration(frame.seconds_left))}"
    return bar(frame.step / max(1, frame.steps), sentence)
