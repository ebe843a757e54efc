"""Verify, identify and enrol with the embedded networks, on the pictures that ship with the project."""

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import (
    ConsentMissingError,
    ImageUnreadableError,
    InvalidNameError,
    InvalidRequestError,
    NoFaceError,
    NotEnrolledWithModelError,
    SeveralFacesError,
    UnknownPersonError,
)
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.results import Claim, Consent
from facestyle.faces.service import CONSENT, CONSENT_VERSION, FaceService


@pytest.fixture
def service(detector, embedder):
    with MemoryGallery() as gallery:
        yield FaceService(gallery, detector=detector, embedder=embedder)


@pytest.fixture
def hopper(example):
    return example("hopper.jpg")


@pytest.fixture
def collins(example):
    return example("collins.jpg")


def several(example):
    """Two faces of about the same size in one picture."""
    picture = example("hopper.jpg")
    return np.hstack([picture, picture])


def test_altered_copy_is_the_same_person(service, hopper, example):
    answer = service.verify(hopper, example("hopper_altered.jpg"))
    assert answer.same
    assert 0 < answer.distance < answer.tau == service.default_tau
    assert [chip.shape for chip in answer.aligned] == [(158, 158, 3)] * 2
    assert len(answer.faces) == 2
    assert answer.claimed is None


def test_two_people_are_different(service, hopper, collins):
    answer = service.verify(hopper, collins)
    assert not answer.same
    assert answer.distance > answer.tau


def test_verification_is_symmetric(service, hopper, collins):
    assert service.verify(hopper, collins).distance == pytest.approx(service.verify(collins, hopper).distance, rel=1e-5)


def test_tau_zero_accepts_the_identical_picture_only(service, hopper, example):
    identical = service.verify(hopper, hopper, tau=0)
    assert identical.same
    assert identical.distance == 0
    assert identical.tau == 0
    assert not service.verify(hopper, example("hopper_altered.jpg"), tau=0).same


@pytest.mark.parametrize("tau", [-0.1, float("nan"), float("inf")])
def test_senseless_tau_is_refused(service, hopper, tau):
    with pytest.raises(InvalidRequestError, match="tau"):
        service.verify(hopper, hopper, tau=tau)


def test_no_face_names_the_picture(service, hopper, example):
    with pytest.raises(NoFaceError, match="second picture") as caught:
        service.verify(hopper, example("coffee.jpg"))
    assert caught.value.picture == 1


def test_several_faces_are_reported_with_their_boxes(service, hopper, example):
    with pytest.raises(SeveralFacesError) as caught:
        service.verify(several(example), hopper)
    left, right = (face.box for face in caught.value.faces)
    assert left.right < right.left


def test_unreadable_picture_is_named(service, hopper):
    with pytest.raises(ImageUnreadableError):
        service.verify(b"this is no picture", hopper)


def test_rotated_phone_photo_is_turned_upright(service, hopper):
    """A camera held sideways stores the picture rotated with EXIF orientation 6; ignoring that misses the face."""
    image = Image.fromarray(hopper).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    assert service.verify(buffer.getvalue(), hopper).distance < 1e-3


def test_claim_is_verified_against_every_picture_of_the_person(service, hopper, collins, example):
    service.enroll("Grace", [hopper, example("hopper_altered.jpg")], consent=True)
    service.enroll("Eileen", [collins], consent=True)
    genuine = service.verify(hopper, Claim("Grace"))
    assert genuine.same
    assert genuine.claimed == "Grace"
    assert genuine.distance < 1e-6
    assert len(genuine.faces) == len(genuine.aligned) == 1
    impostor = service.verify(hopper, Claim("Eileen"))
    assert not impostor.same
    assert impostor.distance > impostor.tau


def test_claim_of_nobody_is_refused_before_the_picture_is_looked_at(service):
    with pytest.raises(UnknownPersonError):
        service.verify(b"not even a picture", Claim("Nobody"))


def test_embeddings_of_another_model_are_never_compared(service, hopper):
    service.gallery.add("Ada", np.ones((1, 128), np.float32), model="another_model", preprocessing="1")
    with pytest.raises(NotEnrolledWithModelError):
        service.verify(hopper, Claim("Ada"))
    answer = service.identify(hopper)
    assert answer.enrolled == 0
    assert answer.faces[0].recognized is None
    assert answer.faces[0].nearest_distance is None


def test_identifies_each_face_of_a_group(service, hopper, collins, example):
    service.enroll("Grace", [hopper], consent=True)
    service.enroll("Eileen", [collins], consent=True)
    answer = service.identify(example("montage.jpg"))
    assert [face.recognized for face in answer.faces] == ["Eileen", "Grace"]
    boxes = [face.face.box for face in answer.faces]
    assert boxes[0].left < boxes[1].left
    assert answer.enrolled == 2


