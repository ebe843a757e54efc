"""Files written: exact where promised, without metadata, whole or not at all; and scaling."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import InvalidRequestError
from facestyle.images import decode, decode_rgba, encode, resize_longer_side, save
from tests.images import files

UPRIGHT = files.upright_picture()
ALPHA = np.dstack([UPRIGHT, np.linspace(0, 255, UPRIGHT[:, :, 0].size).reshape(UPRIGHT.shape[:2]).astype(np.uint8)])


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_written_files_read_back(format: str) -> None:
    data = encode(UPRIGHT, format)
    assert opened(data).format == format.upper()
    pixels = decode(data)
    assert pixels.shape == UPRIGHT.shape
    assert np.abs(pixels.astype(int) - UPRIGHT).max() <= (0 if format == "png" else files.LOSSY_TOLERANCE)


def test_png_is_exact_with_alpha_and_jpeg_lays_it_on_white() -> None:
    np.testing.assert_array_equal(decode_rgba(encode(ALPHA)), ALPHA)
    assert np.abs(decode_rgba(encode(ALPHA, "webp"))[:, :, 3].astype(int) - ALPHA[:, :, 3]).max() <= 2
    flat = decode_rgba(encode(ALPHA, "jpeg"))
    assert flat.shape == UPRIGHT.shape
    assert np.abs(flat.astype(int) - decode(ALPHA)).max() <= files.LOSSY_TOLERANCE


def test_jpeg_keeps_full_colour_resolution() -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (255, 0, 0), (0, 0, 255)  # one pixel wide: 4:2:0 would mix them to purple
    assert np.abs(decode(encode(stripes, "jpeg")).astype(int) - stripes).max() < 40
    assert {layer[1:3] for layer in opened(encode(stripes, "jpeg")).layer} == {(1, 1)}


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_quality_matters(format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert (
        len(encode(noise, format, quality=20)) < len(encode(noise, format)) <= len(encode(noise, format, quality=100))
    )


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_metadata_do_not_travel(kind: str, format: str, tmp_path: Path) -> None:
    source = files.write(UPRIGHT, kind, exif=files.exif(1, gps=True), icc_profile=files.rgb_profile())
    assert b"CameraMaker" in source
    save(decode_rgba(source), tmp_path / f"out.{format}")
    for data in (encode(decode(source), format), (tmp_path / f"out.{format}").read_bytes()):
        for trace in (b"CameraMaker", b"Exif", b"EXIF", b"eXIf", b"iCCP", b"ICCP", b"ICC_PROFILE", b"tEXt", b"iTXt"):
            assert trace not in data
        picture = opened(data)
        assert not picture.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment", "dpi"} & set(picture.info)


@pytest.mark.parametrize(("image", "options"), [
    (UPRIGHT, {"format": "gif"}), (UPRIGHT, {"format": "jpg"}), (UPRIGHT, {"format": "jpeg", "quality": 0}),
    (UPRIGHT, {"format": "webp", "quality": 101}), (UPRIGHT[:, :, 0], {}), (UPRIGHT[:, :, :2], {}), (UPRIGHT / 255, {}),
    (UPRIGHT[:0], {}), (UPRIGHT.astype(np.int32), {}), (np.zeros((1, 16384, 3), np.uint8), {"format": "webp"}),
    (np.zeros((65501, 1, 3), np.uint8), {"format": "jpeg"}),
])  # fmt: skip
def test_what_cannot_be_written(image: np.ndarray, options: dict) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        encode(image, **options)
    assert caught.value.message.endswith(".")


def test_the_longest_sides_that_fit() -> None:
    assert decode(encode(np.zeros((1, 16383, 3), np.uint8), "webp")).shape == (1, 16383, 3)
    assert decode(encode(np.zeros((65500, 1, 3), np.uint8), "jpeg")).shape == (65500, 1, 3)


# --- save -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "format"), [
    ("a.png", "PNG"), ("b.JPG", "JPEG"), ("c.jpeg", "JPEG"), ("d.webp", "WEBP"), ("ünï 写真.v2.png", "PNG"),
])  # fmt: skip
def test_save_by_suffix(tmp_path: Path, name: str, format: str) -> None:
    for path in (tmp_path / name, str(tmp_path / name)):
        save(UPRIGHT, path)
        with Image.open(path) as picture:
            assert picture.format == format
    assert os.listdir(tmp_path) == [name]


def test_save_gives_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    save(UPRIGHT, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def refused(path: str | Path) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        save(UPRIGHT, path)
    assert caught.value.message.endswith(".")
    return caught.value.message


def test_save_where_it_cannot(tmp_path: Path) -> None:
    for name in ("picture", "picture.gif", "picture.png.txt", ""):
        assert ".png" in refused(tmp_path / name if name else "")
    assert "does not exist" in refused(tmp_path / "missing" / "a.png")
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "a.png")
    (tmp_path / "folder.png").mkdir()
    refused(tmp_path / "folder.png")
    refused(tmp_path / ("x" * 400 + ".png"))
    refused(tmp_path / "nul\0.png")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.png"]


def test_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)  # the tests may run as root, whom no folder mode stops
    assert "Permission denied" in refused(tmp_path / "a.png")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert "No space left" in refused(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


# --- scaling --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width", "size", "expected"), [
    (48, 64, 32, (24, 32)), (64, 48, 32, (32, 24)), (48, 64, 128, (96, 128)), (48, 64, 64, (48, 64)),
    (1, 1000, 100, (1, 100)), (1000, 1, 100, (100, 1)), (50, 99, 10, (5, 10)), (3, 1000, 1, (1, 1)), (1, 1, 7, (7, 7)),
])  # fmt: skip
def test_scaled_sizes(height: int, width: int, size: int, expected: tuple[int, int]) -> None:
    for channels in (3, 4):
        scaled = resize_longer_side(np.full((height, width, channels), 90, np.uint8), size)
        assert scaled.shape == (*expected, channels)
        assert scaled.dtype == np.uint8
        assert np.abs(scaled.astype(int) - 90).max() <= 1  # a constant stays one; premultiplied values are rounded


def test_enlarging_is_optional_and_nothing_is_shared() -> None:
    assert resize_longer_side(UPRIGHT, 128).shape == (96, 128, 3)
    for size in (64, 128):
        same = resize_longer_side(UPRIGHT, size, enlarge=False)
        np.testing.assert_array_equal(same, UPRIGHT)
        assert not np.shares_memory(same, UPRIGHT)
    assert resize_longer_side(UPRIGHT, 32, enlarge=False).shape == (24, 32, 3)


def test_scaling_is_lanczos() -> None:
    """Halving one row, by the formula: sinc(x) sinc(x / 3), stretched by 2, normalised, edges renormalised."""
    row = np.random.default_rng(2).integers(0, 256, 40)
    centres = 2 * np.arange(20) + 1.0
    offsets = (np.arange(40) + 0.5 - centres[:, None]) / 2
    weights = np.where(np.abs(offsets) < 3, np.sinc(offsets) * np.sinc(offsets / 3), 0)
    expected = np.clip(np.rint((weights / weights.sum(1, keepdims=True)) @ row), 0, 255)
    image = np.repeat(np.repeat(row.astype(np.uint8)[None, :, None], 20, axis=0), 3, axis=2)
    scaled = resize_longer_side(image, 20)
    assert np.abs(scaled[5, :, 0] - expected).max() <= 1


def test_transparent_colours_do_not_bleed() -> None:
    image = np.zeros((32, 32, 4), np.uint8)
    image[:, :16] = (200, 0, 0, 255)
    image[:, 16:] = (0, 255, 0, 0)  # green, but invisible
    scaled = resize_longer_side(image, 10)
    visible = scaled[scaled[:, :, 3] > 20]
    assert len(visible) > 40
    assert visible[:, 1].max() <= 2
    assert np.abs(visible[:, 0].astype(int) - 200).max() <= 6


@pytest.mark.parametrize(("image", "size"), [
    (UPRIGHT, 0), (UPRIGHT, -5), (UPRIGHT[:, :, 0], 10), (UPRIGHT / 255, 10), (UPRIGHT[:0], 10),
])  # fmt: skip
def test_what_cannot_be_scaled(image: np.ndarray, size: int) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        resize_longer_side(image, size)
    assert caught.value.message.endswith(".")
