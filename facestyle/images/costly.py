"""Small files that ask for much: what they would cost is looked at before a decoder sees them.

A picture's size says what its pixels cost, but not how often a decoder goes over them (a progressive JPEG draws the
whole picture anew with each scan), nor what its metadata cost (a directory whose thousands of entries share one large
value). Everything here counts in one pass over the bytes; `benchmarks/costly.py` measures what is left.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from facestyle.errors import ImageTooLargeError, ImageUnreadableError

MOST_SCANS: Final = 50
"""Of a JPEG. Encoders write about ten; each costs a pass over all pixels."""

MOST_SEGMENTS: Final = 1000
"""Of a JPEG, and other chunks than pixels of a PNG. An ICC profile may take 255, a depth map as XMP 160."""

MOST_PIXEL_CHUNKS: Final = 100_000
"""Of a PNG: 200 bytes each in the largest file accepted; encoders write 8 kB."""

MOST_COMMENT_BYTES: Final = 1_000_000
"""Before the first frame of a GIF: Pillow copies the comment for each 255 bytes that are added to it."""

MOST_RUN_PIXELS: Final = 4_000_000
MOST_RUN_BYTES: Final = 4_000_000
"""Of a BMP in run-length encoding, which Pillow decodes in Python, byte by byte."""

MOST_READS: Final = 200_000
MOST_TIMES_READ: Final = 8
"""Calls and multiples of a file's length that one decoding may read: a TIFF reader looks at a directory three times and
at the pixels once."""
_SPARE_BYTES: Final = 1_000_000
"""On top of the multiples, for the smallest files, which are read in blocks."""

MOST_DIRECTORIES: Final = 8
"""What looks like the begin of one, in an AVIF; there is one."""

_PNG_PIXELS: Final = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_MARKER: Final = re.compile(rb"\xff+[^\x00\xff]")
_SCAN_END: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xDA)})  # TEM, RST, SOI, EOI: without a length
_SOS, _EOI, _APP1 = 0xDA, 0xD9, 0xE1
_TIFF: Final = re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+")
_TIFF_JPEG: Final = frozenset({6, 7})
_FIELD_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""By type (TIFF 6.0, section 2; 13 is IFD, 16 LONG8 of BigTIFF)."""


class Metered(io.BytesIO):
    """A file in memory that may be read only so often."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._reads_left = MOST_READS
        self._bytes_left = MOST_TIMES_READ * len(data) + _SPARE_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file.

        Raises:
            ImageUnreadableError: It was read more often than any picture needs.
        """
        data = super().read(size)
        self._reads_left -= 1
        self._bytes_left -= len(data)
        if self._reads_left < 0 or self._bytes_left < 0:
            raise _unusual("It holds the same data over and over.")
        return data


def check(name: str, data: bytes) -> None:
    """Refuses a file whose decoding would take far longer than its size tells.

    Args:
        name: The format, as `containers` names it.
        data: The whole file.

    Raises:
        ImageTooLargeError: More scans, segments or comments than pictures have.
        ImageUnreadableError: Metadata that repeat themselves.
    """
    if name == "JPEG":
        _check_jpeg(data)
        _check_exif(b"".join(_exif_of_jpeg(data)))
    elif name == "PNG":
        _check_png(data)
    elif name == "BMP":
        _check_bmp(data)
    elif name == "AVIF":  # whose plugin reads the directory while it opens
        found = [match.start() for match in itertools.islice(_TIFF.finditer(data), MOST_DIRECTORIES + 1)]
        if len(found) > MOST_DIRECTORIES or _is_scattered(data):
            raise _unusual("It keeps its parts in pieces.")
        for start in found:
            _check_exif(data[start:])


def check_tiff(tags: Mapping[int, Any], data: bytes) -> None:
    """The same for JPEG inside a TIFF, whose parts are known once its directory was read.

    Args:
        tags: By number.
        data: The whole file.

    Raises:
        ImageTooLargeError: More scans than pictures have.
        ImageUnreadableError: Parts that overlap.
    """
    if tags.get(259) not in _TIFF_JPEG:
        return
    starts, lengths = (tags.get(strips) or tags.get(tiles) or () for strips, tiles in ((273, 324), (279, 325)))
    if len(starts) != len(lengths) or sum(lengths) > len(data):
        raise _unusual("Its strips overlap.")
    for start, length in zip(starts, lengths, strict=True):
        _check_jpeg(data[start : start + length])


