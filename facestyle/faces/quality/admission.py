"""Which faces may be enrolled."""

from __future__ import annotations

from collections.abc import Sequence

from facestyle.errors import PoorQualityError
from facestyle.faces.quality.base import Quality


def admit(quality: Sequence[Quality], what: Sequence[str]) -> None:
    """Refuses a face of poor quality: a weak answer passes, but a weak enrolment spoils all later ones.

    Args:
        quality: Of each picture's face.
        what: Each picture's role in the sentence for people, such as “picture 2 of 3”.

    Raises:
        PoorQualityError: Of the first picture that is too poor, with all its reasons.
    """
    for index, (judged, name) in enumerate(zip(quality, what, strict=True)):
        if judged.reasons:
            raise PoorQualityError.of(
                f"{name[:1].upper()}{name[1:]} is too poor to enrol: {judged.sentence} "
                "It can be enrolled all the same, at the cost of later answers.",
                picture=index,
                reasons=judged.reasons,
            )
