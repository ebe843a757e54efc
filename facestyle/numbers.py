"""Numbers that callers and files give."""

from __future__ import annotations

import math
from numbers import Real
from typing import TypeGuard

_LONGEST = 40


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number to reckon with: no truth value, not NaN or infinite, within the range of a float."""
    if isinstance(value, bool):
        return False
    try:
        return isinstance(value, Real) and math.isfinite(value)
    except OverflowError:  # a whole number such as 10**400
        return False


def shown(value: object) -> str:
    """A caller's value as a message may quote it."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
