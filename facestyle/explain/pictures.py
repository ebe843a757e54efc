"""The pictures that are looked at: read from files, and brought to one scale."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import images
from facestyle.errors import AlbumTooLargeError, FacestyleError, ImageTooSmallError, InvalidRequestError
from facestyle.images.albums import Album, Limits, Skipped
from facestyle.settings import Settings

RGB = npt.NDArray[np.uint8]

SIDE = 320
"""Shorter side at which a picture is looked at, pixels: objects as large as in the network's training pictures, whose
shorter side was 256 to 512 (Simonyan & Zisserman 2015, section 3.1)."""

MOST_ASPECT = 6.0
"""Longer side by shorter; beyond it a picture would be a strip of a few pixels, or too large."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Pictures of an album.

    Attributes:
        images: uint8 (height, width, 3), fitted.
        names: One for each, for display.
        skipped: What was left out, and why.
    """

    images: tuple[RGB, ...]
    names: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()


def fitted(picture: RGB, side: int = SIDE) -> RGB:
    """A picture in the size at which it is looked at: its shorter side `side` pixels.

    Raises:
        InvalidRequestError: No picture, or a strip.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise InvalidRequestError(
            f"A picture must be a uint8 array of shape (height, width, 3), not {picture.dtype} of {picture.shape}."
        )
    height, width = picture.shape[:2]
    if max(height, width) > MOST_ASPECT * min(height, width):
        raise ImageTooSmallError(
            f"A picture of {width} x {height} pixels is a strip: its longer side may be {MOST_ASPECT:g} times the "
            "shorter one. Crop it."
        )
    scale = side / min(height, width)
    size = (max(side, round(width * scale)), max(side, round(height * scale)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def read_pictures(paths: Iterable[str | os.PathLike[str]], settings: Settings, *, most: int) -> Pictures:
    """Reads picture files, folders and zip archives; what can't be used is listed and doesn't stop the rest.

    Args:
        paths: As for `facestyle.images.albums.Album`.
        settings: For the limits.
        most: Pictures at most; the rest is left out. They stay in memory, some 400 kB each.

    Raises:
        AlbumError: There is nothing to look at.
        ImageError: None of the pictures can be used: the reason of the first.
    """
    found: list[tuple[str, RGB]] = []
    with Album(paths, Limits.of(settings)) as album:
        skipped = list(album.skipped)
        failure: FacestyleError | None = None
        for entry in album.entries:
            try:
                if len(found) >= most:
                    raise AlbumTooLargeError(f"{most} pictures are looked at; this one comes after that.")
                found.append((entry.name, fitted(images.decode(album.read(entry), settings=settings))))
            except FacestyleError as error:
                failure = failure or error
                skipped.append(Skipped.because(entry.name, error))
        if not found and failure is not None:
            raise failure
    return Pictures(tuple(image for _, image in found), tuple(name for name, _ in found), tuple(skipped))
