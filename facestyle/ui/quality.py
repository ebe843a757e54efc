"""Warnings about faces, the liveness hint, and the overrides of an enrolment, as the tabs show them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from facestyle.errors import FacestyleError, PoorQualityError
from facestyle.faces.results import Identification, IdentifiedFace, LivenessMode, Verification
from facestyle.ui import html, overrides, texts

if TYPE_CHECKING:
    from facestyle.faces.liveness.base import Liveness
    from facestyle.faces.quality.base import Quality


def warning(quality: Quality, label: str) -> str:
    """What speaks against a face, under the name of its picture; nothing for a good one."""
    if quality.good:
        return ""
    titles = [texts.QUALITY_TITLES[reason.value] for reason in quality.reasons]
    title = texts.QUALITY_WARNING.format(picture=label, reasons=texts.LIST_SEPARATOR.join(titles))
    return html.notice("warn", title, quality.sentence)


def of_verification(result: Verification, labels: Sequence[str]) -> str:
    """The liveness hint and the warnings of both pictures, to stand above the faces."""
    notices = [] if result.liveness is None else [liveness(result.liveness)]
    notices += [warning(quality, label) for quality, label in zip(result.quality, labels, strict=False)]
    shown = "".join(notices)
    return f'<div class="fs-section fs-notices">{shown}</div>' if shown else ""


def of_face(face: IdentifiedFace) -> str:
    """What there is to say about one face of many, short: lines under its answer."""
    lines = []
    if face.quality is not None:
        lines += [texts.QUALITY_SHORT.format(reason=texts.QUALITY_TITLES[r.value]) for r in face.quality.reasons]
    if face.liveness is not None:
        lines.append(_liveness_title(face.liveness))
    return "".join(f'<small class="fs-why">{html.esc(line)}</small>' for line in lines)


def footnote(result: Identification) -> str:
    """What to make of those lines, below the table: each kind explained once."""
    reasons = {reason: None for face in result.faces if face.quality is not None for reason in face.quality.reasons}
    sentences = [reason.sentence for reason in reasons]
    checks = [face.liveness for face in result.faces if face.liveness is not None]
    sentences += list(dict.fromkeys(check.reason for check in checks if check.reason is not None))
    if any(check.checked for check in checks):
        sentences.append(texts.LIVENESS_HINT)
    return "".join(f'<p class="fs-fine">{html.esc(sentence)}</p>' for sentence in sentences)


def liveness(found: Liveness) -> str:
    """The hint whether a face is live: never green, since it is no proof."""
    words = found.reason or texts.LIVENESS_HINT
    if found.score is not None:
        words = f"{texts.LIVENESS_SCORE.format(score=html.number(found.score), model=found.model)} {words}"
    return html.notice("warn" if found.live is False else "plain", _liveness_title(found), words)


def _liveness_title(found: Liveness) -> str:
    if not found.checked:
        return texts.LIVENESS_UNCHECKED
    return texts.LIVENESS_LIVE if found.live else texts.LIVENESS_FAKE


def liveness_checkbox(elem_id: str) -> gr.Checkbox:
    """Off by default."""
    return gr.Checkbox(label=texts.LIVENESS, info=texts.LIVENESS_INFO, value=False, elem_id=elem_id)


def mode(asked: object) -> LivenessMode:
    """Of the checkbox."""
    return "passive" if asked else "off"


@dataclass(frozen=True)
class Overrides:
    """The two boxes that let an enrolment pass; each shows up only when its refusal has been given.

    Attributes:
        poor: For a face of poor quality.
        conflict: For a face that contradicts what is enrolled.
    """

    poor: gr.Checkbox
    conflict: gr.Checkbox

    @classmethod
    def make(cls, place: str) -> Overrides:
        """Both hidden and unticked, at that place of the page."""
        return cls(
            gr.Checkbox(label=texts.ENROLL_ANYWAY, value=False, visible=False, elem_id=f"{place}-poor"),
            gr.Checkbox(label=texts.ENROLL_ANYWAY, value=False, visible=False, elem_id=f"{place}-conflict"),
        )

    @property
    def boxes(self) -> list[gr.Checkbox]:
        """In the order of `after` and of what an event hands over."""
        return [self.poor, self.conflict]

    @staticmethod
    def after(error: FacestyleError | None, offered: Collection[str]) -> tuple[Any, Any]:
        """What becomes of the boxes: offered where the refusal names a reason, gone where none is being overridden.

        Each refusal offers its box unticked, so what was allowed for one picture isn't for the next refused one.

        Args:
            error: The refusal; None for an enrolment or for an unexpected failure.
            offered: The overrides that the request was refused for, now or before; see `overrides.offered`.
        """
        kind = overrides.kind_of(error)
        boxes = [gr.skip() if each in offered else gone() for each in ("poor", "conflict")]
        if isinstance(error, PoorQualityError):
            names = texts.LIST_SEPARATOR.join(texts.QUALITY_TITLES[reason.value] for reason in error.reasons)
            boxes[0] = gr.Checkbox(label=texts.ENROLL_ANYWAY_POOR.format(reasons=names), value=False, visible=True)
        elif error is not None and kind == "conflict":
            boxes[1] = gr.Checkbox(label=texts.ENROLL_ANYWAY_CONFLICT[error.code], value=False, visible=True)
        return boxes[0], boxes[1]


def gone() -> gr.Checkbox:
    """Unticked and hidden."""
    return gr.Checkbox(value=False, visible=False)
