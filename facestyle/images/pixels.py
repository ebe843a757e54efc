"""Pixels of any Pillow mode -> upright 8-bit sRGB: depth, transparency, colour profile, orientation."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, TiffImagePlugin

from facestyle.errors import ImageUnreadableError
from facestyle.images import costly

_ORIENTATION = 0x0112  # EXIF and TIFF tag
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF 6.0 tags
_MIN_IS_WHITE, _UNSIGNED = 0, 1

# EXIF 2.32, "Orientation": what undoes each value. Pillow's rotations run anticlockwise.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}  # ICC.1, data colour space signatures


def to_srgb(image: Image.Image, key: float | tuple[int, ...] | None) -> Image.Image:
    """Converts a loaded picture.

    Args:
        image: Of any mode, pixels loaded; not changed.
        key: The transparent sample, from `transparent_key`.

    Returns:
        Mode RGB, or RGBA where at least one pixel is not opaque; may be `image` itself.

    Raises:
        ImageUnreadableError: Samples without a known white, or a mode without a meaning as colours.
    """
    colour, alpha = _split(image, key)
    colour = _in_mode("RGB", _through_profile(colour, image.info.get("icc_profile")))
    if alpha is not None and alpha.getextrema() != (255, 255):
        colour = Image.merge("RGBA", (*colour.split(), alpha))
    turn = _UPRIGHT.get(_orientation(image))
    if turn is not None:
        colour = colour.transpose(turn)
    return colour


def on_white(image: Image.Image) -> Image.Image:
    """Lays an RGBA picture on white; RGB pictures pass."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return white


def drop_opaque(image: Image.Image) -> Image.Image:
    """RGBA without any transparency -> RGB; other pictures pass."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


@cache
def levels(white: int) -> NDArray[np.uint8]:
    """Lookup table of length `white` + 1 from samples to the nearest of 256 levels."""
    table = ((np.arange(white + 1, dtype=np.uint32) * 255 + white // 2) // white).astype(np.uint8)
    table.flags.writeable = False
    return table


def transparent_key(image: Image.Image) -> float | tuple[int, ...] | None:
    """The sample that PNG declares transparent (tRNS), in the units of the decoded pixels.

    PNG gives the key in units of the file's samples, Pillow passes it on as it is, but scales 2- and 4-bit grey up and
    drops the low byte of 16-bit colours. To be called before the picture is loaded, which forgets the file's depth.

    Args:
        image: Opened, not yet loaded.

    Returns:
        The key; None without one, and for palettes, whose transparency is an entry's and needs no scaling.
    """
    key = image.info.get("transparency")
    tile = getattr(image, "tile", None)
    if image.mode not in ("1", "L", "RGB", "I", "I;16") or not isinstance(key, (int, tuple)):
        return None
    raw = str(tile[0].args) if tile and image.format == "PNG" else ""
    if isinstance(key, tuple):
        return tuple(sample >> 8 for sample in key) if "16" in raw else key
    if image.mode == "1":
        return 255 if key else 0  # Pillow before 12 says 1
    return key * {"L;2": 85, "L;4": 17}.get(raw, 1)


def _split(image: Image.Image, key: float | tuple[int, ...] | None) -> tuple[Image.Image, Image.Image | None]:
    """Colours in mode L, RGB or CMYK, and the alpha channel where the picture has one."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_deep_grey(image, key)
    if image.mode == "CMYK":
        return image, None
    if image.mode == "1":  # Pillow before 12 gives only mode L its transparent sample
        image = image.convert("L")
    if image.has_transparency_data:
        if key is not None and key != image.info["transparency"]:
            image = image.copy()
            image.info["transparency"] = key
        grey = image.mode in ("L", "LA", "La")
        image = image.convert("LA" if grey else "RGBA")
        return image.convert("L" if grey else "RGB"), image.getchannel("A")
    try:
        return _in_mode("L" if image.mode == "L" else "RGB", image), None
    except (ValueError, KeyError, ImageCms.PyCMSError) as error:
        raise ImageUnreadableError(
            f"A picture in mode {image.mode} cannot be shown in colours. Save it as an ordinary PNG or JPEG file."
        ) from error


