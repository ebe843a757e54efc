"""A convolution as HTML: input, filter and output side by side, and the counting; no layout and no state in here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle.explain.convolution import pictures
from facestyle.explain.convolution.arithmetic import Cost
from facestyle.explain.convolution.lessons import Lesson
from facestyle.explain.convolution.signals import peaks
from facestyle.ui import convolving_drawing as drawing
from facestyle.ui import html, texts

Floats = npt.NDArray[np.float64]

FILTER = "network-filter"

PICTURE_SIDE, FRAME_SIDE, SWATCH_SIDE = 440, 200, 36
SHOWN_FRAMES = 4


def shown(lesson: Lesson, *, answers_as_brightness: bool, photo: npt.NDArray[np.uint8] | None = None) -> str:
    """A whole lesson.

    Args:
        lesson: What was computed, along one to three axes.
        answers_as_brightness: Whether its output is brightness again, as after a blur.
        photo: What the input of a filter over colours looks like.
    """
    axes = lesson.answers.ndim
    if axes == 1:
        body = _signal(lesson)
    elif axes == 2:
        body = _picture(lesson, photo, answers_as_brightness)
    else:
        body = _clip(lesson, answers_as_brightness)
    spelled = _spelled(lesson) if axes == 2 and len(lesson.signal) == 1 else ""
    return f"{body}{_sizes(lesson)}{spelled}"


def course(examples: Sequence[Cost]) -> str:
    """The table of the course's examples, closed at first."""
    head = "".join(f'<th scope="col">{html.esc(name)}</th>' for name in texts.CONV_COURSE_COLUMNS)
    rows = "".join(
        f"<tr><td>{_shape(one.input)}</td><td>{_shape(one.filter)}</td><td>{one.filters}</td>"
        f"<td>{_shape(one.output)}</td><td>{one.parameters:,}</td><td>{one.multiplications:,}</td></tr>"
        for one in examples
    )
    return (
        f'<details class="fs-why"><summary>{html.esc(texts.CONV_COURSE)}</summary>'
        f'<div class="fs-conv-table" tabindex="0" role="region" aria-label="{html.esc(texts.CONV_COURSE)}">'
        f'<table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="fs-fine">{html.esc(texts.CONV_COURSE_HINT)}</p></details>'
    )


