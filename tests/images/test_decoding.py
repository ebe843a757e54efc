"""What can be given, and what is refused: paths, bytes, Pillow pictures, arrays, caps."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facestyle import errors
from facestyle.images import decode, decode_rgba
from facestyle.settings import Settings
from tests.images import files

SMALL = Settings(max_image_bytes=2000, max_image_pixels=2000)


@pytest.fixture(scope="module")
def upright() -> np.ndarray:
    return files.upright_picture()


def refusal(kind: type[errors.ImageError], picture: object, settings: Settings | None = None) -> str:
    """The message of a refusal, which must be sentences, and the same from both decoders."""
    with pytest.raises(errors.ImageError) as caught:
        decode(picture, settings=settings)
    assert caught.type is kind
    with pytest.raises(kind):
        decode_rgba(picture, settings=settings)
    message = caught.value.message
    assert message.endswith(".")
    assert ". " in message or ": " in message  # what went wrong, then what to do
    return message


# --- the ways in ----------------------------------------------------------------------------------------------------


def test_every_way_in_gives_the_same_pixels(tmp_path: Path, upright: np.ndarray) -> None:
    data = files.write(upright, "PNG")
    path = tmp_path / "Фото 写真.png"
    path.write_bytes(data)
    ways = [path, str(path), data, bytearray(data), Image.open(path), Image.fromarray(upright), upright]
    for picture in ways:
        for pixels in (decode(picture), decode_rgba(picture)):
            assert pixels.dtype == np.uint8
            assert pixels.flags.writeable
            assert pixels.flags.c_contiguous
            np.testing.assert_array_equal(pixels, upright)


def test_the_suffix_does_not_matter(tmp_path: Path, upright: np.ndarray) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(files.write(upright, "PNG"))
    np.testing.assert_array_equal(decode(path), upright)


def test_inputs_are_neither_changed_nor_shared(upright: np.ndarray) -> None:
    array = upright.copy()
    decode(array)[:] = 0
    decode_rgba(array)[:] = 0
    np.testing.assert_array_equal(array, upright)
    picture = Image.fromarray(upright)
    picture.info["transparency"] = (1, 2, 3)
    picture.getexif()[0x0112] = 6
    info = dict(picture.info)
    decode(picture)[:] = 0
    assert picture.info == info
    assert picture.getexif()[0x0112] == 6
    np.testing.assert_array_equal(np.asarray(picture), upright)


@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (1, 1)])
def test_pictures_one_pixel_thin(shape: tuple[int, int]) -> None:
    thin = np.full((*shape, 3), 77, np.uint8)
    for picture in (thin, files.write(thin, "PNG"), files.write(thin, "WEBP"), Image.fromarray(thin)):
        np.testing.assert_array_equal(decode(picture), thin)
    lossy = decode(files.write(thin, "JPEG"))
    assert lossy.shape == thin.shape
    assert np.abs(lossy.astype(int) - 77).max() <= 2


# --- nothing there --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, b"", bytearray(), "", Image.new("RGB", (0, 5)), np.empty((0, 4, 3), "u1")])
def test_nothing_given(nothing: object) -> None:
    refusal(errors.ImageEmptyError, nothing)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert "0 bytes" in refusal(errors.ImageEmptyError, tmp_path / "empty.jpg")


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    assert "missing.jpg" in refusal(errors.ImageNotFoundError, tmp_path / "missing.jpg")
    assert "folder" in refusal(errors.ImageNotFoundError, tmp_path)
    if hasattr(os, "mkfifo"):  # not on Windows
        os.mkfifo(tmp_path / "pipe")
        assert "ordinary" in refusal(errors.ImageNotFoundError, tmp_path / "pipe")  # and does not wait for a writer
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refusal(errors.ImageNotFoundError, tmp_path / "loop")
    refusal(errors.ImageNotFoundError, "nul\0character.png")
    refusal(errors.ImageNotFoundError, "x" * 5000)
    refusal(errors.ImageNotFoundError, "https://example.org/photo.jpg")


def test_file_that_may_not_be_read(tmp_path: Path, upright: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "private.png"
    path.write_bytes(files.write(upright, "PNG"))

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)  # the tests may run as root, whom no file mode stops
    assert "may not be read" in refusal(errors.ImageNotFoundError, path)


@pytest.mark.parametrize("thing", [3, 2.5, ["a.png"], {"path": "a.png"}, object(), (1, 2)])
def test_things_that_are_no_pictures(thing: object) -> None:
    assert type(thing).__name__ in refusal(errors.ImageUnreadableError, thing)


def test_closed_pillow_picture(upright: np.ndarray) -> None:
    picture = Image.open(io.BytesIO(files.write(upright, "PNG")))
    picture.close()
    assert "closed" in refusal(errors.ImageUnreadableError, picture)


def test_lazy_pillow_picture_of_a_truncated_file(upright: np.ndarray) -> None:
    data = files.write(upright, "JPEG")
    refusal(errors.ImageTruncatedError, Image.open(io.BytesIO(data[: len(data) // 2])))


# --- caps -----------------------------------------------------------------------------------------------------------


def test_file_size_is_checked_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.jpg"
    path.touch()
    os.truncate(path, 34_160_000_000)  # sparse: takes no room
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("the file was opened"))
    message = refusal(errors.ImageTooLargeError, path)
    assert "34160.0 MB" in message
    assert "20 MB" in message


def test_byte_cap_is_exact_and_never_reads_like_the_limit(tmp_path: Path) -> None:
    random = np.random.default_rng(0).integers(0, 256, (25, 25, 3)).astype(np.uint8)
    data = files.write(random, "BMP")
    path = tmp_path / "picture.bmp"
    path.write_bytes(data)
    enough, short = Settings(max_image_bytes=len(data)), Settings(max_image_bytes=len(data) - 1)
    for picture in (data, bytearray(data), path):
        np.testing.assert_array_equal(decode(picture, settings=enough), random)
        refusal(errors.ImageTooLargeError, picture, short)
    assert "20.1 MB; at most 20 MB" in refusal(errors.ImageTooLargeError, bytes(20_000_001))


def test_file_that_grows_while_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "growing.png"
    path.write_bytes(b"x" * 10)
    before = path.stat()
    path.write_bytes(b"x" * 3000)
    monkeypatch.setattr(os, "stat", lambda *_, **__: before)
    refusal(errors.ImageTooLargeError, str(path), SMALL)


@pytest.mark.parametrize("make", [
    lambda a: a, Image.fromarray, lambda a: files.write(a, "PNG"), lambda a: a[:, :, 0], lambda a: a / 255,
])  # fmt: skip
def test_pixel_cap_holds_for_every_way_in(make: object) -> None:
    fits, beyond = np.zeros((40, 50, 3), np.uint8), np.zeros((40, 51, 3), np.uint8)
    assert decode(make(fits), settings=SMALL).shape == (40, 50, 3)
    message = refusal(errors.ImageTooLargeError, make(beyond), SMALL)
    assert "megapixels (51 × 40)" in message


def test_caps_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.zeros((40, 51, 3), np.uint8)
    assert decode(picture).shape == (40, 51, 3)
    monkeypatch.setenv("FACESTYLE_MAX_IMAGE_PIXELS", "2000")
    refusal(errors.ImageTooLargeError, picture)


# --- arrays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_arrays_are_scaled_and_rounded(dtype: type, upright: np.ndarray) -> None:
    np.testing.assert_array_equal(decode((upright / 255).astype(dtype)), upright)
    assert decode(np.array([[0.0, 0.4999 / 255, 0.5001 / 255, 1.0]], np.float64))[0, :, 0].tolist() == [0, 0, 1, 255]
    assert decode(np.array([[-1e-4, 1 + 1e-4]], np.float32))[0, :, 0].tolist() == [0, 255]  # rounding of a resampler


def test_integer_and_bool_arrays() -> None:
    deep = np.array([[0, 128, 129, 257, 32768, 65407, 65535]], np.uint16)
    expected = np.rint(deep / 257).astype(np.uint8)
    for array in (deep, deep.astype(">u2")):
        np.testing.assert_array_equal(decode(array)[0, :, 0], expected[0])
    assert decode(np.array([[True, False]]))[0].tolist() == [[255, 255, 255], [0, 0, 0]]


def test_array_shapes(upright: np.ndarray) -> None:
    grey = upright[:, :, 0]
    for array in (grey, grey[:, :, None], grey[:, ::-1][:, ::-1]):
        np.testing.assert_array_equal(decode(array), np.repeat(grey[:, :, None], 3, axis=2))
    assert decode_rgba(grey).shape == (*grey.shape, 3)
    alpha = np.zeros((2, 2, 4), np.uint8)
    alpha[0, 0] = [10, 20, 30, 255]
    alpha[0, 1] = [10, 20, 30, 51]
    np.testing.assert_array_equal(decode_rgba(alpha), alpha)
    assert decode(alpha).tolist() == [[[10, 20, 30], [206, 208, 210]], [[255] * 3, [255] * 3]]
    opaque = np.dstack([upright, np.full(upright.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(decode_rgba(opaque), upright)


@pytest.mark.parametrize("array", [
    np.zeros(5, "u1"), np.zeros((2, 5, 5), "u1"), np.zeros((3, 40, 50), "u1"), np.zeros((4, 4, 2), "u1"),
    np.zeros((1, 4, 4, 3), "u1"), np.zeros((), "u1"), np.zeros((4, 4, 3), np.int64), np.zeros((4, 4), np.int8),
    np.zeros((4, 4), np.uint32), np.zeros((4, 4), complex), np.full((4, 4), "x"), np.full((4, 4), None, object),
    np.full((4, 4, 3), 200.0), np.full((4, 4, 3), -0.5), np.full((4, 4), np.nan), np.full((4, 4), np.inf),
    np.where(np.eye(4) > 0, np.nan, 0.5).astype(np.float16),
])  # fmt: skip
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    refusal(errors.ImageUnreadableError, array)


def test_refused_arrays_say_why() -> None:
    assert "NaN" in refusal(errors.ImageUnreadableError, np.full((4, 4), np.nan))
    assert "0 to 255" in refusal(errors.ImageUnreadableError, np.full((4, 4), 200.0))
    assert "int64" in refusal(errors.ImageUnreadableError, np.zeros((4, 4), np.int64))
    assert "(3, 40, 50)" in refusal(errors.ImageUnreadableError, np.zeros((3, 40, 50), np.uint8))


# --- real files -----------------------------------------------------------------------------------------------------


@pytest.mark.data
def test_phone_photos_with_exif_6_come_out_upright(shared_data: Path) -> None:
    photos = sorted((shared_data / "faces" / "antispoof").glob("*.jpg"))
    assert len(photos) == 3
    for photo in photos:
        height, width, channels = decode(photo).shape
        assert height > width
        assert channels == 3


@pytest.mark.data
def test_orl_pgm(shared_data: Path) -> None:
    data = (shared_data / "faces" / "orl" / "s1" / "1.pgm").read_bytes()
    width, height = map(int, re.match(rb"P5\s(?:#.*\n)?(\d+) (\d+)\s255\s", data).groups())
    expected = np.frombuffer(data[-width * height :], np.uint8).reshape(height, width, 1)
    assert expected.std() > 10
    np.testing.assert_array_equal(decode(data), np.repeat(expected, 3, axis=2))
