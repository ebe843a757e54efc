"""Names and shapes of a file's tensors, summed up in one number that a test and a user can compare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from facestyle.weights.schema import KeySchema

_Value = TypeVar("_Value")

COUNTER = "num_batches_tracked"
"""BatchNorm's counter: not used in evaluation, and kept by some converters, dropped by others."""


def key_digest(shapes: Mapping[str, Sequence[int]]) -> str:
    """SHA-256 (hex) over the sorted lines `name 64x3x3x3`, without BatchNorm's counters.

    Args:
        shapes: Shape by tensor name; a scalar's is empty.
    """
    lines = sorted(
        f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items() if not name.endswith(COUNTER)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def select(tensors: Mapping[str, _Value], prefixes: Iterable[str]) -> dict[str, _Value]:
    """Those whose name starts with one of the prefixes; all, if there are none."""
    wanted = tuple(prefixes)
    return {name: value for name, value in tensors.items() if not wanted or name.startswith(wanted)}


def used(tensors: Mapping[str, _Value], schema: KeySchema | None) -> dict[str, _Value]:
    """Without the tensors that the schema ignores; names still as they stand in the file."""
    ignored = schema.ignore if schema else ()
    return {name: value for name, value in tensors.items() if not ignored or not name.startswith(ignored)}


def rename(tensors: Mapping[str, _Value], schema: KeySchema | None) -> dict[str, _Value]:
    """With the network's names instead of the file's."""
    prefix = schema.strip_prefix if schema else ""
    return {name.removeprefix(prefix): value for name, value in tensors.items()}
