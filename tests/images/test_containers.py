"""File formats: each is read, and each is refused by name when it is cut, damaged, too large or not one at all."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from facestyle import errors
from facestyle.images import FORMATS, decode, decode_rgba
from facestyle.settings import Settings
from tests.images import files
from tests.images.test_decoding import refusal

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's notes on damaged metadata

UPRIGHT = files.upright_picture()
EVERY = files.every_format(UPRIGHT)
LOSSLESS = ("PNG", "WEBP", "BMP", "TIFF", "TIFF-LZW", "PPM")


@pytest.mark.parametrize("kind", EVERY)
def test_every_format_is_read(kind: str) -> None:
    pixels = decode(EVERY[kind])
    assert pixels.shape == UPRIGHT.shape
    if kind in LOSSLESS:
        np.testing.assert_array_equal(pixels, UPRIGHT)
    else:  # GIF has 256 colours
        assert np.abs(pixels.astype(int) - UPRIGHT).max() <= (40 if kind == "GIF" else files.LOSSY_TOLERANCE)


def test_jpeg_is_decoded_at_full_size() -> None:
    big = files.upright_picture(900, 1200)
    assert decode(files.write(big, "JPEG")).shape == big.shape


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF", "HEIC"])
def test_several_frames_give_the_first(kind: str) -> None:
    first, second = (Image.new("RGB", (32, 24), c) for c in ((200, 30, 30), (30, 30, 200)))
    data = files.write(first, kind, save_all=True, append_images=[second])
    if kind == "HEIC":
        assert len(pillow_heif.open_heif(data)) == 2
    else:
        assert Image.open(io.BytesIO(data)).n_frames == 2
    pixels = decode(data)
    assert pixels.shape == (24, 32, 3)
    assert np.abs(pixels.astype(int) - (200, 30, 30)).max() <= files.LOSSY_TOLERANCE


def test_avif_and_heic_behind_a_neutral_brand() -> None:
    for kind in ("AVIF", "HEIC"):
        data = bytearray(EVERY[kind])
        data[8:12] = b"mif1"
        assert decode(bytes(data)).shape == UPRIGHT.shape


# --- cut and damaged ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_truncated_files(kind: str, share: float) -> None:
    data = EVERY[kind]
    message = refusal(errors.ImageTruncatedError, data[: int(len(data) * share)])
    assert "ends too early" in message
    assert kind[:4].replace("WEBP", "WebP").replace("PPM", "PGM/PPM") in message


@pytest.mark.parametrize("kind", EVERY)
def test_only_the_signature(kind: str) -> None:
    refusal(errors.ImageTruncatedError, EVERY[kind][:16])


def test_png_with_a_damaged_checksum() -> None:
    data = bytearray(EVERY["PNG"])
    data[data.index(b"IDAT") + 20] ^= 0xFF
    refusal(errors.ImageTruncatedError, bytes(data))


def test_headers_without_pixels() -> None:
    refusal(errors.ImageTruncatedError, files.png(0, 5, 8, 0, [b""] * 5))
    refusal(errors.ImageTruncatedError, b"P5 5 0 255\n")
    refusal(errors.ImageTruncatedError, b"GIF89a" + bytes(30))


def mutated(original: bytes, random: np.random.Generator) -> bytes:
    """1 to 8 changes, removals or insertions; half of them in the first 200 bytes, where the headers are."""
    data = bytearray(original)
    for _ in range(int(random.integers(1, 9))):
        end = min(200, len(data)) if random.random() < 0.5 else len(data)
        position = int(random.integers(0, max(1, end)))
        match int(random.integers(0, 4)):
            case 0:
                data[position : position + 1] = random.bytes(1)
            case 1 if data:
                data[position] ^= 1 << int(random.integers(0, 8))
            case 2:
                del data[position : position + int(random.integers(1, 20))]
            case _:
                data[position:position] = random.bytes(int(random.integers(1, 20)))
    return bytes(data)


def outcome(data: bytes) -> type:
    """What becomes of a file: the kind of ImageError, or a picture within the cap. Anything else fails the test."""
    settings = Settings(max_image_pixels=1_000_000)
    try:
        pixels = decode_rgba(data, settings=settings)
    except errors.ImageError as error:
        return type(error)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] in (3, 4)
    assert pixels.shape[0] * pixels.shape[1] <= settings.max_image_pixels
    return np.ndarray


@pytest.mark.parametrize("kind", EVERY)
def test_mutated_files_give_a_picture_or_an_image_error(kind: str) -> None:
    random = np.random.default_rng(20240607)
    rounds = 300 if kind in ("JPEG", "PNG") else 80
    outcomes = {outcome(mutated(EVERY[kind], random)) for _ in range(rounds)}
    assert len(outcomes) > 1  # the mutations were neither all fatal in one way nor all harmless


def test_mutated_png_chunks_under_right_checksums() -> None:
    """A checksum guards each chunk of a PNG, so that blind changes never get past it."""
    random = np.random.default_rng(7)
    rows = b"".join(b"\0" + bytes([0, 1, 2, 3]) for _ in range(4))
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0),
        b"iCCP": b"profile\0\0" + zlib.compress(files.rgb_profile()),
        b"PLTE": bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]),
        b"tRNS": bytes([255, 0, 51]),
        b"eXIf": files.exif(6)[6:],
        b"IDAT": zlib.compress(rows),
        b"IEND": b"",
    }
    outcomes = set()
    for _ in range(400):
        victim = list(chunks)[int(random.integers(0, 6))]
        changed = chunks | {victim: mutated(chunks[victim], random)}
        if victim == b"IDAT" and random.random() < 0.5:
            changed[victim] = zlib.compress(mutated(rows, random))
        data = b"\x89PNG\r\n\x1a\n" + b"".join(files.png_chunk(name, body) for name, body in changed.items())
        outcomes.add(outcome(data))
    assert {np.ndarray, errors.ImageTruncatedError} <= outcomes


# --- not a picture --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [
    b"x", b"hello, this is not a picture\n" * 50, bytes(5000), b"%PDF-1.7\n%" + bytes(100), b"PK\x03\x04" + bytes(100),
    b"\0\0\0\x20ftypisom" + bytes(100), b"<html><body>404</body></html>", b"P9 3 3 255\n", b"RIFF\0\0\0\0WAVEfmt ",
    np.random.default_rng(1).bytes(4000),
])  # fmt: skip
def test_other_files_are_refused_with_the_list_of_formats(data: bytes) -> None:
    assert FORMATS in refusal(errors.ImageUnreadableError, data)


@pytest.mark.parametrize("text", [
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    '\ufeff\n <?xml version="1.0"?>\n<!-- drawn -->\n<SVG xmlns="http://www.w3.org/2000/svg"/>',
])  # fmt: skip
def test_svg_is_refused_by_name(text: str) -> None:
    assert "SVG" in refusal(errors.ImageUnreadableError, text.encode())


@pytest.mark.parametrize("kind", ["EPS", "TGA", "PCX", "ICO", "SGI", "JPEG2000", "IM", "DDS", "SPIDER", "PDF"])
def test_formats_that_pillow_would_read_stay_shut(kind: str) -> None:
    picture = Image.fromarray(UPRIGHT).convert("F" if kind == "SPIDER" else "RGB")
    assert FORMATS in refusal(errors.ImageUnreadableError, files.write(picture, kind))


def test_variants_that_no_plugin_reads() -> None:
    jpeg = bytearray(EVERY["JPEG"])
    jpeg[jpeg.index(b"\xff\xc0") + 4] = 12  # precision of the samples
    bmp = bytearray(EVERY["BMP"])
    bmp[30:34] = struct.pack("<I", 4)  # compression: JPEG
    tiff = files.tiff(2, 2, 64, np.zeros(4).tobytes(), sample_format=3)
    text = files.png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3_000_000)))  # more than Pillow unpacks
    png = files.png(1, 1, 8, 0, [b"\0"], extra=text)
    for data in (jpeg, bmp, tiff, png):
        assert "not supported" in refusal(errors.ImageUnreadableError, bytes(data))


# --- bombs ----------------------------------------------------------------------------------------------------------


def test_png_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = files.png_bomb(12_000)
    assert len(bomb) < 100_000
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load_prepare", lambda *_: pytest.fail("pixels were allocated"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(errors.ImageTooLargeError, bomb)
    assert "144.0 megapixels (12000 × 12000); at most 50 are accepted" in message


def huge_gif(screen: int, frame: int) -> bytes:
    control = b"!\xf9\x04\x08\0\0\0\0"  # "restore to background", for which Pillow fills a canvas while opening
    picture = b"," + struct.pack("<HHHHB", 0, 0, frame, frame, 0) + b"\x08\x02\0\0\0;"
    return b"GIF89a" + struct.pack("<HHBBB", screen, screen, 0x81, 0, 0) + bytes(range(12)) + control + picture


@pytest.mark.parametrize("data", [
    files.png_bomb(16_000),  # beyond Pillow's own error limit, not only its warning
    huge_gif(12_000, 10), huge_gif(10, 12_000), huge_gif(60_000, 60_000),
    b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, 30_000, 30_000, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(99),
    b"P6 100000 100000 255\n" + bytes(99),
    files.tiff(20_000, 20_000, 8, bytes(99)),
    EVERY["JPEG"].replace(struct.pack(">HH", *UPRIGHT.shape[:2]), struct.pack(">HH", 60_000, 60_000), 1),
])  # fmt: skip
def test_other_bombs(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", lambda *_: pytest.fail("pixels were allocated"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "megapixels" in refusal(errors.ImageTooLargeError, data)


@pytest.mark.parametrize("kind", ["WEBP", "HEIC", "AVIF"])
def test_headers_of_the_video_codecs_are_checked_too(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", lambda *_: pytest.fail("pixels were allocated"))
    refusal(errors.ImageTooLargeError, EVERY[kind], Settings(max_image_pixels=1024))


def test_memory_that_runs_out_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", no_memory)
    assert "too large" in refusal(errors.ImageTooLargeError, EVERY["PNG"])


def test_a_cap_above_pillows_own_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in ("PNG", "JPEG", "WEBP", "BMP", "PPM", "HEIC", "AVIF"):
            assert decode(EVERY[kind]).shape == UPRIGHT.shape


# --- beside others --------------------------------------------------------------------------------------------------


def test_nothing_global_is_switched() -> None:
    program = """
from PIL import Image, ImageFile
before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, sorted(Image.OPEN), sorted(Image.SAVE))
import facestyle.images
after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, sorted(Image.OPEN), sorted(Image.SAVE))
assert "HEIF" not in after[2] and before[:2] == after[:2], (before, after)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_many_threads_at_once() -> None:
    alone = {kind: decode(data) for kind, data in EVERY.items()}
    broken = EVERY["JPEG"][:500]

    def work(kind: str) -> bool:
        with pytest.raises(errors.ImageTruncatedError):
            decode(broken)
        return bool((decode(EVERY[kind]) == alone[kind]).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, list(EVERY) * 6))
