"""ArcFace's alignment, against the published template used as OpenCV's warpAffine would use it."""

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates

from facestyle.faces.embedding.arcface import TEMPLATE, align_arcface
from facestyle.faces.results import Box, Face

PUBLISHED = [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
"""Of InsightFace and of OpenCV's FaceRecognizerSF, in numbers of pixels from the centre of the first one."""


def face_at(points):
    return Face(Box(0, 0, 1, 1), 1.0, tuple(map(tuple, points)))


def smooth_picture():
    picture = Image.effect_mandelbrot((120, 120), (-2, -1, 0.5, 1), 50).resize((300, 300), Image.Resampling.BICUBIC)
    return np.asarray(picture.convert("RGB"))


def test_a_face_already_in_place_is_cut_out_unchanged():
    image = smooth_picture()
    (chip,) = align_arcface(image, [face_at(TEMPLATE)])
    assert np.abs(chip.astype(int) - image[:112, :112]).max() <= 1


@pytest.mark.parametrize("angle", [0.0, 0.5, -0.9])
def test_alignment_is_that_of_the_published_template(angle):
    """Least squares over a, b, tx, ty and bilinear sampling, in OpenCV's coordinates: pixel centres are whole."""
    image = smooth_picture()
    generator = np.random.default_rng(5)
    rotation = 0.8 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = (np.array(PUBLISHED) - 60) @ rotation.T + [150, 140] + generator.normal(size=(5, 2)) * 2
    (chip,) = align_arcface(image, [face_at(landmarks)])

    from_centres = landmarks - 0.5
    rows = [[x, -y, 1, 0] for x, y in from_centres] + [[y, x, 0, 1] for x, y in from_centres]
    a, b, tx, ty = np.linalg.lstsq(np.array(rows), np.concatenate(np.array(PUBLISHED).T), rcond=None)[0]
    v, u = np.indices((112, 112))
    back = np.linalg.inv([[a, -b], [b, a]]) @ np.stack([u.ravel() - tx, v.ravel() - ty])
    expected = np.stack([map_coordinates(image[..., c].astype(float), back[::-1], order=1) for c in range(3)], 1)
    assert np.abs(chip.reshape(-1, 3) - expected).max() <= 1.5


def test_no_faces_no_chips():
    assert align_arcface(np.zeros((9, 9, 3), np.uint8), []).shape == (0, 112, 112, 3)
