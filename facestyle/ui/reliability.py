"""A calibration drawn as inline SVG: reliability, and error rates on a scale of "one wrong in N"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from facestyle.faces.calibration.base import Bin, ErrorRate
from facestyle.ui import html, texts

SIDE = 300.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 10.0, 38.0
SCALE_WIDTH, SCALE_LEFT, SCALE_RIGHT, ROW = 420.0, 10.0, 14.0, 26.0
_DECADES = (1, 10, 100, 1000, 10_000)
_DIGIT = 6.0
"""Width of a digit of 10 px, in the drawing's own units as all lengths here."""

_Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def plot(bins: Sequence[Bin]) -> str:
    """What was seen over what was said, with 95 % intervals; the number of pairs stands beside each point."""

    def x(value: float) -> float:
        return LEFT + (SIDE - LEFT - RIGHT) * value

    def y(value: float) -> float:
        return TOP + (SIDE - TOP - BOTTOM) * (1 - value)

    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        name = f"{100 * tick:g}"
        parts.append(f'<line class="fs-grid" x1="{x(0):.1f}" x2="{x(1):.1f}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 3.5:.1f}" text-anchor="end">{name}</text>')
        parts.append(f'<text x="{x(tick):.1f}" y="{SIDE - BOTTOM + 15:.1f}" text-anchor="middle">{name}</text>')
    parts.append(f'<line class="fs-diagonal" x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(1):.1f}" y2="{y(1):.1f}"/>')
    counts = _counts([(x(each.said), y(each.seen), y(each.high), y(each.low)) for each in bins], bins)
    for each, count in zip(bins, counts, strict=True):
        at, pairs = x(each.said), each.same + each.different
        parts.append(
            f'<line class="fs-whisker" x1="{at:.1f}" x2="{at:.1f}" y1="{y(each.low):.1f}" y2="{y(each.high):.1f}"/>'
            f'<circle class="fs-point" cx="{at:.1f}" cy="{y(each.seen):.1f}" r="{2.5 + math.log10(pairs):.1f}"/>'
        )
        parts.append(count)
    middle = (x(0) + x(1)) / 2
    across, up = html.esc(texts.RELIABILITY_SAID), html.esc(texts.RELIABILITY_SEEN)
    parts.append(f'<text x="{middle:.1f}" y="{SIDE - 5}" text-anchor="middle">{across}</text>')
    centre = (y(0) + y(1)) / 2
    parts.append(
        f'<text x="11" y="{centre:.1f}" text-anchor="middle" transform="rotate(-90 11 {centre:.1f})">{up}</text>'
    )
    told = "; ".join(
        texts.RELIABILITY_BIN.format(
            said=f"{100 * each.said:.1f}", seen=f"{100 * each.seen:.1f}", pairs=each.same + each.different
        )
        for each in bins
    )
    return (
        f'<svg viewBox="0 0 {SIDE:g} {SIDE:g}" role="img" aria-label="{html.esc(texts.RELIABILITY_LABEL)} '
        f'{html.esc(told)}">{"".join(parts)}</svg>'
    )


def _counts(marks: Sequence[tuple[float, float, float, float]], bins: Sequence[Bin]) -> list[str]:
    """The number beside each point: on the side where it touches no other point's line and no other number.

    Args:
        marks: Of each bin: x, y of its point, top and bottom of its line.
        bins: Whose pairs are counted.
    """
    taken: list[_Box] = []
    parts = []
    for index, (each, (at, seen, _, _)) in enumerate(zip(bins, marks, strict=True)):
        pairs = str(each.same + each.different)
        lines = [(x - 1, top, x + 1, bottom) for n, (x, _, top, bottom) in enumerate(marks) if n != index]
        usual = each.said > 0.5
        below, above = seen + 11, seen - 5
        places = [
            (usual, below if usual else above),
            (not usual, below if usual else above),
            (usual, above if usual else below),
        ]
        boxes = [_box(at, base, pairs, left=left) for left, base in places]
        free = [n for n, box in enumerate(boxes) if not any(_touch(box, other) for other in (*lines, *taken))]
        best = free[0] if free else 0
        taken.append(boxes[best])
        left, base = places[best]
        parts.append(
            f'<text class="fs-count" x="{at + (-8 if left else 8):.1f}" y="{base:.1f}" '
            f'text-anchor="{"end" if left else "start"}">{pairs}</text>'
        )
    return parts