def network_filters(filters: Floats, model: str, chosen: int) -> str:
    """The filters of a first layer as buttons."""
    buttons = []
    for number, taps in enumerate(filters):
        picture = pictures.swatch(taps).repeat(SWATCH_SIDE // 3, axis=0).repeat(SWATCH_SIDE // 3, axis=1)
        label = html.esc(texts.CONV_NETWORK_FILTER.format(number=number))
        buttons.append(
            f'<button type="button" class="fs-tile fs-swatch" aria-pressed="{str(number == chosen).lower()}" '
            f'data-action="{FILTER}" data-id="{number}" aria-label="{label}" title="{label}">'
            f'<img src="{html.data_uri(picture)}" alt=""></button>'
        )
    title = html.esc(texts.CONV_NETWORK.format(model=model, count=len(filters)))
    return (
        f'<p class="fs-caption">{title}</p><div class="fs-swatches" role="group" aria-label="{title}">'
        f"{''.join(buttons)}</div>"
    )


def _signal(lesson: Lesson) -> str:
    signal, answers = lesson.signal[0], lesson.answers
    top = peaks(answers, apart=max(1, 20 // lesson.sliding.stride)) if answers.size else ()
    where = [lesson.centre(position) for position in top]
    inside = [at for at in where if 0 <= at < signal.size]
    before = drawing.curve(
        signal, inside, texts.CONV_SIGNAL_LABEL.format(samples=signal.size, **drawing.value_range(signal)), signal.size
    )
    label = texts.CONV_ANSWER_LABEL.format(
        samples=answers.size, peaks=", ".join(map(str, inside)) or "–", **drawing.value_range(answers)
    )
    # The output is drawn above the places of the input that it was computed from.
    after = drawing.curve(answers, list(top), label, signal.size, lesson)
    return (
        f'<div class="fs-conv-lines">{_part(texts.CONV_IN_OF[1], before, lesson.signal.shape[1:])}'
        f"{_operator(texts.CONV_TIMES)}"
        f"{_part(texts.CONV_FILTER, drawing.bars(lesson.filter[0]), lesson.filter.shape[1:])}"
        f"{_operator(texts.CONV_EQUALS)}{_part(texts.CONV_OUT, after, answers.shape, texts.CONV_FOUND)}</div>"
    )


def _picture(lesson: Lesson, photo: npt.NDArray[np.uint8] | None, brightness: bool) -> str:
    given = pictures.grey(lesson.signal[0]) if photo is None else photo
    title = texts.CONV_IN_OF[2] if photo is None else texts.CONV_IN_COLOUR
    shape = lesson.signal.shape[1:] if photo is None else (*lesson.signal.shape[1:], len(lesson.signal))
    hint = texts.CONV_SMALLER_HINT if brightness else texts.CONV_OUT_HINT
    answers = pictures.grey(lesson.answers) if brightness else pictures.two_colours(lesson.answers)
    taps = (*lesson.filter.shape[1:], len(lesson.filter)) if photo is not None else lesson.filter.shape[1:]
    labels = texts.CONV_FILTER_COLOURS if photo is not None else ()
    return (
        f'<div class="fs-conv">{_part(title, _image(given, texts.CONV_PICTURE_ALT), shape)}'
        f"{_operator(texts.CONV_TIMES)}{_part(texts.CONV_FILTER, _tables(lesson.filter, labels), taps)}"
        f"{_operator(texts.CONV_EQUALS)}"
        f"{_part(texts.CONV_OUT, _image(answers, texts.CONV_ANSWER_ALT), lesson.answers.shape, hint)}</div>"
    )


def _clip(lesson: Lesson, brightness: bool) -> str:
    frames, answers = lesson.signal[0], lesson.answers
    numbers = np.unique(np.linspace(0, len(answers) - 1, SHOWN_FRAMES).round().astype(int))
    strength = pictures.full_strength(answers)
    before, after = [], []
    for number in numbers:
        place = min(max(lesson.centre(int(number)), 0), len(frames) - 1)
        label = texts.CONV_FRAME.format(number=place)
        before.append(_frame(pictures.grey(frames[place]), label))
        one = answers[number]
        after.append(_frame(pictures.grey(one) if brightness else pictures.two_colours(one, strength), label))
    hint = texts.CONV_SMALLER_HINT if brightness else texts.CONV_OUT_HINT
    labels = [texts.CONV_FILTER_FRAME.format(number=f"t{at:+d}" if at else "t") for at in _offsets(lesson)]
    return (
        f'<div class="fs-conv-lines">{_part(texts.CONV_IN_OF[3], _strip(before), lesson.signal.shape[1:])}'
        f"{_operator(texts.CONV_TIMES)}"
        f"{_part(texts.CONV_FILTER, _tables(lesson.filter[0], labels), lesson.filter.shape[1:])}"
        f"{_operator(texts.CONV_EQUALS)}{_part(texts.CONV_OUT, _strip(after), answers.shape, hint)}</div>"
    )


def _offsets(lesson: Lesson) -> list[int]:
    taps = lesson.filter.shape[1]
    return [(tap - taps // 2) * lesson.sliding.dilation for tap in range(taps)]


def _sizes(lesson: Lesson) -> str:
    step, apart = lesson.sliding.stride, lesson.sliding.dilation
    lines = []
    for n, f, p, out in zip(
        lesson.cost.input, lesson.cost.filter[:-1], lesson.padding, lesson.answers.shape, strict=False
    ):
        width = f"{f}" if apart == 1 else f"({f} − 1)·{apart} − 1"
        lines.append(f"<li>⌊({n} + 2·{p} − {width}) / {step}⌋ + 1 = <b>{out}</b></li>")
    title = texts.CONV_SIZES if apart == 1 else texts.CONV_SIZES_DILATED
    count = texts.CONV_COUNT.format(
        weights=f"{lesson.cost.parameters - 1:,}", multiplications=f"{lesson.cost.multiplications:,}"
    )
    return (
        f'<div class="fs-conv-sizes"><p class="fs-caption">{html.esc(title)}</p><ul>{"".join(lines)}</ul>'
        f'<p class="fs-fine">{html.esc(count)}</p></div>'
    )


def _spelled(lesson: Lesson) -> str:
    """The nine or so products behind one number of the output."""
    strongest = np.unravel_index(int(np.abs(lesson.answers).argmax()), lesson.answers.shape)
    apart = lesson.sliding.dilation
    padded = np.pad(lesson.signal[0], [(zeros, zeros) for zeros in lesson.padding])
    taps = lesson.filter[0]
    under = padded[
        tuple(
            slice(int(at) * lesson.sliding.stride, int(at) * lesson.sliding.stride + (f - 1) * apart + 1, apart)
            for at, f in zip(strongest, taps.shape, strict=True)
        )
    ]
    answer = f"{lesson.answers[strongest]:.2f}".replace("-", "−")
    return (
        f'<div class="fs-conv-sizes"><p class="fs-caption">{html.esc(texts.CONV_SPELLED)}</p>'
        f'<p class="fs-fine">{html.esc(texts.CONV_SPELLED_HINT)}</p><div class="fs-conv-sum">'
        f"{drawing.table(under, brightness=True)}{_operator('×')}{drawing.table(taps)}{_operator('→ Σ =')}"
        f'<b class="fs-conv-answer">{answer}</b></div></div>'
    )


def _part(title: str, body: str, shape: Sequence[int], hint: str = "") -> str:
    note = f'<p class="fs-fine">{html.esc(hint)}</p>' if hint else ""
    heading = f'<p class="fs-caption">{html.esc(title)} <b>{_shape(shape)}</b></p>'
    return f'<div class="fs-conv-part">{heading}{body}{note}</div>'


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _operator(sign: str) -> str:
    return f'<span class="fs-conv-operator">{html.esc(sign)}</span>'


def _image(picture: npt.NDArray[np.uint8], alt: str) -> str:
    return f'<img class="fs-conv-picture" src="{html.data_uri(picture, PICTURE_SIDE)}" alt="{html.esc(alt)}">'


def _frame(picture: npt.NDArray[np.uint8], label: str) -> str:
    return (
        f'<figure><img src="{html.data_uri(picture, FRAME_SIDE)}" alt="">'
        f"<figcaption>{html.esc(label)}</figcaption></figure>"
    )


def _strip(frames: Sequence[str]) -> str:
    return f'<div class="fs-conv-strip">{"".join(frames)}</div>'


def _tables(slices: Floats, labels: Sequence[str]) -> str:
    """One table a slice, with its label below."""
    tables = []
    for number, taps in enumerate(slices):
        label = f"<small>{html.esc(labels[number])}</small>" if labels else ""
        tables.append(f"<div>{drawing.table(taps)}{label}</div>")
    return f'<div class="fs-conv-taps">{"".join(tables)}</div>'
