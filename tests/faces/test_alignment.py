"""The similarity transform and the warp, against independent formulations."""

import numpy as np
import pytest
from PIL import Image

from facestyle.faces.alignment import align_faces, similarity_transform
from facestyle.faces.results import Box, Face

TEMPLATE = np.array([[48.1, 46.0], [101.8, 46.0], [74.95, 78.5], [51.5, 105.1], [98.4, 105.1]])


def face_at(points):
    return Face(Box(0, 0, 1, 1), 1.0, tuple(map(tuple, points)))


@pytest.mark.parametrize("angle", [0, 0.3, -2.0, 3.1])
@pytest.mark.parametrize("scale", [0.05, 1, 40])
def test_known_similarity_is_recovered(angle, scale):
    rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = np.random.default_rng(0).normal(size=(5, 2)) * 30
    matrix = similarity_transform(source, source @ rotation.T + [7, -9])
    np.testing.assert_allclose(matrix[:, :2], rotation, atol=1e-9 * max(1, scale))
    np.testing.assert_allclose(matrix[:, 2], [7, -9], atol=1e-7 * max(1, scale))


def test_noisy_points_against_linear_least_squares():
    """The same minimum through numpy's general solver: unknowns a, b, tx, ty of [[a, -b], [b, a]]."""
    generator = np.random.default_rng(1)
    source = generator.normal(size=(5, 2)) * 20
    target = TEMPLATE + generator.normal(size=(5, 2)) * 4
    rows = [[x, -y, 1, 0] for x, y in source] + [[y, x, 0, 1] for x, y in source]
    a, b, tx, ty = np.linalg.lstsq(np.array(rows), np.concatenate(target.T), rcond=None)[0]
    np.testing.assert_allclose(similarity_transform(source, target), [[a, -b, tx], [b, a, ty]], atol=1e-9)


def test_never_a_reflection():
    mirrored = TEMPLATE * [-1, 1]
    assert np.linalg.det(similarity_transform(mirrored, TEMPLATE)[:, :2]) > 0


def test_coinciding_points_do_not_crash():
    assert np.isfinite(similarity_transform(np.zeros((5, 2)), TEMPLATE)).all()


def test_identity_returns_the_picture_itself():
    image = np.random.default_rng(2).integers(0, 256, (150, 150, 3), np.uint8)
    (chip,) = align_faces(image, [face_at(TEMPLATE)], TEMPLATE, 150)
    assert np.abs(chip.astype(int) - image).max() <= 1


def test_shifted_window_against_slicing():
    image = np.random.default_rng(3).integers(0, 256, (300, 400, 3), np.uint8)
    (chip,) = align_faces(image, [face_at(TEMPLATE + np.array([31, 77]))], TEMPLATE, 150)
    assert np.abs(chip.astype(int) - image[77:227, 31:181]).max() <= 1


def test_enlarging_warp_against_pillow():
    """Pillow's affine transform with bilinear sampling is an independent implementation."""
    smooth = Image.effect_mandelbrot((120, 120), (-2, -1, 0.5, 1), 50).resize((300, 300), Image.Resampling.BICUBIC)
    image = np.asarray(smooth.convert("RGB"))
    angle, scale = 0.4, 0.6  # chip pixel -> 0.6 picture pixels
    rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([120.0, 90.0])
    (chip,) = align_faces(image, [face_at(TEMPLATE @ rotation.T + shift)], TEMPLATE, 150)
    data = (rotation[0, 0], rotation[0, 1], shift[0], rotation[1, 0], rotation[1, 1], shift[1])
    expected = Image.fromarray(image).transform((150, 150), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    assert np.abs(chip.astype(int) - np.asarray(expected)).max() <= 2


def test_reduction_averages_instead_of_skipping():
    """A one-pixel checkerboard seen at a tenth of its size is grey; bilinear sampling alone would show it aliased."""
    board = ((np.indices((1600, 1600)).sum(0) % 2) * 255).astype(np.uint8)
    (chip,) = align_faces(np.repeat(board[..., None], 3, 2), [face_at(TEMPLATE * 10)], TEMPLATE, 150)
    centre = chip[20:130, 20:130].astype(float)
    assert abs(centre.mean() - 127.5) < 2
    assert centre.std() < 4


def test_outside_the_picture_is_black():
    white = np.full((60, 60, 3), 255, np.uint8)
    half, nothing = align_faces(white, [face_at(TEMPLATE - [75, 0]), face_at(TEMPLATE + 5000)], TEMPLATE, 150)
    assert half[5:55, 80:130].min() == 255
    assert half[:, :70].max() == half[65:].max() == 0
    assert nothing.max() == 0


def test_no_faces_no_chips():
    assert align_faces(np.zeros((9, 9, 3), np.uint8), [], TEMPLATE, 150).shape == (0, 150, 150, 3)