def _in_mode(mode: str, image: Image.Image) -> Image.Image:
    """Converts without the copy that Pillow makes where the mode fits; matters at 50 megapixels."""
    return image if image.mode == mode else image.convert(mode)


def _from_deep_grey(image: Image.Image, key: float | tuple[int, ...] | None) -> tuple[Image.Image, Image.Image | None]:
    """Grey of more than 8 bits, scaled so that the format's white becomes 255.

    16-bit samples run to 65535, or to what a TIFF's BitsPerSample says. 32-bit integers and floats have no white of
    their own: integers must lie in 0 to 255 or 0 to 65535, floats in 0 to 1 or 0 to 255, and the narrower range that
    holds all of them is taken.
    """
    values: NDArray[np.generic] = np.asarray(image)
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    if image.mode == "F":
        white = _white_of(values, 1, 255)
        grey = np.rint(values.astype(np.float32) * (255 / white)).astype(np.uint8)
    else:
        if image.mode == "I":
            if tags.get(_SAMPLE_FORMAT, (_UNSIGNED,))[0] == _UNSIGNED and tags.get(_BITS_PER_SAMPLE, (0,))[0] == 32:
                values = values.view(np.uint32)  # Pillow keeps unsigned samples in signed ones
            white = _white_of(values, 65535 if image.format in ("PPM", "PNG") else 255, 65535)
        else:
            white = 2 ** min(tags.get(_BITS_PER_SAMPLE, (16,))[0], 16) - 1
        grey = levels(white)[np.minimum(values, white)]
    if tags.get(_PHOTOMETRIC) == _MIN_IS_WHITE:  # Pillow inverts 8-bit samples only
        grey = 255 - grey
    alpha = None if key is None else Image.fromarray(np.where(values == key, np.uint8(0), np.uint8(255)))
    return Image.fromarray(grey), alpha


def _white_of(values: NDArray[np.generic], narrow: int, wide: int) -> int:
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= wide):  # also where NaN
        raise ImageUnreadableError(
            f"The picture's samples run from {low:g} to {high:g}, so it is unknown which of them is white. "
            "Save it with 8 or 16 bits per channel and try again."
        )
    return narrow if high <= narrow else wide


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or the metadata are damaged, or would multiply the file.

    Pillow exposes the rotation of AVIF here, and resets the tag where its TIFF reader has applied it; pillow-heif does
    the latter for HEIC. So nothing is turned twice.
    """
    try:
        raw = image.info.get("Raw profile type exif")  # in a text of a PNG, as ImageMagick writes it
        exif = image.info.get("exif") or (bytes.fromhex("".join(raw.split("\n")[3:])) if raw else b"")
        if costly.overlapping(exif):
            return 1
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF raises nearly anything, and the picture is fine without it
        return 1
    return value if isinstance(value, int) else 1


def _through_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours of the embedded ICC profile -> sRGB; a broken or unfitting profile is ignored.

    A profile that amounts to sRGB (no probe colour moves by more than one level) leaves the pixels exactly as they are:
    most photos carry one, and rounding would only blur the comparison with programs that ignore profiles.
    """
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if _PROFILE_MODES.get(space) != image.mode:
            return image
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        if image.mode == "L":
            return _grey_through(image, source, srgb)
        transform = ImageCms.buildTransform(source, srgb, image.mode, "RGB")
        return image if _keeps_colours(transform, image.mode) else transform.apply(image)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return image


def _grey_through(
    image: Image.Image, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile
) -> Image.Image:
    """256 levels are transformed one by one: lcms' own shortcut for grey is off by up to ten levels in the darks."""
    ramp = np.arange(256, dtype=np.uint8)
    exact = ImageCms.buildTransform(source, target, "L", "RGB", flags=ImageCms.Flags.NOOPTIMIZE)
    table = np.asarray(exact.apply(Image.fromarray(ramp[None])))[0]
    if np.abs(table.astype(np.int16) - ramp[:, None]).max() <= 1:
        return image
    return Image.fromarray(table[np.asarray(image)])


def _keeps_colours(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode == "CMYK":
        return False
    steps = np.linspace(0, 255, 18).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    moved = np.asarray(transform.apply(Image.fromarray(probe)), dtype=np.int16) - probe
    return int(np.abs(moved).max()) <= 1
