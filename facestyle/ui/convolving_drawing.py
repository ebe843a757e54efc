"""Signals as lines, filters as bars and as tables of numbers: inline SVG and HTML."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle.explain.convolution import pictures
from facestyle.explain.convolution.lessons import Lesson
from facestyle.ui import html, texts

Floats = npt.NDArray[np.float64]

_WIDTH, _HEIGHT, _EDGE = 640.0, 130.0, 8.0


def table(numbers: Floats, *, brightness: bool = False) -> str:
    """Numbers in cells coloured as they are in the pictures."""
    largest = max(float(np.abs(numbers).max()), 1e-12)
    rows = []
    for line in numbers:
        cells = []
        for number in line:
            level = min(abs(float(number)) / (1.0 if brightness else largest), 1.0)
            colour = (255, 255, 255) if brightness else pictures.POSITIVE if number > 0 else pictures.NEGATIVE
            red, green, blue = (round(level * part) for part in colour)
            # ITU-R BT.601: black on what is bright, white on what is dark
            ink = "#000" if 0.299 * red + 0.587 * green + 0.114 * blue > 115 else "#fff"
            cells.append(f'<td style="background:rgb({red},{green},{blue});color:{ink}">{_number(float(number))}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    label = html.esc(texts.CONV_FILTER_LABEL)
    return f'<table class="fs-conv-table-of" aria-label="{label}"><tbody>{"".join(rows)}</tbody></table>'


def _number(value: float) -> str:
    words = f"{round(value)}" if value == round(value) else f"{value:.2f}"
    return words.replace("-", "−")


def value_range(values: Floats) -> dict[str, str]:
    """The lowest and the highest, in words."""
    return {"low": f"{values.min():.2f}", "high": f"{values.max():.2f}"}


def curve(values: Floats, marks: Sequence[int], label: str, samples: int, lesson: Lesson | None = None) -> str:
    """A line over the samples of the signal, with dots; `lesson` says which samples the values belong to."""
    low, high = float(values.min()), float(values.max())
    spread = max(high - low, 1e-12)

    def x(position: int) -> float:
        place = position if lesson is None else lesson.centre(position)
        return _EDGE + (_WIDTH - 2 * _EDGE) * place / max(1, samples - 1)

    def y(value: float) -> float:
        return _EDGE + (_HEIGHT - 2 * _EDGE) * (high - value) / spread

    points = " ".join(f"{x(at):.1f},{y(float(value)):.1f}" for at, value in enumerate(values))
    dots = "".join(f'<circle class="fs-dot" cx="{x(at):.1f}" cy="{y(float(values[at])):.1f}" r="5"/>' for at in marks)
    zero = f'<line class="fs-grid" x1="0" x2="{_WIDTH}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>' if low < 0 < high else ""
    return (
        f'<svg class="fs-conv-curve" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{html.esc(label)}">'
        f'{zero}<polyline class="fs-line fs-line-total" points="{points}"/>{dots}</svg>'
    )


def bars(taps: Floats) -> str:
    """A 1-D filter as bars around 0."""
    width, middle = 16.0, _HEIGHT / 2
    largest = max(float(np.abs(taps).max()), 1e-12)
    bars = []
    for at, tap in enumerate(taps):
        height = (middle - _EDGE) * abs(float(tap)) / largest
        top = middle - height if tap > 0 else middle
        kind = "fs-bar-up" if tap > 0 else "fs-bar-down"
        bars.append(
            f'<rect class="{kind}" x="{at * width + 2:.0f}" y="{top:.1f}" width="{width - 4:.0f}" '
            f'height="{max(height, 0.5):.1f}"/>'
        )
    length = taps.size * width
    label = html.esc(f"{texts.CONV_FILTER_LABEL}: {', '.join(f'{tap:.2f}' for tap in taps)}")
    return (
        f'<svg class="fs-conv-bars" viewBox="0 0 {length:g} {_HEIGHT:g}" role="img" aria-label="{label}" '
        f'style="max-width:{length:g}px"><line class="fs-grid" x1="0" x2="{length:g}" y1="{middle}" y2="{middle}"/>'
        f"{''.join(bars)}</svg>"
    )
