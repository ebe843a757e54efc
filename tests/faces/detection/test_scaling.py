"""The way to a detector's pixels and back."""

import numpy as np
import pytest
import torch

from facestyle.faces.detection.scaling import large_enough, to_faces, to_pixels
from facestyle.faces.results import Box, Face


def picture(height, width):
    return np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)


def test_small_pictures_are_seen_as_they_are():
    image = picture(30, 40)
    np.testing.assert_array_equal(to_pixels(image, 40)[0].permute(1, 2, 0).numpy(), image)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((600, 800), 400, (300, 400)),
        ((801, 600), 400, (400, 300)),
        ((1, 3000), 100, (1, 100)),
        ((5, 2000), 64, (1, 64)),
    ],
)
def test_large_pictures_keep_their_shape_and_no_side_vanishes(size, longest, expected):
    assert to_pixels(picture(*size), longest).shape == (1, 3, *expected)


@pytest.mark.parametrize(
    ("size", "longest", "least", "expected"),
    [
        ((30, 40), 1280, 320, (240, 320)),
        ((320, 200), 1280, 320, (320, 200)),
        ((1, 1), 1280, 320, (320, 320)),
        ((30, 40), 160, 320, (120, 160)),  # the limit wins
    ],
)
def test_small_pictures_are_enlarged_where_asked_for(size, longest, least, expected):
    assert to_pixels(picture(*size), longest, least=least).shape == (1, 3, *expected)


def test_scaling_down_averages():
    """Without it, a fine pattern would become another one (aliasing)."""
    board = np.zeros((64, 64, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    inner = to_pixels(board, 16)[0, :, 2:-2, 2:-2]
    np.testing.assert_allclose(inner.numpy(), 127.5, atol=4)


def test_answers_are_in_the_pixels_of_the_original_without_the_border():
    found = (
        torch.tensor([[15.0, 24.0, 25.0, 44.0]]),
        torch.tensor([0.75]),
        torch.tensor([[[15.0, 24.0]] * 5]),
    )
    (face,) = to_faces(found, picture(400, 200), (40, 50), offset=(5, 4))
    assert face == Face(Box(40.0, 200.0, 80.0, 400.0), 0.75, ((40.0, 200.0),) * 5)


def test_no_faces():
    none = torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 5, 2)
    assert to_faces(none, picture(10, 10), (10, 10)) == ()


def test_least_height():
    faces = [Face(Box(0, 0, 99, height), 0.9, ((0.0, 0.0),) * 5) for height in (19, 20, 21)]
    assert [face.box.height for face in large_enough(faces, 20)] == [20, 21]
