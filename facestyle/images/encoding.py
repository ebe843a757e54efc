"""Arrays -> picture files without metadata, and scaling."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from facestyle import files
from facestyle.errors import InvalidRequestError, shown
from facestyle.images import pixels
from facestyle.images.deep import encode_png16

Format: TypeAlias = Literal["png", "jpeg", "webp"]

_SUFFIXES: dict[str, Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_LONGEST_SIDE: dict[Format, int] = {"png": 2**31 - 1, "jpeg": 65500, "webp": 16383}  # of libpng, libjpeg, libwebp


def encode(
    image: NDArray[np.uint8] | NDArray[np.uint16],
    format: Format = "png",
    *,
    quality: int = 95,
    text: Mapping[str, str] | None = None,
) -> bytes:
    """Writes a picture file into memory: no EXIF, no profile, no text but `text`, whatever the picture came from.

    Args:
        image: sRGB, uint8 of shape (H, W, 3) or (H, W, 4); or uint16, which PNG keeps and nothing else can.
        format: PNG is exact; JPEG is 4:4:4 (full colour resolution) and lays transparency on white; WebP is lossy.
        quality: 1 to 100, for JPEG and WebP.
        text: Keywords and Latin-1 texts for a PNG of 8 bits (PNG specification, chunk tEXt); left out of all others.

    Returns:
        The file.

    Raises:
        InvalidRequestError: Another shape or type, unknown format, quality out of range, or a side longer than the
            format can hold.
    """
    if format not in get_args(Format):
        raise InvalidRequestError(f"Pictures cannot be written as {shown(format)}. Choose png, jpeg or webp.")
    if image.dtype == np.uint16:
        if format != "png":
            raise InvalidRequestError(f"A {format} file cannot hold 16 bits. Write it as png, or choose 8 bits.")
        return encode_png16(cast("NDArray[np.uint16]", image))
    _check(image)
    if not 1 <= quality <= 100:
        raise InvalidRequestError(f"The quality must be 1 to 100, not {quality}.")
    if max(image.shape[:2]) > _LONGEST_SIDE[format]:
        raise InvalidRequestError(
            f"A {format} file cannot be longer than {_LONGEST_SIDE[format]} pixels, and this picture has "
            f"{max(image.shape[:2])}. Write it as png or scale it down."
        )
    picture = Image.fromarray(image)
    options: dict[str, Any] = {}
    if format == "jpeg":
        picture = pixels.on_white(picture)
        options = {"quality": quality, "subsampling": "4:4:4"}
    elif format == "webp":
        options = {"quality": quality}
    elif text:
        chunks = PngImagePlugin.PngInfo()
        for keyword, line in text.items():
            chunks.add_text(keyword, line)
        options = {"pnginfo": chunks}
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def save(
    image: NDArray[np.uint8] | NDArray[np.uint16],
    path: str | os.PathLike[str],
    *,
    text: Mapping[str, str] | None = None,
) -> None:
    """Writes a picture file; the suffix of its name (.png, .jpg, .jpeg, .webp) says the format.

    The file appears whole or not at all: it is written under a temporary name beside the target and then renamed. An
    existing file is replaced.

    Args:
        image: As for `encode`.
        path: Where to.
        text: As for `encode`.

    Raises:
        InvalidRequestError: Unknown suffix, a folder that is missing or cannot be written to, or as for `encode`.
    """
    target = Path(path)
    data = encode(image, _format_of(target), text=text)
    try:
        if not target.parent.is_dir():
            raise InvalidRequestError(f"The folder {shown(target.parent)} does not exist. Create it or choose another.")
        with files.replacing(target) as file:
            file.write(data)
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidRequestError(
            f"{shown(target)} could not be written ({reason}). Choose another folder or name."
        ) from error


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuses at once what `save` would refuse after hours of work; writes nothing.

    Raises:
        InvalidRequestError: Unknown suffix, or a folder that is missing or cannot be written to.
    """
    target = Path(path)
    _format_of(target)
    if not target.parent.is_dir():
        raise InvalidRequestError(f"The folder {shown(target.parent)} does not exist. Create it or choose another.")
    if not os.access(target.parent, os.W_OK) or target.is_dir():
        raise InvalidRequestError(f"{shown(target)} cannot be written. Choose another folder or name.")


def _format_of(target: Path) -> Format:
    format = _SUFFIXES.get(target.suffix.lower())
    if format is None:
        raise InvalidRequestError(
            f"The name {shown(target.name)} does not say which format to write. End it with .png, .jpg or .webp."
        )
    return format


def resize_longer_side(image: NDArray[np.uint8], size: int, *, enlarge: bool = True) -> NDArray[np.uint8]:
    """Scales a picture so that its longer side has `size` pixels, with its aspect ratio (Lanczos, a = 3).

    Transparent pixels do not bleed: alpha is premultiplied while scaling.

    Args:
        image: Shape (H, W, 3) or (H, W, 4).
        size: Pixels, 1 or more.
        enlarge: Whether a smaller picture is scaled up; if not, it comes back as it is.

    Returns:
        A new array with as many channels; each side has at least 1 pixel.

    Raises:
        InvalidRequestError: Another shape or type, or a size below 1.
    """
    _check(image)
    if size < 1:
        raise InvalidRequestError(f"A picture cannot be scaled to {size} pixels. Choose a size of 1 or more.")
    height, width = image.shape[:2]
    longer = max(height, width)
    if longer == size or (longer < size and not enlarge):
        return image.copy()
    scaled = (max(1, int(width * size / longer + 0.5)), max(1, int(height * size / longer + 0.5)))
    # Pillow itself premultiplies RGBA around a resize.
    return np.array(Image.fromarray(image).resize(scaled, Image.Resampling.LANCZOS))


def _check(image: NDArray[np.generic]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4) or image.size == 0:
        raise InvalidRequestError(
            f"A picture must be a uint8 array of shape (height, width, 3 or 4), not {image.dtype} of {image.shape}."
        )
