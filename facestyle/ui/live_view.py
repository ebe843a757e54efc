"""What the Live tab shows of a frame: boxes over the mirror, and the door's card. No layout, no state."""

from __future__ import annotations

import math
from collections.abc import Sequence

from facestyle.faces.live.head_turn import HeadTurnState
from facestyle.faces.live.results import DoorState, LiveFace, LiveFrame
from facestyle.faces.results import Box
from facestyle.ui import html, texts
from facestyle.ui.html import Tone

_ARROWS = {
    "look_straight": '<circle cx="12" cy="12" r="8"/><path d="M9 10v.1M15 10v.1M9 15q3 2 6 0"/>',
    "turn_left": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "turn_right": '<path d="M20 12H5M11 6l-6 6 6 6"/>',
}
"""As the mirror shows it: the picture's left is on its right."""


def mirrored(box: Box, width: int) -> Box:
    """A box in a mirror of that width."""
    return Box(width - box.right, box.top, width - box.left, box.bottom)


def overlay(frame: LiveFrame) -> str:
    """Boxes and names, to lie over the camera's mirrored picture; the browser draws names in any script."""
    width, height = frame.size
    marks = "".join(_mark(face, width, height) for face in frame.faces)
    who = ", ".join(face.name or texts.IDENTIFY_UNKNOWN for face in frame.faces)
    label = html.esc(texts.LIVE_OVERLAY.format(count=len(frame.faces), who=who)) if frame.faces else ""
    return f'<div class="fs-live" style="aspect-ratio:{width}/{height}" role="img" aria-label="{label}">{marks}</div>'


def _mark(face: LiveFace, width: int, height: int) -> str:
    box = mirrored(face.box, width)
    left, top = min(max(0.0, box.left), width), min(max(0.0, box.top), height)
    right, bottom = max(left, min(float(width), box.right)), max(top, min(float(height), box.bottom))
    place = (
        f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
        f"width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"
    )
    where = " fs-tag-inside" if top / height < 0.12 else ""
    side = " fs-tag-right" if left / width > 0.6 else ""
    words = html.name(face.name) if face.name is not None else html.esc(texts.IDENTIFY_UNKNOWN)
    if face.distance is None:
        words = html.esc(texts.LIVE_FACE) if face.name is None else words
    else:
        words += f" <small>{html.number(face.distance)}</small>"
    tone: Tone = "good" if face.name is not None else "warn"
    bar = f'<i style="width:{100 * face.agreement:.0f}%"></i>' if 0 < face.agreement < 1 else ""
    return (
        f'<span class="fs-box fs-{tone}" style="{place}"><span class="fs-tag{where}{side}">{words}</span>{bar}</span>'
    )


def card(door: DoorState, frames: int, claimed: str | None) -> str:
    """The door, readable from a step away."""
    if door.open:
        name = door.name or ""
        sentence = texts.LIVE_OPEN.format(name=html.name(name))
        hint = texts.LIVE_CLOSES.format(seconds=max(1, round(door.closes_in or 0)), name=html.isolated(name))
        return _verdict("good", sentence, hint, 1.0)
    if door.why == "agreeing":
        done = round(door.progress * frames)
        words = texts.LIVE_AGREEING.format(name=html.isolated(door.name or ""), done=done, frames=frames)
        return _verdict("plain", html.esc(texts.LIVE_CLOSED), words, door.progress)
    words = texts.LIVE_WHY[door.why]
    if door.why == "unknown" and claimed is not None:
        words = texts.LIVE_WHY_CLAIM.format(name=html.isolated(claimed))
    return _verdict("bad" if door.why == "unknown" else "plain", html.esc(texts.LIVE_CLOSED), words, 0.0)


def challenge(state: object, door: DoorState) -> str:
    """What the head turn asks, above the door; nothing where it asks nothing."""
    if not isinstance(state, HeadTurnState) or door.open:
        return ""
    if state.step is not None:
        words = texts.LIVE_TURN_LEFT.format(seconds=math.ceil(state.seconds_left))
        sign = f'<svg class="fs-arrow" viewBox="0 0 24 24" aria-hidden="true">{_ARROWS[state.step.value]}</svg>'
        # The seconds change too often to be read out.
        return (
            f'<div class="fs-turn">{sign}<div><p class="fs-sentence" role="status">'
            f'{html.esc(texts.LIVE_TURN_STEPS[state.step.value])}</p><p aria-hidden="true">{html.esc(words)}</p>'
            f"{_bar(state.progress)}</div></div>"
        )
    if state.outcome is None:
        return html.notice("plain", texts.LIVE_TURN, texts.LIVE_TURN_FIRST)
    if state.passed:
        return html.notice("good", texts.LIVE_TURN_PASSED)
    title, hint = texts.LIVE_TURN_FAILED[state.outcome.value]
    again = texts.LIVE_TURN_AGAIN.format(seconds=math.ceil(state.seconds_left))
    return html.notice("warn", title, hint, extra=f"<p><strong>{html.esc(again)}</strong></p>")


def _bar(progress: float) -> str:
    return f'<div class="fs-bar" aria-hidden="true"><span style="width:{100 * progress:.0f}%"></span></div>'


def _verdict(tone: Tone, sentence: str, hint: str, progress: float) -> str:
    return (
        f'<div class="fs-verdict fs-{tone} fs-door" role="status">{html.icon(tone)}<div>'
        f'<p class="fs-sentence">{sentence}</p><p>{html.esc(hint)}</p>{_bar(progress)}</div></div>'
    )


def rate(fps: float | None, ms: float, age: float | None) -> str:
    """How fast it goes, in one line."""
    if fps is None:
        words = texts.LIVE_RATE_FIRST.format(ms=round(ms))
    else:
        shown = "–" if age is None else texts.SECONDS.format(seconds=f"{age:.1f}")
        words = texts.LIVE_RATE.format(rate=f"{fps:.1f}", ms=round(ms), age=shown)
    return f'<p class="fs-fine">{html.esc(words)}</p>'


def choices(people: Sequence[tuple[str, str]], chosen: str | None) -> str | None:
    """The person to go on with: the one chosen, if still enrolled, else the first."""
    known = [ident for _, ident in people]
    return chosen if chosen in known else (known[0] if known else None)
