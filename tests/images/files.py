"""Picture files written by hand, so that what is read is checked against something other than its own library."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

from benchmarks.abuse import png_chunk

LOSSY_TOLERANCE = 12  # grey levels; JPEG, HEIC and AVIF at high quality on a smooth picture


def upright_picture(height: int = 48, width: int = 64) -> np.ndarray:
    """A smooth picture whose corners all differ, so that no turn or flip of it looks like another."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = y / (height - 1), x / (width - 1)
    channels = (20 + 200 * x, 30 + 180 * y, 220 - 120 * x - 80 * y)
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def turned(upright: np.ndarray, orientation: int) -> np.ndarray:
    """What a camera stores: EXIF 2.32 says which side of the scene the stored row 0 and column 0 are."""
    row_zero = ["top", "top", "bottom", "bottom", "left", "right", "right", "left"][orientation - 1]
    column_zero = ["left", "right", "right", "left", "top", "top", "bottom", "bottom"][orientation - 1]
    stored = upright.swapaxes(0, 1) if row_zero in ("left", "right") else upright
    if row_zero in ("bottom", "right"):
        stored = stored[::-1]
    if column_zero in ("bottom", "right"):
        stored = stored[:, ::-1]
    return np.ascontiguousarray(stored)


def exif(orientation: int | None = None, *, gps: bool = False) -> bytes:
    """An EXIF block, as Pillow and pillow-heif take it."""
    block = Image.Exif()
    if orientation is not None:
        block[0x0112] = orientation
    if gps:
        block[0x010F] = "CameraMaker"
        block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return block.tobytes()


def write(image: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    """A file by Pillow's or pillow-heif's writer."""
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    buffer = io.BytesIO()
    if kind == "HEIC":
        heif = pillow_heif.HeifFile()
        for frame in (picture, *options.pop("append_images", [])):
            heif.add_from_pillow(frame)
        heif.save(buffer, format="HEIF", quality=95, chroma=444, **options)
        return buffer.getvalue()
    defaults: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 98, "subsampling": 0},
        "WEBP": {"lossless": True, "exact": True},
        "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    }
    picture.save(buffer, kind, **(defaults.get(kind, {}) | options))
    return buffer.getvalue()


def every_format(image: np.ndarray) -> dict[str, bytes]:
    """The picture in every format that is accepted."""
    kinds = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "HEIC", "AVIF")
    return {kind: write(image, kind) for kind in kinds} | {"TIFF-LZW": write(image, "TIFF", compression="tiff_lzw")}


# --- PNG (ISO/IEC 15948) --------------------------------------------------------------------------------------------


def png(width: int, height: int, depth: int, colour: int, rows: list[bytes], *, extra: bytes = b"") -> bytes:
    """A PNG of packed rows; `extra` are chunks that stand before the pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + header + extra + pixels + png_chunk(b"IEND", b"")


def png_bomb(side: int) -> bytes:
    """A valid square 1-bit PNG: a few kilobytes that unpack to side x side pixels."""
    return png(side, side, 1, 0, [bytes(side // 8)] * side)


# --- TIFF 6.0 -------------------------------------------------------------------------------------------------------


def tiff(width: int, height: int, bits: int, pixels: bytes, *, photometric: int = 1, sample_format: int = 1) -> bytes:
    """A little-endian grey TIFF of one uncompressed strip."""
    entries = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 277: 1, 278: height, 279: len(pixels)}
    entries |= {273: 8 + 2 + 12 * 10 + 4, 339: sample_format}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + struct.pack("<I", 0) + pixels


# --- ICC.1:2010 (version 2 profiles) --------------------------------------------------------------------------------


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def _profile(device: bytes, space: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    offset, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        body = content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, offset + len(data), len(body))
        data += body
    header = struct.pack(">I4xI4s4s4s12x4s28x12s48x", offset + len(data), 0x02400000, device, space, pcs, b"acsp",
                         _fixed(0.9642, 1.0, 0.8249))  # fmt: skip
    return header + struct.pack(">I", len(tags)) + table + data


def _gamma(value: float) -> bytes:
    return b"curv" + struct.pack(">IIH", 0, 1, round(value * 256)) + bytes(2)


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*values)


# Colorants adapted to D50, columns R, G, B, as the profiles of Adobe RGB (1998) and sRGB print them.
ADOBE_RGB = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
ADOBE_GAMMA = 563 / 256


def rgb_profile() -> bytes:
    """A matrix profile with the primaries and the gamma of Adobe RGB (1998)."""
    tags = {b"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    for i, name in enumerate((b"r", b"g", b"b")):
        tags[name + b"XYZ"] = _xyz(*ADOBE_RGB[:, i])
        tags[name + b"TRC"] = _gamma(ADOBE_GAMMA)
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(gamma: float) -> bytes:
    return _profile(b"scnr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"kTRC": _gamma(gamma)})


def cmyk_profile(ink_lightness: int) -> bytes:
    """A printer whose coloured inks all give one neutral grey, L* = 100 ink_lightness / 255; its black is black."""
    lightness = [255] + [0 if node & 1 else ink_lightness for node in range(1, 16)]  # black varies fastest
    nodes = b"".join(bytes([value, 128, 128]) for value in lightness)
    identity = b"".join(struct.pack(">3i", *(65536 * (i == j) for j in range(3))) for i in range(3))
    ramp = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramp * 4 + nodes + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"A2B0": table})


def srgb_encode(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1: linear light 0..1 -> 0..255, not rounded."""
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
