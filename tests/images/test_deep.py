"""16-bit PNG: every level there and back, read by another decoder than the one that wrote it."""

import io
import struct

import av
import numpy as np
import pytest
from PIL import Image

from facestyle import images
from facestyle.errors import InvalidRequestError


def ramp(channels, height=32, width=96):
    levels = np.linspace(0, 65535, height * width * channels).astype(np.uint16)
    return np.random.default_rng(0).permutation(levels).reshape(height, width, channels)


def read(data):
    """By FFmpeg, uint16."""
    with av.open(io.BytesIO(data), format="png_pipe") as container:
        (frame,) = container.decode(video=0)
        assert frame.format.name in ("rgb48be", "rgba64be")
        return frame.to_ndarray().astype(np.uint16)


def chunks(data):
    kinds, position = [], 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kinds.append(data[position + 4 : position + 8])
        position += 12 + length
    return kinds


@pytest.mark.parametrize("channels", [3, 4])
def test_every_level_comes_back(channels):
    picture = ramp(channels)
    data = images.encode(picture)
    assert data[24] == 16  # IHDR, bit depth (PNG specification, 11.2.1)
    assert np.array_equal(read(data), picture)
    assert set(chunks(data)) == {b"IHDR", b"IDAT", b"IEND"}  # pixels only


def test_the_file_is_the_8_bit_picture_to_those_who_read_8_bits(tmp_path):
    picture = ramp(4)
    images.save(picture, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as seen:
        assert np.abs(np.asarray(seen).astype(int) - picture // 257).max() <= 1
    assert images.decode_rgba(tmp_path / "a.png").shape == (32, 96, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_other_formats_cannot(format):
    with pytest.raises(InvalidRequestError, match="16 bits"):
        images.encode(ramp(3), format)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (0, 4, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(InvalidRequestError, match="16-bit picture"):
        images.encode(np.zeros(shape, np.uint16))
