"""From a catalogue ID to a detector."""

import pytest

from facestyle import weights
from facestyle.errors import CatalogueError, UnknownModelError
from facestyle.faces.detection import MtcnnDetector, RetinaFaceDetector, detectors, load_detector, loading
from facestyle.settings import Settings


def test_detectors_are_those_of_the_catalogue_with_the_embedded_one_first():
    assert detectors()[0] == loading.DEFAULT
    assert set(detectors()) == {entry.id for entry in weights.catalogue().values() if entry.role == "detector"}


def test_every_detector_of_the_catalogue_has_a_class():
    for model_id in detectors():
        assert weights.entry(model_id).architecture in loading._DETECTORS


@pytest.mark.parametrize(
    ("model_id", "kind", "model"),
    [
        (None, RetinaFaceDetector, "retinaface_mobilenet"),
        ("retinaface_mobilenet", RetinaFaceDetector, "retinaface_mobilenet"),
        ("mtcnn", MtcnnDetector, "mtcnn"),
    ],
)
def test_two_are_on_board_and_one_of_them_is_the_default(model_id, kind, model):
    detector = load_detector(model_id)
    assert isinstance(detector, kind)
    assert detector.model == model
    assert weights.entry(model).embedded


def test_settings_reach_the_detector(example):
    small = load_detector("mtcnn", Settings(min_face_size=200)).detect(example("montage.jpg"))
    assert len(small) < len(load_detector("mtcnn").detect(example("montage.jpg")))


@pytest.mark.parametrize("model_id", ["dlib_resnet", "cascade_2001", ""])
def test_what_is_no_detector_is_refused_with_those_that_are(model_id):
    with pytest.raises(UnknownModelError, match="retinaface_mobilenet, mtcnn, retinaface, yunet"):
        load_detector(model_id)


def test_unknown_architecture_is_the_catalogues_fault(monkeypatch):
    monkeypatch.delitem(loading._DETECTORS, "mtcnn")
    with pytest.raises(CatalogueError, match="unknown architecture"):
        load_detector("mtcnn")
