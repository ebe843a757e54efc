"""The heads by name."""

from __future__ import annotations

from typing import Final

from facestyle.errors import InvalidRequestError
from facestyle.faces.calibration.absolute import AbsoluteHead
from facestyle.faces.calibration.base import Head
from facestyle.faces.calibration.chi_square import ChiSquareHead
from facestyle.faces.calibration.distance import DistanceHead

HEADS: Final[dict[str, Head]] = {head.name: head for head in (DistanceHead(), AbsoluteHead(), ChiSquareHead())}
"""From the fewest parameters to the most."""


def find_head(name: str) -> Head:
    """The head of that name.

    Raises:
        InvalidRequestError: There is none.
    """
    if name not in HEADS:
        raise InvalidRequestError(f"There is no calibration head “{name}”. Choose one of: {', '.join(HEADS)}.")
    return HEADS[name]
