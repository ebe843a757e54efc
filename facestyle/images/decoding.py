"""Anything a person uploads -> an upright sRGB array, or a named error."""

from __future__ import annotations

import math
import os
import stat
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facestyle.errors import ImageEmptyError, ImageNotFoundError, ImageTooLargeError, ImageUnreadableError, shown
from facestyle.images import containers, pixels
from facestyle.settings import Settings

Picture: TypeAlias = str | os.PathLike[str] | bytes | bytearray | Image.Image | NDArray[np.generic]
"""A path, the bytes of a file, a Pillow picture, or an array (see `decode`)."""

# Resampling in floating point overshoots by rounding; a quarter of a grey level is not a mistake of the caller's.
_FLOAT_SLACK = 1e-3


def decode(picture: Picture | None, *, settings: Settings | None = None) -> NDArray[np.uint8]:
    """Reads a picture as upright sRGB; transparent parts are laid on white.

    Files: JPEG, PNG, WebP, HEIC, AVIF, GIF (first frame), BMP, TIFF (first page), PGM/PPM; grey, palette, 1-bit,
    16-bit, CMYK. The EXIF orientation (EXIF 2.32, tag 0x0112) is applied, an embedded ICC profile converted to sRGB.
    Arrays: uint8, bool, uint16, or floating point in [0, 1], of shape (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4)
    RGBA; they are taken as upright sRGB. Pillow pictures are treated like files: they may carry an orientation and a
    profile.

    Sizes are checked before anything is decoded: the file's length before it is read, the pixels announced by the
    header before they are unpacked. Safe to call from several threads.

    Args:
        picture: The picture; None counts as not given.
        settings: Carries `max_image_bytes` and `max_image_pixels`; by default read from the environment.

    Returns:
        Shape (H, W, 3), 0 to 255, a new array that shares no memory with the input.

    Raises:
        ImageEmptyError: None, no bytes, or no pixels.
        ImageNotFoundError: The path leads to no readable file.
        ImageTooLargeError: Above a cap.
        ImageTruncatedError: The file ends too early or is damaged inside.
        ImageUnreadableError: Not a picture in a supported format, or an array of another kind.
    """
    return np.array(pixels.on_white(_read(picture, settings)))


def decode_rgba(picture: Picture | None, *, settings: Settings | None = None) -> NDArray[np.uint8]:
    """Like `decode`, but keeps transparency where the picture really has some.

    Args:
        picture: As for `decode`.
        settings: As for `decode`.

    Returns:
        Shape (H, W, 4) with straight (not premultiplied) alpha if at least one pixel is not opaque, else (H, W, 3).

    Raises:
        ImageError: As for `decode`.
    """
    return np.array(_read(picture, settings))


def _read(picture: Picture | None, settings: Settings | None) -> Image.Image:
    """Any input -> upright sRGB in mode RGB, or RGBA where not opaque."""
    settings = settings or Settings()
    if picture is None:
        raise ImageEmptyError("No picture was given. Choose one and try again.")
    if isinstance(picture, np.ndarray):
        return _from_array(picture, settings)
    if isinstance(picture, Image.Image):
        return _from_pillow(picture, "picture", settings)
    if isinstance(picture, (bytes, bytearray)):
        _check_bytes(len(picture), settings)
        return _from_pillow(*containers.open_container(bytes(picture), settings), settings)
    if isinstance(picture, (str, os.PathLike)):
        return _from_pillow(*containers.open_container(_file(os.fspath(picture), settings), settings), settings)
    raise ImageUnreadableError(
        f"A {type(picture).__name__} is not a picture. "
        "Give a path, the bytes of a file, a Pillow image or a numpy array."
    )


def _check_bytes(length: int, settings: Settings) -> None:
    if length > settings.max_image_bytes:
        raise ImageTooLargeError(
            f"The file has {math.ceil(length / 1e5) / 10} MB; at most {settings.max_image_bytes / 1e6:g} MB are "
            "accepted. Save the picture smaller or as JPEG and try again."
        )


def _file(path: str | bytes, settings: Settings) -> bytes:
    """The contents of a file, whose size is looked at first."""
    path = os.fsdecode(path)
    if not path:
        raise ImageEmptyError("No picture was given: the path is empty. Choose one and try again.")
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # opening a pipe or a device could wait or read for ever
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
            raise ImageNotFoundError(f"{shown(path)} is {kind}. Choose a picture file.")
        _check_bytes(status.st_size, settings)
        with open(path, "rb") as file:
            data = file.read(settings.max_image_bytes + 1)
    except PermissionError as error:
        raise ImageNotFoundError(
            f"{shown(path)} may not be read. Allow reading it or choose another picture."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise ImageNotFoundError(f"There is no file {shown(path)}. Check the path and try again.") from error
    _check_bytes(len(data), settings)  # a file may grow after it was looked at
    return data


def _from_pillow(image: Image.Image, name: str, settings: Settings) -> Image.Image:
    containers.check_size(image.size, settings)
    key = pixels.transparent_key(image)  # before loading, which forgets how deep the stored samples were
    containers.load(image, name)
    containers.check_size(image.size, settings)  # a HEIC file may turn out larger than its header says
    return pixels.to_srgb(image, key)


def _from_array(array: NDArray[np.generic], settings: Settings) -> Image.Image:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise ImageUnreadableError(
            f"An array of shape {array.shape} is not a picture. Give (height, width), (height, width, 1), "
            "(height, width, 3) or (height, width, 4), with the channels last."
        )
    containers.check_size((array.shape[1], array.shape[0]), settings)
    values = _eight_bit(array)
    if channels == 1:
        values = np.repeat(values.reshape(*array.shape[:2], 1), 3, axis=2)
    return pixels.drop_opaque(Image.fromarray(values))


def _eight_bit(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Array samples -> 0 to 255, rounded to the nearest level."""
    kind, width = array.dtype.kind, array.dtype.itemsize
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "u" and width == 1:
        return np.ascontiguousarray(array, dtype=np.uint8)
    if kind == "u" and width == 2:
        return pixels.levels(65535)[array.astype(np.uint16, copy=False)]
    if kind == "f":
        low, high = float(array.min()), float(array.max())  # NaN anywhere makes both NaN
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ImageUnreadableError(
                "The array holds values that are not finite (NaN or infinity). Remove them first."
            )
        if low < -_FLOAT_SLACK or high > 1 + _FLOAT_SLACK:
            raise ImageUnreadableError(
                f"A floating point array must lie in 0 to 1, but this one runs from {low:g} to {high:g}. "
                "Scale it, or convert it to uint8 if it holds 0 to 255."
            )
        return np.rint(np.clip(array.astype(np.float32), 0, 1) * 255).astype(np.uint8)
    raise ImageUnreadableError(
        f"An array of {array.dtype} is not a picture. Convert it to uint8 (0 to 255) or to floating point (0 to 1)."
    )
