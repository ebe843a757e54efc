"""The MTCNN cascade against what the original implementation finds, and on pictures of every kind."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle.faces.detection import MtcnnDetector
from facestyle.faces.detection.mtcnn import _correct, _nms_over_smaller, _square
from facestyle.settings import Settings

REFERENCE = json.loads((Path(__file__).parent.parent / "data" / "mtcnn_reference.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def detector():
    return MtcnnDetector()


def iou(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


@pytest.mark.parametrize("name", REFERENCE)
def test_finds_what_the_original_finds(detector, example, name):
    """Crops are resampled differently (see the module), so agreement is close, not exact."""
    found = [face for face in detector.detect(example(name)) if face.score > 0.95]
    expected = REFERENCE[name]
    assert len(found) == len(expected)
    for face in expected:
        nearest = max(found, key=lambda candidate: iou(candidate.box.as_list(), face["box"]))
        assert iou(nearest.box.as_list(), face["box"]) > 0.8
        height = face["box"][3] - face["box"][1]
        assert np.abs(np.array(nearest.landmarks) - face["points"]).max() < 0.03 * height
        assert nearest.score > 0.99


def test_points_are_named_from_left_to_right(detector, example):
    (face,) = [face for face in detector.detect(example("hopper.jpg")) if face.score > 0.9]
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_large_picture_is_answered_in_its_own_pixels(detector, example):
    small = example("hopper.jpg")
    large = small.repeat(6, axis=0).repeat(6, axis=1)  # 3072 x 3600
    (a,) = [face for face in detector.detect(small) if face.score > 0.9]
    (b,) = [face for face in detector.detect(large) if face.score > 0.9]
    assert iou(a.box.as_list(), [v / 6 for v in b.box.as_list()]) > 0.8


def test_tight_crop_is_found_on_the_second_attempt(detector, example, monkeypatch):
    face = REFERENCE["hopper.jpg"][0]["box"]
    left, top, right, bottom = (round(v) for v in face)
    crop = np.ascontiguousarray(example("hopper.jpg")[top + 15 : bottom - 15, left + 15 : right - 15])
    (found,) = [face for face in detector.detect(crop) if face.score > 0.9]
    assert iou(found.box.as_list(), [-15, -15, right - left - 15, bottom - top - 15]) > 0.6
    monkeypatch.setattr("facestyle.faces.detection.mtcnn._BORDER", 0.0)
    without = [face for face in detector.detect(crop) if face.score > 0.9]
    assert len(without) <= 1


def test_min_face_size_leaves_small_faces_out(example):
    large_only = MtcnnDetector(settings=Settings(min_face_size=200))
    assert [face.box.height > 150 for face in large_only.detect(example("montage.jpg"))] == [True]


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (300, 5), (11, 11), (12, 12), (13, 640)])
def test_pictures_too_small_for_a_face_have_none(detector, shape):
    assert detector.detect(np.full((*shape, 3), 128, np.uint8)) == ()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_pictures_have_no_face(detector, value):
    assert detector.detect(np.full((240, 320, 3), value, np.uint8)) == ()


def test_noise_has_no_certain_face(detector):
    noise = np.random.default_rng(0).integers(0, 256, (360, 480, 3), np.uint8)
    assert all(face.score < 0.9 for face in detector.detect(noise))


def test_same_picture_same_faces(detector, example):
    assert detector.detect(example("montage.jpg")) == detector.detect(example("montage.jpg"))


def test_square_keeps_centre_and_longer_side():
    boxes = torch.tensor([[0.0, 10.0, 20.0, 50.0], [5.0, 5.0, 9.0, 7.0]])
    assert _square(boxes).tolist() == [[-10.0, 10.0, 30.0, 50.0], [5.0, 4.0, 9.0, 8.0]]


def test_correction_is_in_fractions_of_the_sides():
    box = torch.tensor([[10.0, 20.0, 30.0, 60.0]])
    assert _correct(box, torch.tensor([[0.1, -0.1, 0.5, 0.25]])).tolist() == [[12.0, 16.0, 40.0, 70.0]]


def test_nms_over_the_smaller_area_against_a_loop():
    generator = np.random.default_rng(1)
    corner = generator.uniform(0, 60, (40, 2))
    boxes = np.hstack([corner, corner + generator.uniform(5, 40, (40, 2))])
    scores = generator.permutation(40) / 40

    def overlap(a, b):
        inter = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
        return inter / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))

    expected = []
    for index in np.argsort(-scores):
        if all(overlap(boxes[index], boxes[kept]) <= 0.7 for kept in expected):
            expected.append(int(index))
    found = _nms_over_smaller(torch.from_numpy(boxes), torch.from_numpy(scores), 0.7)
    assert found.tolist() == expected


@pytest.mark.data
def test_group_photos_hold_as_many_faces_as_their_names_say(detector, shared_data):
    """NNN_<count>.jpg holds that many faces, NNN_<letter>.jpg one."""
    from facestyle.faces.service import CERTAIN
    from facestyle.images import decode

    wrong = {}
    for path in sorted((shared_data / "faces" / "group_photos").glob("*.jpg")):
        suffix = path.stem.partition("_")[2]
        expected = int(suffix) if suffix.isdigit() else 1
        found = sum(face.score >= CERTAIN for face in detector.detect(decode(path)))
        if found != expected:
            wrong[path.name] = (found, expected)
    assert wrong == {}