def test_unknown_face_reveals_no_name(service, hopper, collins):
    service.enroll("Eileen", [collins], consent=True)
    (face,) = service.identify(hopper, top_k=100).faces
    assert face.recognized is None
    assert face.matches == ()
    assert face.nearest_distance > service.default_tau
    assert "Eileen" not in repr(face)


def test_empty_gallery_recognises_nobody(service, hopper):
    (face,) = service.identify(hopper).faces
    assert face.recognized is None
    assert face.nearest_distance is None


def test_top_k_bounds_the_matches(service, hopper, example):
    for name in ("Grace", "Amazing Grace", "Admiral Hopper"):
        service.enroll(name, [hopper], consent=True, accept_conflict=True)
    (face,) = service.identify(example("hopper_altered.jpg"), top_k=2).faces
    assert [match.name for match in face.matches] == ["Admiral Hopper", "Amazing Grace"]
    with pytest.raises(InvalidRequestError, match="top_k"):
        service.identify(hopper, top_k=0)


def test_identify_without_a_face_says_so(service, example):
    with pytest.raises(NoFaceError):
        service.identify(example("china.jpg"))


def test_enrolment_keeps_no_pixels_unless_asked(service, hopper, collins):
    plain = service.enroll("Grace", [hopper], consent=True)
    assert plain.person.thumbnail is None
    assert plain.added == 1
    kept = service.enroll("Eileen", [collins], consent=True, keep_thumbnail=True)
    with Image.open(io.BytesIO(kept.person.thumbnail)) as thumbnail:
        assert thumbnail.size == (158, 158)
        assert not thumbnail.getexif()


def test_enrolment_is_all_or_nothing(service, hopper, example):
    with pytest.raises(NoFaceError, match="picture 2 of 2"):
        service.enroll("Grace", [hopper, example("coffee.jpg")], consent=True)
    assert service.gallery.list() == ()


def test_every_face_of_a_group_is_not_enrolled_under_one_name(service, example):
    with pytest.raises(SeveralFacesError):
        service.enroll("Both", [several(example)], consent=True)
    assert service.gallery.list() == ()


@pytest.mark.parametrize(
    ("name", "pictures", "consent", "error"),
    [
        ("Grace", 1, False, ConsentMissingError),
        ("Grace", 0, True, InvalidRequestError),
        ("  ", 1, True, InvalidNameError),
        ("x" * 201, 1, True, InvalidNameError),
    ],
)
def test_incomplete_enrolment_is_refused(service, hopper, name, pictures, consent, error):
    with pytest.raises(error):
        service.enroll(name, [hopper] * pictures, consent=consent)
    assert service.gallery.list() == ()


def test_what_the_person_agreed_to_is_recorded(service, hopper):
    shown = Consent("Yes, until Friday.", "2026-11", datetime(2026, 11, 22, tzinfo=UTC))
    assert service.enroll("Grace", [hopper], consent=shown).person.consent == shown
    ada = service.enroll("Ada", [hopper], consent=True, accept_conflict=True).person.consent
    assert (ada.text, ada.version) == (CONSENT, CONSENT_VERSION)


def test_second_enrolment_adds_to_the_same_person(service, hopper, example):
    first = service.enroll("Grace", [hopper], consent=True)
    second = service.enroll(" grace ", [example("hopper_altered.jpg")], consent=True)
    assert second.person.id == first.person.id
    assert second.person.embeddings == 2


def test_detect_lists_faces_from_left_to_right(service, example):
    lefts = [face.box.left for face in service.detect(example("montage.jpg"))]
    assert len(lefts) == 2
    assert lefts == sorted(lefts)


@pytest.mark.data
def test_live_photo_with_exif_orientation_has_a_face(service, shared_data):
    assert len(service.detect(shared_data / "faces" / "antispoof" / "image_T1.jpg")) == 1


def test_probability_follows_the_faces_and_not_tau(service, hopper, collins, example):
    altered = example("hopper_altered.jpg")
    same, different = service.verify(hopper, altered), service.verify(hopper, collins)
    assert same.probability == same.evidence.highest > 0.99
    assert different.evidence.lowest <= different.probability < 0.1
    strict = service.verify(hopper, altered, tau=0)
    assert strict.probability == same.probability
    assert strict.rates.false_reject.value == 1 > same.rates.false_reject.value
    service.enroll("Grace", [collins, altered], consent=True, accept_conflict=True)
    assert service.verify(hopper, Claim("Grace")).probability == same.probability  # of the nearest embedding


def test_unknown_detector_version_shows_no_probability(renewed, hopper):
    answer = renewed.verify(hopper, hopper)
    assert answer.probability is answer.evidence is answer.rates is None
    assert renewed.confidence.refusal.code == "calibration_mismatch"


@pytest.fixture
def renewed(detector, embedder, monkeypatch):
    monkeypatch.setattr(detector, "version", "of tomorrow", raising=False)
    with MemoryGallery() as gallery:
        yield FaceService(gallery, detector=detector, embedder=embedder)
