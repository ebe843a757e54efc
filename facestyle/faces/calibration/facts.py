"""What the command line and the API print of a calibration, alike."""

from __future__ import annotations

from facestyle.faces.results import Identification, IdentifiedFace, Verification


def verification_facts(answer: Verification) -> dict[str, object]:
    """`probability, evidence, rates`; each None for a model without calibration."""
    return {
        "probability": answer.probability,
        "evidence": None if answer.evidence is None else answer.evidence.as_dict(),
        "rates": None if answer.rates is None else answer.rates.as_dict(),
    }


def identification_facts(answer: Identification) -> dict[str, object]:
    """`evidence, rates, expected_false_accepts`; each None for a model without calibration."""
    return {
        "evidence": None if answer.evidence is None else answer.evidence.as_dict(),
        "rates": None if answer.rates is None else answer.rates.as_dict(),
        "expected_false_accepts": None if answer.false_accepts is None else answer.false_accepts.as_dict(),
    }


def face_facts(face: IdentifiedFace) -> dict[str, object]:
    """`probability, margin`; each None where there is none."""
    return {"probability": face.probability, "margin": face.margin}
