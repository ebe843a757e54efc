"""The default detector on real pictures: portraits of every size, cut and turned, and pictures of nobody."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from facestyle.faces.detection import load_detector
from facestyle.faces.service import CERTAIN
from facestyle.images import decode


def certain(detector, image):
    return [face for face in detector.detect(np.ascontiguousarray(image)) if face.score >= CERTAIN]


def resized(image, longest):
    scale = longest / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def relative(face, image):
    """Box and points as fractions of the picture's width and height."""
    sides = np.array(image.shape[1::-1], float)
    corners = np.array([[face.box.left, face.box.top], [face.box.right, face.box.bottom]])
    return np.vstack([corners, face.landmarks]) / sides


@pytest.mark.parametrize("longest", [160, 250, 640, 1280, 2400])
@pytest.mark.parametrize("name", ["collins.jpg", "hopper.jpg"])
def test_portrait_is_found_where_it_is_at_any_size(detector, example, name, longest):
    image = example(name)
    (expected,) = certain(detector, image)
    (found,) = certain(detector, resized(image, longest))
    gap = np.abs(relative(found, resized(image, longest)) - relative(expected, image)).max()
    assert gap < 0.03


def test_points_are_where_the_other_detector_sees_them(detector, example):
    """Left eye, right eye, nose, mouth corners as seen; the two were taught different places on the nose."""
    for name in ("collins.jpg", "hopper.jpg"):
        image = example(name)
        (face,), (other,) = certain(detector, image), certain(load_detector("mtcnn"), image)
        points, expected = np.array(face.landmarks), np.array(other.landmarks)
        eyes = np.linalg.norm(expected[1] - expected[0])
        apart = np.linalg.norm(points - expected, axis=1) / eyes
        assert apart[[0, 1, 3, 4]].max() < 0.12
        assert apart[2] < 0.2
        assert points[0, 0] < points[1, 0]
        assert points[3, 0] < points[4, 0]


@pytest.mark.parametrize("longest", [120, 300, 900])
def test_face_that_fills_the_picture_is_found_once(detector, example, longest):
    image = example("hopper.jpg")
    box = certain(detector, image)[0].box
    tight = image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    (face,) = certain(detector, resized(tight, longest))
    assert face.box.height > 0.8 * longest


@pytest.mark.parametrize("degrees", [-20, 20])
def test_tilted_head_is_found(detector, example, degrees):
    tilted = np.asarray(Image.fromarray(example("collins.jpg")).rotate(degrees, Image.Resampling.BILINEAR))
    (face,) = certain(detector, tilted)
    eyes = np.subtract(face.landmarks[1], face.landmarks[0])
    assert np.degrees(np.arctan2(-eyes[1], eyes[0])) == pytest.approx(degrees, abs=8)


@pytest.mark.parametrize("name", ["chelsea.jpg", "coffee.jpg", "china.jpg", "flower.jpg", "swirls.jpg", "waves.jpg"])
def test_nobody_is_found_where_nobody_is(detector, example, name):
    assert certain(detector, example(name)) == []


def test_noise_and_plain_colour_hold_nobody(detector):
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    assert certain(detector, noise) == []
    assert certain(detector, np.full((200, 300, 3), 180, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (12, 12), (31, 33)])
def test_tiny_and_thin_pictures(detector, shape):
    assert detector.detect(np.full((*shape, 3), 90, np.uint8)) == ()


@pytest.mark.data
def test_group_photos_hold_as_many_faces_as_their_names_say(detector, shared_data):
    """NNN_<count>.jpg holds that many faces, NNN_<letter>.jpg one."""
    wrong = {}
    for path in sorted((shared_data / "faces" / "group_photos").glob("*.jpg")):
        suffix = path.stem.partition("_")[2]
        expected = int(suffix) if suffix.isdigit() else 1
        found = len(certain(detector, decode(path)))
        if found != expected:
            wrong[path.name] = (found, expected)
    assert wrong == {}


@pytest.mark.data
def test_landscapes_hold_nobody(detector, shared_data):
    content = shared_data / "style" / "content"
    for name in ("golden_gate", "hoovertowernight", "tubingen", "taj_mahal"):
        assert certain(detector, decode(content / f"{name}.jpg")) == []