def _box(at: float, base: float, digits: str, *, left: bool) -> _Box:
    wide = _DIGIT * len(digits)
    start = at - 8 - wide if left else at + 8
    return start, base - 8, start + wide, base


def _touch(a: _Box, b: _Box, gap: float = 3.0) -> bool:
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] and b[1] < a[3]


def one_wrong_in(rows: Sequence[tuple[str, ErrorRate]]) -> str:
    """Each rate as a point with its interval on a line of "one wrong in N", N growing to the right."""

    def x(rate: float) -> float:
        n = min(_DECADES[-1], 1 / rate) if rate > 0 else _DECADES[-1]
        return SCALE_LEFT + (SCALE_WIDTH - SCALE_LEFT - SCALE_RIGHT) * math.log10(n) / math.log10(_DECADES[-1])

    height = 20 + 2 * ROW * len(rows)
    parts = []
    for n in _DECADES:
        at = x(1 / n)
        anchor = "end" if n == _DECADES[-1] else "start" if n == 1 else "middle"
        parts.append(f'<line class="fs-grid" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{height - 18}"/>')
        parts.append(
            f'<text x="{at:.1f}" y="{height - 5}" text-anchor="{anchor}">{texts.ONE_IN.format(n=f"{n:,}")}</text>'
        )
    for index, (name, rate) in enumerate(rows):
        base = 2 * ROW * index
        middle = base + 34
        parts.append(f'<text class="fs-row" x="{SCALE_LEFT}" y="{base + 17}">{html.esc(name)}</text>')
        parts.append(
            f'<line class="fs-range" x1="{x(rate.high):.1f}" x2="{x(rate.low):.1f}" y1="{middle}" y2="{middle}"/>'
        )
        if rate.errors:
            parts.append(f'<circle class="fs-point" cx="{x(rate.value):.1f}" cy="{middle}" r="5.5"/>')
        else:  # no error seen: only the end of the interval is known
            end = x(0)
            tip = f"M{end - 7:.1f} {middle - 6} L{end + 4:.1f} {middle} L{end - 7:.1f} {middle + 6} Z"
            parts.append(f'<path class="fs-point" d="{tip}"/>')
    told = " ".join(f"{name}: {in_words(rate)}" for name, rate in rows)
    return (
        f'<svg viewBox="0 0 {SCALE_WIDTH:g} {height:g}" role="img" aria-label="{html.esc(told)}">{"".join(parts)}</svg>'
    )


def in_words(rate: ErrorRate) -> str:
    """A rate as people count, and no surer than the trials allow."""
    if rate.errors == 0:
        return texts.RATE_NONE.format(trials=f"{rate.trials:,}", n=one_in(rate.at_most, down=True))
    if rate.errors == rate.trials:
        return texts.RATE_ALL.format(trials=f"{rate.trials:,}")
    return texts.RATE_SOME.format(
        errors=f"{rate.errors:,}",
        trials=f"{rate.trials:,}",
        n=one_in(rate.value),
        worst=one_in(rate.high, down=True),
        best=one_in(rate.low),
    )


def one_in(rate: float, *, down: bool = False) -> str:
    """N of "one in N", to two digits; `down`: rounded down, so that no promise is larger than the evidence."""
    n = 1 / rate
    if n < 10:
        return f"{math.floor(10 * n) / 10 if down else n:.1f}".removesuffix(".0")
    unit = 10 ** (math.floor(math.log10(n)) - 1)
    return f"{(math.floor(n / unit) if down else round(n / unit)) * unit:,}"
