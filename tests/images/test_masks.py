"""Masks from pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from facestyle import images
from facestyle.errors import ImageEmptyError, ImageUnreadableError


def test_white_holds_black_does_not_and_grey_is_between():
    grey = np.array([[0, 128, 255]], np.uint8)
    assert images.decode_mask(grey).tolist() == [[0, 128, 255]]
    color = np.zeros((1, 3, 3), np.uint8)
    color[0, 0, 0] = color[0, 1, 1] = color[0, 2, 2] = 255
    expected = np.asarray(Image.fromarray(color).convert("L"))
    assert np.abs(images.decode_mask(color).astype(int) - expected).max() <= 1


def test_what_is_transparent_does_not_hold():
    picture = np.full((1, 3, 4), 255, np.uint8)
    picture[0, :, 3] = 0, 100, 255
    assert images.decode_mask(picture).tolist() == [[0, 100, 255]]


def test_a_file_of_one_bit_is_a_mask():
    buffer = io.BytesIO()
    Image.fromarray(np.array([[True, False]])).save(buffer, "PNG")
    assert images.decode_mask(buffer.getvalue()).tolist() == [[255, 0]]


@pytest.mark.parametrize(("given", "error"), [(None, ImageEmptyError), (b"no picture", ImageUnreadableError)])
def test_no_picture_is_an_error(given, error):
    with pytest.raises(error):
        images.decode_mask(given)
