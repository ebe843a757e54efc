"""File formats: which one some bytes are in, and the one plugin that may read it.

The plugins of Pillow and pillow-heif are called directly, each only for its own signature, instead of through
`Image.open`: no other decoder of Pillow (EPS, PSD, FITS...) can be reached by any bytes; nothing global is registered
or switched; and Pillow's process-wide limit, which prints a warning and cannot be set per call, does not stand beside
the limits of `Settings`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from facestyle.errors import (
    FacestyleError,
    ImageEmptyError,
    ImageTooLargeError,
    ImageTruncatedError,
    ImageUnreadableError,
)
from facestyle.images import costly
from facestyle.settings import Settings

FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP, TIFF or PGM/PPM"
"""The accepted formats, as messages and captions name them."""

# ISO/IEC 23008-12 (HEIF) and the AVIF specification: the brands in the `ftyp` box tell which codec is inside.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_NEUTRAL_BRANDS = frozenset({b"mif1", b"msf1"})

# How Pillow's plugins word that a file is whole but of a kind they do not read; the last is about PNG metadata.
_UNSUPPORTED = (
    "unsupported",
    "not supported",
    "not yet supported",
    "cannot handle",
    "unknown pixel mode",
    "decompressed data too large",
)

MOST_SIDE = 65_535
"""Pixels; a JPEG can have no more. Rows of millions of pixels cost decoders many times their area."""

_TILE_SIDES = (322, 323)  # TIFF 6.0, section 15

_DECODER_MEMORY = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def _brands(head: bytes) -> tuple[bytes, frozenset[bytes]]:
    """Major and compatible brands of an ISO base media file; empty for anything else."""
    if head[4:8] != b"ftyp":
        return b"", frozenset()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return head[8:12], frozenset(head[i : i + 4] for i in range(16, end - 3, 4))


def _is_avif(head: bytes) -> bool:
    major, compatible = _brands(head)
    return major in _AVIF_BRANDS or (major in _NEUTRAL_BRANDS and bool(compatible & _AVIF_BRANDS))


def _is_heif(head: bytes) -> bool:
    major, _ = _brands(head)
    return major in _HEVC_BRANDS or (major in _NEUTRAL_BRANDS and not _is_avif(head))


@dataclass(frozen=True, slots=True)
class _Container:
    name: str
    accepts: Callable[[bytes], bool]
    plugin: Callable[[io.BytesIO], Image.Image]


def _is_pnm(head: bytes) -> bool:
    return head[:2] in {b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf"} and head[2:3].isspace()


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


_CONTAINERS: tuple[_Container, ...] = (
    _Container("JPEG", _starts(b"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    _Container("PNG", _starts(b"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    _Container("WebP", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WebPImagePlugin.WebPImageFile),
    _Container("GIF", _starts(b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    _Container("AVIF", _is_avif, AvifImagePlugin.AvifImageFile),
    _Container("HEIC", _is_heif, pillow_heif.HeifImageFile),
    _Container("TIFF", _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), TiffImagePlugin.TiffImageFile),
    _Container("BMP", _starts(b"BM"), BmpImagePlugin.BmpImageFile),
    _Container("PGM/PPM", _is_pnm, PpmImagePlugin.PpmImageFile),
)


def megapixels(size: tuple[int, int]) -> str:
    """`144.0 megapixels (12000 x 12000)`, rounded up, so that it never reads like the limit it exceeds."""
    return f"{math.ceil(size[0] * size[1] / 1e5) / 10} megapixels ({size[0]} × {size[1]})"


def check_size(size: tuple[int, int], settings: Settings) -> None:
    """Refuses pictures without pixels, above the cap, or with an endless side.

    Args:
        size: Width and height in pixels.
        settings: Carries the cap.

    Raises:
        ImageEmptyError: A side is zero.
        ImageTooLargeError: More pixels than `max_image_pixels`, or a side above `MOST_SIDE`.
    """
    if min(size) < 1:
        raise ImageEmptyError(f"The picture has no pixels ({size[0]} × {size[1]}). Choose another picture.")
    if size[0] * size[1] > settings.max_image_pixels:
        raise ImageTooLargeError(
            f"The picture has {megapixels(size)}; at most {settings.max_image_pixels / 1e6:g} are accepted. "
            "Scale it down and try again."
        )
    if max(size) > MOST_SIDE:
        raise ImageTooLargeError(
            f"The picture has {size[0]} × {size[1]} pixels; a side may have {MOST_SIDE:,}. Cut it and try again."
        )


@contextmanager
def errors_named(name: str) -> Generator[None]:
    """The door to a decoder: what it raises on a file of that format becomes a refusal.

    Raises:
        ImageError: As `open_container` says.
    """
    try:
        yield
    except FacestyleError:
        raise
    except _DECODER_MEMORY as error:
        raise ImageTooLargeError(
            f"The {name} is too large to be decoded. Scale the picture down and try again."
        ) from error
    except Exception as error:  # on damaged files plugins raise SyntaxError, KeyError, struct.error, and more
        raise _damaged(name, error) from error


def open_container(data: bytes, settings: Settings) -> tuple[Image.Image, str]:
    """Opens a picture file: its header is read and checked against the caps, its pixels are not decoded yet.

    Args:
        data: The whole file.
        settings: Carries the caps.

    Returns:
        The picture, not loaded, and the name of its format.

    Raises:
        ImageEmptyError: No bytes.
        ImageTooLargeError: The header announces more pixels than the cap, or decoding would take too long.
        ImageTruncatedError: Signature of a known format, but the header is incomplete or damaged.
        ImageUnreadableError: Not a picture in one of `FORMATS`, or an unusual variant of one.
    """
    if not data:
        raise ImageEmptyError("The file is empty (0 bytes). Choose another picture.")
    head = data[:512]
    container = next((c for c in _CONTAINERS if c.accepts(head)), None)
    if container is None:
        raise _unknown(data)
    if container.name == "GIF" and min(size := _gif_size(data)) > 0:
        check_size(size, settings)
    costly.check(container.name, data)
    with errors_named(container.name):
        image = container.plugin(costly.Metered(data))
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            width, height = (image.tag_v2.get(tag) or 1 for tag in _TILE_SIDES)
            check_size((width, height), settings)
            costly.check_tiff(image.tag_v2, data)
    check_size(image.size, settings)
    return image, container.name


def load(image: Image.Image, name: str) -> None:
    """Decodes the pixels of an opened picture, in place.

    Args:
        image: As `open_container` returned it, or any Pillow picture.
        name: Format, for the message.

    Raises:
        ImageTooLargeError: Decoding needs more memory than there is.
        ImageTruncatedError: The pixels end too early or are damaged.
        ImageUnreadableError: A variant of the format that is not supported.
    """
    with errors_named(name):
        image.load()


def _gif_size(data: bytes) -> tuple[int, int]:
    """Width and height of the first frame, or of the screen where that is larger (GIF89a, sections 18 and 20).

    Read here because Pillow's plugin allocates, and warns, while it opens; damaged files are left for it to refuse.
    """
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    flags = data[10] if len(data) > 10 else 0
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    begin = position
    while data[position : position + 1] == b"!":  # extensions: label, then sub-blocks up to an empty one
        position += 2
        while position < len(data) and data[position]:
            position += 1 + data[position]
            if position - begin > costly.MOST_COMMENT_BYTES:
                raise ImageTooLargeError("The GIF begins with a comment of over 1 MB. Save it anew and try again.")
        position += 1
    if data[position : position + 1] == b",":
        left, top, wide, high = (
            int.from_bytes(data[i : i + 2], "little") for i in range(position + 1, position + 9, 2)
        )
        width, height = max(width, left + wide), max(height, top + high)
    return width, height


def _unknown(data: bytes) -> ImageUnreadableError:
    text = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<") and b"<svg" in text:
        return ImageUnreadableError(
            "This is an SVG drawing, which holds shapes instead of pixels. Export it as PNG and choose that file."
        )
    return ImageUnreadableError(f"The file is not a picture in a supported format. Choose a {FORMATS} file.")


def _damaged(name: str, error: Exception) -> ImageTruncatedError | ImageUnreadableError:
    reason = str(error).lower()
    if "closed image" in reason or "closed file" in reason:
        return ImageUnreadableError("The Pillow picture was closed before its pixels were read. Open it again.")
    if isinstance(error, NotImplementedError) or any(words in reason for words in _UNSUPPORTED):
        return ImageUnreadableError(
            f"This kind of {name} file is not supported. Save the picture as an ordinary PNG or JPEG and try again."
        )
    return ImageTruncatedError(
        f"The {name} file ends too early or is damaged inside. Copy or download it again, or choose another picture."
    )