def overlapping(exif: bytes) -> bool:
    """Whether the entries of an EXIF directory share their values, so that reading them would multiply the file.

    Args:
        exif: The block, with or without its prefix (EXIF 2.32, section 4.7.2).
    """
    while exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return False
    try:
        large = struct.unpack_from(f"{order}H", exif, 2)[0] == 43
        (at,) = struct.unpack_from(f"{order}{'Q' if large else 'L'}", exif, 8 if large else 4)
        entry = struct.Struct(f"{order}HHQQ" if large else f"{order}HHLL")
        (count,) = struct.unpack_from(f"{order}{'Q' if large else 'H'}", exif, at)
        at += 8 if large else 2
        total = 0
        for place in range(at, at + min(count, MOST_READS) * entry.size, entry.size):
            _, kind, number, offset = entry.unpack_from(exif, place)
            size = number * _FIELD_BYTES.get(kind, 0)
            if size > (8 if large else 4):
                if offset + size > len(exif):  # where Pillow stops reading
                    break
                total += size
        return count > MOST_READS or total > MOST_TIMES_READ * len(exif)
    except (struct.error, OverflowError):  # cut off: Pillow stops there as well
        return False


def _check_exif(exif: bytes) -> None:
    if overlapping(exif):
        raise _unusual("Its metadata repeat themselves.")


def _check_jpeg(data: bytes) -> None:
    """Counts markers the way libjpeg meets them (ITU-T T.81, annex B)."""
    scans = 0
    for segments, (marker, _, _) in enumerate(_segments(data), 1):
        scans += marker == _SOS
        if scans > MOST_SCANS or segments > MOST_SEGMENTS:
            raise _too_much("JPEG")


def _exif_of_jpeg(data: bytes) -> Iterator[bytes]:
    """As Pillow puts it together."""
    for marker, start, end in _segments(data):
        if marker == _SOS:
            return
        if marker == _APP1 and data[start : start + 6] == b"Exif\0\0":
            yield data[start + 6 : end]


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of the payload of each segment, up to the end of the picture."""
    at, scanned = 0, False
    while (found := (_SCAN_END if scanned else _MARKER).search(data, at)) is not None:
        marker, at = data[found.end() - 1], found.end()
        if marker == _EOI and scanned:  # Pillow reads on where nothing was drawn yet
            return
        if marker in _ALONE:
            continue
        length = max(2, int.from_bytes(data[at : at + 2], "big"))
        yield marker, at + 2, at + length
        at += length
        scanned = scanned or marker == _SOS


def _check_png(data: bytes) -> None:
    """Counts chunks (W3C PNG, section 5.3)."""
    at, pixels, others = 8, 0, 0
    while at + 8 <= len(data):
        if data[at + 4 : at + 8] in _PNG_PIXELS:
            pixels += 1
        else:
            others += 1
        if pixels > MOST_PIXEL_CHUNKS or others > MOST_SEGMENTS:
            raise _too_much("PNG")
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def _check_bmp(data: bytes) -> None:
    if len(data) < 34 or int.from_bytes(data[14:18], "little") < 40 or data[30] not in (1, 2):
        return
    width, height = (int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 22))
    if abs(width * height) > MOST_RUN_PIXELS or len(data) > MOST_RUN_BYTES:
        raise ImageTooLargeError(
            f"A BMP in run-length encoding may have {MOST_RUN_PIXELS / 1e6:g} megapixels and "
            f"{MOST_RUN_BYTES / 1e6:g} MB. Save the picture as PNG and try again."
        )


def _is_scattered(data: bytes) -> bool:
    """Whether an item of an ISO base media file lies in several pieces."""
    tables = (
        data[begin:end]
        for kind, start, stop in _boxes(data, 0, len(data))
        if kind == b"meta"
        for inner, begin, end in _boxes(data, start + 4, stop)
        if inner == b"iloc"
    )
    return any(map(_lists_pieces, tables))


def _lists_pieces(table: bytes) -> bool:
    """Whether a list of places has more than one for an item, or is cut off (ISO/IEC 14496-12, 8.11.3, `iloc`)."""
    if len(table) < 8:
        return True
    version = table[0]
    offset_size, length_size, base_size, index_size = table[4] >> 4, table[4] & 15, table[5] >> 4, table[5] & 15
    wide = 4 if version == 2 else 2
    count, at = int.from_bytes(table[6 : 6 + wide], "big"), 6 + wide
    for _ in range(count):
        at += wide + (2 if version else 0) + 2 + base_size
        pieces = int.from_bytes(table[at : at + 2], "big")
        if pieces > 1 or at > len(table):
            return True
        at += 2 + pieces * (offset_size + length_size + (index_size if version else 0))
    return False


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the content of each box (ISO/IEC 14496-12, 4.2)."""
    while at + 8 <= end:
        size, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = min(end, at + size) if size else end
        if stop < at + head:
            return
        yield kind, at + head, stop
        at = stop


def _too_much(name: str) -> ImageTooLargeError:
    return ImageTooLargeError(
        f"The {name} has far more parts than pictures have, and would take minutes to decode. "
        "Save the picture anew and try again."
    )


def _unusual(reason: str) -> ImageUnreadableError:
    return ImageUnreadableError(f"The file is put together as no picture is. {reason} Save it anew and try again.")
