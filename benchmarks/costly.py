"""Small pictures that ask for much, and honest ones as large as the app takes: what decoding each costs.

Each file is decoded in a process of its own, whose seconds and memory above an idle one are measured. Hostile files
may be refused by name or decoded; either way within the bounds, else the exit status is 1.

    python benchmarks/costly.py [--only NAME ...] [--seconds 10] [--megabytes 1000]

Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import struct
import sys
import time
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pillow_heif
from PIL import Image

from benchmarks.abuse import png_chunk
from benchmarks.process import resident

# --- parts ----------------------------------------------------------------------------------------------------------


def png(size: tuple[int, int], *before: bytes, pixels: bytes | None = None, bits: int = 8) -> bytes:
    """Grey; without pixels one that ends at once."""
    head = png_chunk(b"IHDR", struct.pack(">LLBBBBB", *size, bits, 0, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(pixels if pixels is not None else b"", 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + body + png_chunk(b"IEND", b"")


def segment(marker: int, data: bytes) -> bytes:
    """Of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def shared_directory(entries: int, size: int) -> bytes:
    """EXIF whose entries all have the same value, of that many bytes."""
    at = 8 + 2 + 12 * entries + 4
    made = b"".join(struct.pack("<HHLL", 0x8000 + i % 0x7FFF, 7, size, at) for i in range(entries))
    return b"II*\0" + struct.pack("<LH", 8, entries) + made + bytes(4 + size)


def saved(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:  # noqa: ANN401
    """A drawn picture of that size, by Pillow's or pillow-heif's writer."""
    tile = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8))
    soft = kind not in {"PNG", "GIF"}  # which would write it larger than the app takes
    picture = tile.resize(size, Image.Resampling.BICUBIC if soft else Image.Resampling.NEAREST)
    picture = picture.convert(mode, dither=Image.Dither.NONE)
    file = io.BytesIO()
    if kind == "HEIF":
        made = pillow_heif.HeifFile()
        made.add_from_pillow(picture)
        made.save(file, quality=60)
    else:
        picture.save(file, kind, **options)
    return file.getvalue()


@cache
def progressive(side: int = 7000) -> bytes:
    """Grey and even, so that a scan takes no bytes to speak of."""
    file = io.BytesIO()
    Image.new("L", (side, side), 128).save(file, "JPEG", progressive=True)
    return file.getvalue()


def rescanned(scans: int, side: int = 7000) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = progressive(side)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * (scans - data.count(b"\xff\xda")) + data[-2:]


def tiff(tags: dict[int, tuple[int, tuple[int, ...]]], body: bytes = b"") -> bytes:
    """Little-endian, one directory; `body` lies at byte 8."""
    at = 8 + len(body)
    values = at + 2 + 12 * len(tags) + 4
    made, beyond = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'L'}", *numbers)
        if len(packed) > 4:
            made += struct.pack("<HHLL", tag, kind, len(numbers), values + len(beyond))
            beyond += packed
        else:
            made += struct.pack("<HHL", tag, kind, len(numbers)) + packed.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<L", at) + body + struct.pack("<H", len(tags)) + made + bytes(4) + beyond


