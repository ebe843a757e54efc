"""The layout of a safetensors file: where each tensor lies, which byte ranges hold the wanted ones, a new header.

Format: an unsigned 64-bit little-endian number N, N bytes of JSON (tensor name -> dtype, shape and the two offsets of
its bytes, counted from the end of the JSON), then the tensors without gaps (the safetensors project's README,
"Format").
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PREFIX_BYTES = 8
MAX_HEADER_BYTES = 100_000_000
"""The cap of the safetensors library itself."""


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """A tensor of a file.

    Attributes:
        name: Its key.
        dtype: As the file spells it, such as `F32`.
        shape: Sizes, slowest axis first.
        start: First byte, counted from the end of the header.
        end: One past its last byte.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def header_bytes(head: bytes) -> int:
    """Bytes before the first tensor, from the first 8 bytes of the file.

    Raises:
        ValueError: They are no such number.
    """
    if len(head) < PREFIX_BYTES:
        raise ValueError("the file is shorter than a safetensors header")
    length: int = struct.unpack("<Q", head[:PREFIX_BYTES])[0]
    if not 2 <= length <= MAX_HEADER_BYTES:
        raise ValueError(f"a header of {length} bytes is impossible")
    return PREFIX_BYTES + length


def parse(head: bytes) -> tuple[TensorPlace, ...]:
    """Reads a header.

    Args:
        head: At least the `header_bytes` first bytes of a file.

    Returns:
        Its tensors in the order of their bytes.

    Raises:
        ValueError: Malformed.
    """
    length = header_bytes(head)
    if len(head) < length:
        raise ValueError("the file ends within its safetensors header")
    try:
        entries = json.loads(head[PREFIX_BYTES:length])
        places = [_place(name, entry) for name, entry in entries.items() if name != "__metadata__"]
    except Exception as error:  # also of nesting that is too deep, and of numbers that are infinite
        raise ValueError("the safetensors header is malformed") from error
    places.sort(key=lambda place: (place.start, place.end))
    expected = 0
    for place in places:
        if place.start != expected or place.end < place.start:
            raise ValueError(f"the bytes of tensor {place.name} do not follow the ones before")
        expected = place.end
    return tuple(places)


def _place(name: str, entry: Mapping[str, Any]) -> TensorPlace:
    start, end = (int(offset) for offset in entry["data_offsets"])
    return TensorPlace(name, str(entry["dtype"]), tuple(int(size) for size in entry["shape"]), start, end)


def ranges(places: Sequence[TensorPlace]) -> tuple[tuple[int, int], ...]:
    """Byte ranges [start, end) that hold these tensors, counted from the end of the header; neighbours become one."""
    joined: list[tuple[int, int]] = []
    for place in sorted(places, key=lambda place: place.start):
        if joined and joined[-1][1] == place.start:
            joined[-1] = (joined[-1][0], place.end)
        elif place.end > place.start:
            joined.append((place.start, place.end))
    return tuple(joined)


def make_header(places: Sequence[TensorPlace]) -> bytes:
    """The header of a file that holds these tensors only, in the same order; the same tensors give the same bytes."""
    entries = {}
    position = 0
    for place in sorted(places, key=lambda place: place.start):
        size = place.end - place.start
        entries[place.name] = {
            "dtype": place.dtype,
            "shape": list(place.shape),
            "data_offsets": [position, position + size],
        }
        position += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors start at a multiple of 8, as the library's own files
    return struct.pack("<Q", len(text)) + text
