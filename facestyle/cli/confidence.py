"""Sentences about probabilities and error rates, for the terminal."""

from __future__ import annotations

import math

from facestyle.faces.calibration.base import ErrorRate, ErrorRates
from facestyle.faces.results import Identification, IdentifiedFace, Verification


def about_verification(answer: Verification) -> list[str]:
    """The probability, what it rests on, and how often tau goes wrong; empty for a model without calibration."""
    if answer.probability is None or answer.evidence is None or answer.rates is None:
        return []
    evidence = answer.evidence
    same = answer.probability >= 0.5
    bound = "at least " if not evidence.lowest < answer.probability < evidence.highest else ""
    shown = math.floor(1000 * max(answer.probability, 1 - answer.probability)) / 10
    who = "the same person" if same else "different people"
    return [
        f"{bound}{shown:g} % likely {who}, assuming {evidence.prior:.3g} beforehand "
        f"({evidence.data}: {evidence.same_pairs} same and {evidence.different_pairs} different pairs)",
        *about_rates(answer.rates),
    ]


def about_rates(rates: ErrorRates) -> list[str]:
    """Both error rates at tau."""
    return [
        f"at tau = {rates.tau:.4g}: strangers accepted {_rate(rates.false_accept)}",
        f"at tau = {rates.tau:.4g}: same person refused {_rate(rates.false_reject)}",
    ]


def about_face(face: IdentifiedFace) -> str:
    """What follows a name: its probability and the margin to the next person."""
    words = []
    if face.probability is not None:
        words.append(f"{100 * face.probability:.3g} % likely")
    if face.recognized is not None and face.margin is not None:
        words.append(f"{face.margin:.4f} nearer than the next person")
    return f" [{', '.join(words)}]" if words else ""


def about_gallery(answer: Identification) -> list[str]:
    """What to expect of so many enrolled people; empty for a model without calibration."""
    expected = answer.false_accepts
    if expected is None or not answer.enrolled:
        return []
    return [
        f"expected false accepts of a stranger at tau = {answer.tau:.4g} among {answer.enrolled} enrolled: "
        f"{expected.value:.2g} (95 %: {expected.low:.2g} to {expected.high:.2g})"
    ]


def _rate(rate: ErrorRate) -> str:
    seen = f"{rate.errors} of {rate.trials} seen"
    return f"{seen} (95 %: {100 * rate.low:.2g} % to {100 * rate.high:.2g} %)"
