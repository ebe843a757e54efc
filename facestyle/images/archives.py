"""Zip archives from strangers: opened without trusting what they say of themselves, read a bounded piece at a time.

What such a file can try (Fifield 2019, "A better zip bomb", among others) and what stands against it: a directory of
millions of entries is refused by its size before it is parsed; an entry is unpacked into memory and no further than its
cap, whatever size it claims; overlapping entries are paid for each time they are read, by the album's cap; only the
two methods of compression are opened whose unpacking can be stopped at any byte; names are never used as paths.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from facestyle.errors import (
    AlbumTooLargeError,
    ArchiveDamagedError,
    ArchiveEncryptedError,
    ImageTooLargeError,
    ImageUnreadableError,
    refused,
)

MAX_DIRECTORY_BYTES = 8_000_000
"""Of a zip's list of entries: enough for 60,000 of them; zipfile takes about 1 kB of memory for each."""

MAX_RATIO = 1000
"""Times an entry may unpack beyond its packed size, if to more than _SMALL: deflate reaches 1032 with nothing but
repetition, and drawn pictures a few hundred."""
_SMALL = 1_000_000

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END, _LOCATOR, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_SIZE, _LOCATOR_SIZE, _END64_SIZE, _LONGEST_COMMENT = 22, 20, 56, 65_535
_IN_ZIP64 = 0xFFFFFFFF
_ENCRYPTED = 0x1 | 0x40
"""General purpose bits 0 and 6 (APPNOTE.TXT 6.3.10, section 4.4.4)."""


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does. A picture with a zip behind it is a picture."""
    try:
        if not path.is_file():  # a pipe could wait for ever
            return False
        with path.open("rb") as file:
            return file.read(4) in _SIGNATURES
    except OSError:
        return False


def open_zip(path: Path, max_bytes: int) -> zipfile.ZipFile:
    """Opens an archive; nothing is unpacked yet.

    Args:
        path: The file.
        max_bytes: Its largest accepted size.

    Raises:
        AlbumTooLargeError: The file or its directory is too large.
        ArchiveEncryptedError: An entry needs a password.
        ArchiveDamagedError: Not a whole zip.
    """
    with refused(ArchiveDamagedError("The zip is damaged or was cut off on its way. Make it anew and try again.")):
        size = path.stat().st_size
        if size > max_bytes:
            raise AlbumTooLargeError(
                f"The zip has {size / 1e6:,.0f} MB; at most {max_bytes / 1e6:,g} MB are accepted. Divide it."
            )
        if _directory_bytes(path, size) > MAX_DIRECTORY_BYTES:
            raise AlbumTooLargeError("The zip lists far more files than an album may have. Divide it.")
        archive = zipfile.ZipFile(path)
    if any(info.flag_bits & _ENCRYPTED for info in archive.infolist()):
        archive.close()
        raise ArchiveEncryptedError("The zip is protected by a password. Make one without a password and try again.")
    return archive


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """Unpacks one entry into memory, up to `limit` bytes.

    Raises:
        ImageTooLargeError: It has more, or unpacks suspiciously far.
        ImageUnreadableError: It is an archive itself.
        ArchiveDamagedError: It can't be unpacked.
    """
    if info.compress_type not in _METHODS:
        raise ArchiveDamagedError("It is packed by an unusual method. Make the zip anew with the usual one (deflate).")
    if info.file_size > max(_SMALL, MAX_RATIO * info.compress_size):
        raise ImageTooLargeError("It unpacks to a thousand times its size, as no picture does. Leave it out.")
    damaged = ArchiveDamagedError("Its part of the zip is damaged. Make the zip anew and try again.")
    with refused(damaged), archive.open(info) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ImageTooLargeError(
            f"It has more than the {limit / 1e6:g} MB accepted for a picture. Save it smaller and try again."
        )
    if data.startswith(_SIGNATURES):
        raise ImageUnreadableError("A zip inside a zip is not opened. Add it on its own.")
    return data


def _directory_bytes(path: Path, size: int) -> int:
    """How large the archive says that its directory is (APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16).

    `zipfile` reads as much before it looks at any of it. Where records contradict each other the largest counts, so
    that the bound holds for whichever `zipfile` goes by.
    """
    with path.open("rb") as file:
        file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
        start = file.tell()
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_SIZE:
            raise zipfile.BadZipFile("no end record")
        (short,) = struct.unpack_from("<L", tail, at + 12)
        sizes = [int(short)] if short != _IN_ZIP64 else []
        locator = tail[max(0, at - _LOCATOR_SIZE) : at]
        if locator.startswith(_LOCATOR):
            for place in (start + at - _LOCATOR_SIZE - _END64_SIZE, struct.unpack_from("<Q", locator, 8)[0]):
                file.seek(max(0, min(place, size)))
                record = file.read(_END64_SIZE)
                if record.startswith(_END64) and len(record) == _END64_SIZE:
                    sizes.append(int(struct.unpack_from("<Q", record, 40)[0]))
        if not sizes:
            raise zipfile.BadZipFile("no size of the directory")
        return max(sizes)
