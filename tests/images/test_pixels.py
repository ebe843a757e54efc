"""Depth, colour modes, transparency, colour profiles and orientation."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from facestyle import errors
from facestyle.images import decode, decode_rgba
from tests.images import files
from tests.images.test_decoding import refusal

UPRIGHT = files.upright_picture()
RAMP16 = np.linspace(0, 65535, 256).astype(np.uint16).reshape(4, 64)
LEVELS = np.rint(RAMP16 / 257).astype(np.uint8)


def assert_grey(pixels: np.ndarray, expected: np.ndarray, tolerance: int = 0) -> None:
    assert pixels.shape == (*expected.shape, 3)
    assert (pixels == pixels[:, :, :1]).all()
    assert np.abs(pixels[:, :, 0].astype(int) - expected).max() <= tolerance


# --- orientation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF-LZW", "AVIF", "HEIC"])
def test_all_eight_orientations(kind: str, orientation: int) -> None:
    stored = files.turned(UPRIGHT, orientation)
    if orientation > 1:
        assert stored.shape != UPRIGHT.shape or not (stored == UPRIGHT).all()
    if kind == "HEIC":
        # The writer turns the tag into the rotation boxes of HEIF, which the reader applies by itself.
        data = files.write(Image.fromarray(stored), "HEIC", exif=files.exif(orientation))
        assert (b"irot" in data or b"imir" in data) == (orientation > 1)
    else:
        options = {"compression": "tiff_lzw"} if kind == "TIFF-LZW" else {}
        data = files.write(stored, kind.partition("-")[0], exif=files.exif(orientation), **options)
    for picture in (data, Image.open(io.BytesIO(data))) if kind != "HEIC" else (data,):
        pixels = decode(picture)
        assert pixels.shape == UPRIGHT.shape
        tolerance = files.LOSSY_TOLERANCE if kind in ("JPEG", "AVIF", "HEIC") else 0
        assert np.abs(pixels.astype(int) - UPRIGHT).max() <= tolerance


def test_orientation_of_a_pillow_picture_in_memory() -> None:
    picture = Image.fromarray(files.turned(UPRIGHT, 6))
    picture.getexif()[0x0112] = 6
    np.testing.assert_array_equal(decode(picture), UPRIGHT)


def test_transparency_turns_along() -> None:
    upright = np.dstack([UPRIGHT, np.linspace(0, 255, UPRIGHT[:, :, 0].size).reshape(UPRIGHT.shape[:2]).astype("u1")])
    data = files.write(files.turned(upright, 8), "PNG", exif=files.exif(8))
    np.testing.assert_array_equal(decode_rgba(data), upright)


@pytest.mark.parametrize("block", [
    b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff",
    b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04six\0\0\0\0\0",  # a word where a number belongs
    files.exif(9), files.exif(0),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_or_unknown_orientation_is_ignored(block: bytes) -> None:
    np.testing.assert_array_equal(decode(files.write(UPRIGHT, "PNG", exif=block)), UPRIGHT)


# --- depth ----------------------------------------------------------------------------------------------------------


def test_16_bit_grey() -> None:
    rows = [row.astype(">u2").tobytes() for row in RAMP16]
    assert_grey(decode(files.png(64, 4, 16, 0, rows)), LEVELS)
    assert_grey(decode(files.tiff(64, 4, 16, RAMP16.tobytes())), LEVELS)
    assert_grey(decode(files.tiff(64, 4, 16, (65535 - RAMP16).tobytes(), photometric=0)), LEVELS)
    assert_grey(decode(b"P5 64 4 65535\n" + b"".join(rows)), LEVELS)
    for mode in ("I;16", "I;16B"):
        raw = RAMP16.astype(">u2" if mode.endswith("B") else "<u2").tobytes()
        picture = Image.frombytes(mode, (64, 4), raw)
        assert_grey(decode(picture), LEVELS)
        for compression in ("raw", "tiff_lzw"):
            assert_grey(decode(files.write(picture, "TIFF", compression=compression)), LEVELS)


def test_dark_16_bit_grey_stays_dark() -> None:
    dark = np.full((4, 4), 700, np.uint16)
    for picture in (files.tiff(4, 4, 16, dark.tobytes()), Image.fromarray(dark), b"P5 4 4 65535\n" + b"\0\xc8" * 16):
        assert decode(picture).max() <= 3


def test_12_bit_grey_tiff() -> None:
    values = np.linspace(0, 4095, 64).astype(int).reshape(4, 16)
    packed = b"".join(
        bytes([a >> 4, (a & 15) << 4 | b >> 8, b & 255]) for a, b in values.reshape(-1, 2).tolist()
    )  # fmt: skip
    assert_grey(decode(files.tiff(16, 4, 12, packed)), np.rint(values * 255 / 4095).astype(int))


def test_16_bit_colours() -> None:
    colours = np.random.default_rng(3).integers(0, 65536, (5, 7, 3)).astype(np.uint16)
    pixels = decode(files.png(7, 5, 16, 2, [row.astype(">u2").tobytes() for row in colours]))
    assert np.abs(pixels - colours / 257).max() < 1
    alpha = np.dstack([colours, np.full((5, 7), 65535, np.uint16)])
    alpha[0, 0, 3] = 0x8000
    pixels = decode_rgba(files.png(7, 5, 16, 6, [row.astype(">u2").tobytes() for row in alpha]))
    assert np.abs(pixels - alpha / 257).max() < 1


def test_pnm_variants() -> None:
    assert_grey(decode(b"P2\n# grey\n3 1\n1000\n0 500 1000\n"), np.array([[0, 128, 255]]), 1)
    assert_grey(decode(b"P5 3 1 100\n" + bytes([0, 50, 100])), np.array([[0, 128, 255]]), 1)
    assert_grey(decode(b"P1\n4 1\n0 1 0 1\n"), np.array([[255, 0, 255, 0]]))
    assert decode(b"P6 1 1 255\n" + bytes([7, 8, 9])).tolist() == [[[7, 8, 9]]]


def test_32_bit_where_the_range_is_clear() -> None:
    ramp = RAMP16.astype(np.int32)
    assert_grey(decode(Image.fromarray(ramp)), LEVELS)
    assert_grey(decode(Image.fromarray(LEVELS.astype(np.int32))), LEVELS)
    assert_grey(decode(files.tiff(64, 4, 32, ramp.tobytes(), sample_format=2)), LEVELS)
    assert_grey(decode(files.tiff(64, 4, 32, ramp.tobytes(), sample_format=1)), LEVELS)
    unit = (LEVELS / 255).astype(np.float32)
    assert_grey(decode(Image.fromarray(unit)), LEVELS)
    assert_grey(decode(files.tiff(64, 4, 32, unit.tobytes(), sample_format=3)), LEVELS)
    assert_grey(decode(files.tiff(64, 4, 32, (1 - unit).tobytes(), sample_format=3, photometric=0)), LEVELS)
    assert_grey(decode(Image.fromarray(LEVELS).convert("F")), LEVELS)


@pytest.mark.parametrize("values", [
    np.array([[0, 70000]], np.int32), np.array([[-1, 5]], np.int32), np.array([[0, np.nan]], np.float32),
    np.array([[-0.5, 1]], np.float32), np.array([[0, 1e6]], np.float32), np.array([[0, np.inf]], np.float32),
])  # fmt: skip
def test_32_bit_without_a_known_white_is_refused(values: np.ndarray) -> None:
    kind = 3 if values.dtype.kind == "f" else 2
    for picture in (Image.fromarray(values), files.tiff(2, 1, 32, values.tobytes(), sample_format=kind)):
        assert "white" in refusal(errors.ImageUnreadableError, picture)


def test_unsigned_32_bit_is_not_taken_for_negative() -> None:
    data = files.tiff(2, 1, 32, np.array([0, 2**32 - 1], np.uint32).tobytes())
    assert "4.29497e+09" in refusal(errors.ImageUnreadableError, data)


# --- colour modes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "tolerance"), [
    ("RGB", 0), ("RGBX", 0), ("RGBA", 0), ("RGBa", 0), ("P", 40), ("PA", 40), ("YCbCr", 3), ("HSV", 6), ("CMYK", 0),
    ("LAB", 20),  # 8 bits of L*, a*, b* are coarse where saturated
])  # fmt: skip
def test_pillow_colour_modes(mode: str, tolerance: int) -> None:
    picture = Image.fromarray(UPRIGHT)
    if mode == "RGBa":
        picture = picture.convert("RGBA")
    if mode == "PA":
        picture = picture.convert("P", palette=Image.Palette.ADAPTIVE)
    options = {"palette": Image.Palette.ADAPTIVE} if mode == "P" else {}
    for decoder in (decode, decode_rgba):
        pixels = decoder(picture.convert(mode, **options))
        assert pixels.shape == UPRIGHT.shape
        assert np.abs(pixels.astype(int) - UPRIGHT).max() <= tolerance


@pytest.mark.parametrize("mode", ["L", "LA", "La", "1"])
def test_pillow_grey_modes(mode: str) -> None:
    grey = Image.fromarray(UPRIGHT).convert("L")
    if mode == "La":
        grey = grey.convert("LA")
    picture = grey.convert(mode)
    expected = (
        np.asarray(grey.convert("L").convert("1")) * np.uint8(255) if mode == "1" else np.asarray(grey.convert("L"))
    )
    assert_grey(decode(picture), expected)


def test_grey_files() -> None:
    grey = np.ascontiguousarray(UPRIGHT[:, :, 0])
    for kind in ("PNG", "BMP", "TIFF", "PPM"):
        assert_grey(decode(files.write(grey, kind)), grey)
    assert_grey(decode(files.write(grey, "JPEG")), grey, 3)
    bits = grey > 128
    for kind in ("PNG", "BMP", "TIFF", "PPM", "GIF"):
        assert_grey(decode(files.write(Image.fromarray(bits), kind)), bits * 255)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_files(kind: str) -> None:
    """JPEG stores CMYK inverted, as Adobe does, and says so in its APP14 marker."""
    data = files.write(Image.fromarray(UPRIGHT).convert("CMYK"), kind)
    assert Image.open(io.BytesIO(data)).mode == "CMYK"
    assert (b"Adobe" in data) == (kind == "JPEG")
    assert np.abs(decode(data).astype(int) - UPRIGHT).max() <= (files.LOSSY_TOLERANCE if kind == "JPEG" else 0)
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert np.abs(decode(files.write(ink, kind))[8, 8].astype(int) - (255, 0, 0)).max() <= 3


def test_palette_without_transparency() -> None:
    palette = Image.fromarray(UPRIGHT).quantize(64)
    expected = np.asarray(palette.convert("RGB"))
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        pixels = decode_rgba(files.write(palette, kind))
        np.testing.assert_array_equal(pixels, expected)


# --- transparency ---------------------------------------------------------------------------------------------------


PALETTE = files.png_chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]))


def test_palette_with_transparency() -> None:
    extra = PALETTE + files.png_chunk(b"tRNS", bytes([255, 0, 51]))
    data = files.png(4, 1, 8, 3, [bytes([0, 1, 2, 3])], extra=extra)
    assert decode_rgba(data).tolist() == [[[255, 0, 0, 255], [0, 255, 0, 0], [0, 0, 255, 51], [9, 9, 9, 255]]]
    assert decode(data).tolist() == [[[255, 0, 0], [255, 255, 255], [204, 204, 255], [9, 9, 9]]]
    single = files.png(4, 1, 8, 3, [bytes([0, 1, 2, 3])], extra=PALETTE + files.png_chunk(b"tRNS", bytes([255, 0])))
    assert decode_rgba(single)[0, :, 3].tolist() == [255, 0, 255, 255]
    unused = files.png(2, 1, 8, 3, [bytes([0, 3])], extra=extra)
    assert decode_rgba(unused).tolist() == [[[255, 0, 0], [9, 9, 9]]]  # no pixel is transparent


def test_gif_with_transparency() -> None:
    picture = Image.new("P", (4, 1))
    picture.putpalette(bytes([255, 0, 0, 0, 255, 0]))
    picture.putdata([0, 1, 1, 0])
    data = files.write(picture, "GIF", transparency=1)
    assert decode_rgba(data)[0, :, 3].tolist() == [255, 0, 0, 255]
    assert decode(data)[0].tolist() == [[255, 0, 0], [255, 255, 255], [255, 255, 255], [255, 0, 0]]


@pytest.mark.parametrize(("depth", "packed", "key", "grey", "alpha"), [
    (1, bytes([0b01000000]), 1, [0, 255], [255, 0]),
    (2, bytes([0b01100000]), 2, [85, 170], [255, 0]),
    (4, bytes([0x5A]), 10, [85, 170], [255, 0]),
    (8, bytes([85, 170]), 170, [85, 170], [255, 0]),
    (16, struct.pack(">HH", 43690, 43691), 43691, [170, 170], [255, 0]),
])  # fmt: skip
def test_grey_png_with_a_transparent_sample(
    depth: int, packed: bytes, key: int, grey: list[int], alpha: list[int]
) -> None:
    data = files.png(2, 1, depth, 0, [packed], extra=files.png_chunk(b"tRNS", struct.pack(">H", key)))
    assert decode_rgba(data)[0].tolist() == [[g, g, g, a] for g, a in zip(grey, alpha, strict=True)]


def test_colour_png_with_a_transparent_sample() -> None:
    row = bytes([1, 2, 3, 4, 5, 6])
    data = files.png(2, 1, 8, 2, [row], extra=files.png_chunk(b"tRNS", struct.pack(">HHH", 4, 5, 6)))
    assert decode_rgba(data).tolist() == [[[1, 2, 3, 255], [4, 5, 6, 0]]]
    deep = struct.pack(">6H", 100, 200, 300, 40000, 50000, 60000)
    data = files.png(2, 1, 16, 2, [deep], extra=files.png_chunk(b"tRNS", struct.pack(">HHH", 40000, 50000, 60000)))
    assert decode_rgba(data)[0, :, 3].tolist() == [255, 0]
    assert decode(data)[0, 1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
def test_alpha_channel(kind: str) -> None:
    alpha = np.zeros(UPRIGHT.shape[:2], np.uint8)
    alpha[:, 16:32], alpha[:, 32:] = 128, 255
    data = files.write(np.dstack([UPRIGHT, alpha]), kind)
    kept = decode_rgba(data)
    tolerance = files.LOSSY_TOLERANCE if kind in ("AVIF", "HEIC") else 0
    inner = np.r_[4:12, 20:28, 36:60]  # lossy codecs smear the edges
    assert np.abs(kept[:, inner, 3].astype(int) - alpha[:, inner]).max() <= tolerance
    assert np.abs(kept[:, 36:60, :3].astype(int) - UPRIGHT[:, 36:60]).max() <= tolerance
    flat = decode(data)
    assert np.abs(flat[:, 4:12].astype(int) - 255).max() <= tolerance
    half = UPRIGHT[:, 20:28] * (128 / 255) + 255 * (127 / 255)
    assert np.abs(flat[:, 20:28] - half).max() <= max(tolerance, 1)


def test_grey_with_alpha() -> None:
    picture = np.dstack([np.full((2, 2), 100, np.uint8), np.array([[255, 0], [51, 255]], np.uint8)])
    data = files.png(2, 2, 8, 4, [row.tobytes() for row in picture])
    assert decode_rgba(data)[:, :, 3].tolist() == [[255, 0], [51, 255]]
    assert decode(data)[:, :, 0].tolist() == [[100, 255], [224, 100]]


# --- colour profiles ------------------------------------------------------------------------------------------------


def adobe_to_srgb(pixels: np.ndarray) -> np.ndarray:
    """By the matrices and curves themselves."""
    linear = (pixels / 255.0) ** files.ADOBE_GAMMA
    return files.srgb_encode(linear @ (np.linalg.inv(files.SRGB) @ files.ADOBE_RGB).T)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF", "HEIC"])
def test_rgb_profile_is_converted(kind: str) -> None:
    plain = decode(files.write(UPRIGHT, kind))
    pixels = decode(files.write(UPRIGHT, kind, icc_profile=files.rgb_profile()))
    assert np.abs(pixels.astype(int) - plain).max() > 20  # the profile matters
    assert np.abs(pixels - adobe_to_srgb(plain)).max() <= 2


def test_profile_under_transparency_and_in_a_pillow_picture() -> None:
    picture = np.dstack([UPRIGHT, np.full(UPRIGHT.shape[:2], 200, np.uint8)])
    pixels = decode_rgba(files.write(picture, "PNG", icc_profile=files.rgb_profile()))
    assert (pixels[:, :, 3] == 200).all()
    assert np.abs(pixels[:, :, :3] - adobe_to_srgb(UPRIGHT)).max() <= 2
    pillow = Image.fromarray(UPRIGHT)
    pillow.info["icc_profile"] = files.rgb_profile()
    assert np.abs(decode(pillow) - adobe_to_srgb(UPRIGHT)).max() <= 2


def test_grey_profiles() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(8, 32)
    linear = decode(files.write(grey, "PNG", icc_profile=files.grey_profile(1.0)))
    assert_grey(linear, np.rint(files.srgb_encode(grey / 255.0)).astype(int), 2)
    coloured = decode(files.write(grey, "PNG", icc_profile=files.rgb_profile()))  # common, though PNG forbids it
    expected = adobe_to_srgb(np.repeat(grey[:, :, None], 3, axis=2))
    assert np.abs(coloured - expected).max() <= 2


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk_profile(kind: str) -> None:
    cyan, paper = ((255, 0, 0, 0), (0, 0, 0, 0))
    for ink, naive, printed in ((cyan, (0, 255, 255), 119), (paper, (255, 255, 255), 255)):
        picture = Image.new("CMYK", (16, 16), ink)
        assert np.abs(decode(files.write(picture, kind))[8, 8].astype(int) - naive).max() <= 3
        pixels = decode(files.write(picture, kind, icc_profile=files.cmyk_profile(128)))
        assert np.abs(pixels[8, 8].astype(int) - printed).max() <= 3  # L* = 50 is sRGB 119


def test_srgb_profile_leaves_every_pixel_alone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    random = np.random.default_rng(5).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(decode(files.write(random, "PNG", icc_profile=profile)), random)


@pytest.mark.parametrize("profile", [
    b"x", b"not a profile" * 50, files.rgb_profile()[:200], files.rgb_profile()[:128] + bytes(400),
    files.cmyk_profile(90), files.grey_profile(1.0), ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes(),
])  # fmt: skip
def test_broken_or_unfitting_profiles_are_ignored(profile: bytes) -> None:
    for kind in ("PNG", "TIFF", "WEBP"):
        np.testing.assert_array_equal(decode(files.write(UPRIGHT, kind, icc_profile=profile)), UPRIGHT)