def grey_tiff(size: tuple[int, int], compression: int, body: bytes, strips: int = 1, **tile: int) -> bytes:
    """A grey TIFF; all strips are the same bytes."""
    tags = {256: size[0], 257: size[1], 258: 8, 259: compression, 262: 1, 277: 1}
    made = {tag: (4, (value,)) for tag, value in tags.items()}
    if tile:
        made |= {322: (4, (tile["width"],)), 323: (4, (tile["height"],)), 324: (4, (8,)), 325: (4, (len(body),))}
    else:
        made |= {278: (4, (-(-size[1] // strips),)), 273: (4, (8,) * strips), 279: (4, (len(body),) * strips)}
    return tiff(made, body)


def run_bmp(side: int) -> bytes:
    """Run-length encoded: each row has one pixel and ends, for the decoder to fill it."""
    body = b"\1\1\0\0" * side + b"\0\1"
    head = struct.pack("<LllHHLLllLL", 40, side, side, 1, 8, 1, len(body), 0, 0, 256, 0)
    palette = b"".join(bytes((i, 255 - i, i // 2, 0)) for i in range(256))
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<LHHL", start + len(body), 0, 0, start) + head + palette + body


def gif(*blocks: bytes) -> bytes:
    """Those blocks, then one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return head + b"".join(blocks) + frame + b";"


def scattered(data: bytes) -> bytes:
    """An AVIF or HEIC whose first item is said to lie in two pieces."""
    at = data.index(b"iloc") + 4
    version, sizes = data[at], (data[at + 4] >> 4) + (data[at + 4] & 15)
    first = at + 6 + 2 + 2 + (2 if version else 0) + 2 + (data[at + 5] >> 4)
    changed = bytearray(data)
    changed[first : first + 2] = b"\0\2"
    assert sizes
    return bytes(changed)


# --- files ----------------------------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[], bytes]] = {
    "JPEG, 8,000 scans": lambda: rescanned(8000),
    "JPEG, 51 scans": lambda: rescanned(51),
    "JPEG, 19,000 segments": lambda: progressive()[:2] + segment(0xFE, b"x" * 1000) * 19_000 + progressive()[2:],
    "JPEG, EXIF of 4,000 shared values": lambda: (
        progressive()[:2] + segment(0xE1, b"Exif\0\0" + shared_directory(4000, 15_000)) + progressive()[2:]
    ),
    "JPEG in TIFF, 8,000 scans": lambda: grey_tiff((7000, 7000), 7, rescanned(8000)),
    "JPEG in TIFF, 1,000 strips of one": lambda: grey_tiff((7000, 7000), 7, rescanned(40), strips=1000),
    "PNG, 1 x 49,999,999": lambda: png((1, 49_999_999)),
    "PNG, 19,000 profiles": lambda: png(
        (8, 8), png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1_000_000), 9)) * 19_000, pixels=bytes(72)
    ),
    "PNG, a million empty pieces of pixels": lambda: png((8, 8), png_chunk(b"IDAT", b"") * 1_000_000, pixels=bytes(72)),
    "GIF, a comment of 18 MB": lambda: gif(b"!\xfe" + (b"\xff" + b"x" * 255) * 70_000 + b"\0"),
    "BMP, 49 megapixels of runs": lambda: run_bmp(7000),
    "TIFF, a tile of 1,600 megapixels": lambda: grey_tiff((64, 64), 5, b"x" * 64, width=40_000, height=40_000),
    "TIFF, 60,000 entries of one value": lambda: shared_directory(60_000, 1_000_000),
    "AVIF, EXIF of 4,000 shared values": lambda: saved("AVIF", exif=shared_directory(4000, 30_000)),
    "AVIF in pieces": lambda: scattered(saved("AVIF")),
}
"""Hostile files that no decoder may see."""

BOUNDED: dict[str, Callable[[], bytes]] = {
    "JPEG, 50 scans": lambda: rescanned(50),
    "JPEG, 18 MB of EXIF in 290 segments": lambda: (
        progressive()[:2] + segment(0xE1, b"Exif\0\0" + b"x" * 65_000) * 290 + progressive()[2:]
    ),
    "PNG, 990 profiles": lambda: png(
        (8, 8), png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1_000_000), 9)) * 990, pixels=bytes(72)
    ),
    "PNG, 60 texts of 1 MB": lambda: png(
        (8, 8), png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1_000_000), 9)) * 60, pixels=bytes(72)
    ),
    "PNG, EXIF of 60,000 shared values": lambda: png(
        (8, 8), png_chunk(b"eXIf", shared_directory(60_000, 1_000_000)), pixels=bytes(72)
    ),
    "PNG, 49 megapixels of nothing": lambda: png((7000, 7000), pixels=bytes(7000 * 7001)),
    "PNG, 49 megapixels of 16 bits": lambda: png((7000, 7000), pixels=bytes(7000 * 14_001), bits=16),
    "WebP, EXIF of 4,000 shared values": lambda: saved("WEBP", exif=shared_directory(4000, 30_000)),
    "HEIC in pieces": lambda: scattered(saved("HEIF")),
    "GIF, a comment of 0.9 MB": lambda: gif(b"!\xfe" + (b"\xff" + b"x" * 255) * 3_500 + b"\0"),
    "GIF, 500,000 frames": lambda: gif()[:-1] + gif()[19:-1] * 500_000 + b";",
    "BMP, 4 megapixels of runs": lambda: run_bmp(1999),
    "PBM, 9 megapixels of digits": lambda: b"P1 3000 3000\n" + b"1" * 9_000_000,
    "WebP, 300 frames": lambda: saved(
        "WEBP", save_all=True, append_images=[Image.new("RGB", (64, 48), (i % 256, 0, 0)) for i in range(300)]
    ),
    "AVIF, 300 frames": lambda: saved(
        "AVIF", save_all=True, append_images=[Image.new("RGB", (64, 48), (i % 256, 0, 0)) for i in range(300)]
    ),
}
"""Hostile files that are decoded or refused, within the bounds."""

HONEST: dict[str, Callable[[], bytes]] = {
    f"{name}, 49 megapixels": lambda kind=kind, options=options: saved(kind, (8160, 6000), **options)
    for name, kind, options in (
        ("JPEG", "JPEG", {"quality": 85}),
        ("progressive JPEG", "JPEG", {"quality": 85, "progressive": True}),
        ("PNG", "PNG", {"compress_level": 1}),
        ("WebP", "WEBP", {"quality": 60, "method": 0}),
        ("GIF", "GIF", {"mode": "P"}),
        ("TIFF", "TIFF", {"compression": "jpeg"}),
        ("HEIC", "HEIF", {}),
        ("AVIF", "AVIF", {"quality": 50, "speed": 10}),
    )
}
"""As large as the app takes; what they cost is what the hostile ones are held against."""


# --- measuring --------------------------------------------------------------------------------------------------------


def _peak() -> float:
    try:
        # Not `ru_maxrss`, which a process on Linux has from the one that started it.
        return resident("VmHWM") / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def _decode(data: bytes | None, answer: Any) -> None:  # noqa: ANN401 - a connection
    from facestyle.errors import FacestyleError
    from facestyle.images import decode

    decode(saved("PNG"))  # so that what is loaded once does not count
    before, start = _peak(), time.perf_counter()
    try:
        outcome = "idle" if data is None else "{1} × {0}".format(*decode(data).shape)
    except FacestyleError as error:
        outcome = error.code
    except Exception as error:
        outcome = f"FAULT {type(error).__name__}"
    answer.send((outcome, time.perf_counter() - start, _peak() - before))


def measure(data: bytes, seconds: float = 60.0) -> tuple[str, float, float]:
    """Outcome, seconds, and MB that decoding takes beyond what the file itself does."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_decode, args=(data, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(seconds + 30) else ("FAULT too slow", seconds, 0.0)
    except EOFError:
        return "FAULT the process died", 0.0, 0.0
    finally:
        process.kill()
        process.join()


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="files whose name holds one of these")
    parser.add_argument("--seconds", type=float, default=10.0, help="bound for one file (10)")
    parser.add_argument("--megabytes", type=float, default=1000.0, help="bound for one file (1000)")
    asked = parser.parse_args()
    print("| file | bytes | outcome | s | MB |\n|---|---|---|---|---|")
    beyond = []
    for name, make in (REFUSED | BOUNDED | HONEST).items():
        if asked.only and not any(part.lower() in name.lower() for part in asked.only):
            continue
        data = make()
        outcome, seconds, megabytes = measure(data, asked.seconds)
        print(f"| {name} | {len(data):,} | {outcome} | {seconds:.1f} | {megabytes:,.0f} |", flush=True)
        if outcome.startswith("FAULT") or seconds > asked.seconds or megabytes > asked.megabytes:
            beyond.append(name)
    for name in beyond:
        print(f"Beyond the bounds: {name}")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
