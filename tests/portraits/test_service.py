"""Faces kept recognisable, measured with the networks on board."""

import numpy as np
import pytest

from facestyle import images
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.service import FaceService
from facestyle.portraits.service import keep_faces, likeness
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize
from facestyle.ui.samples import path
from tests.style.drawn import scene, strokes


@pytest.fixture(scope="module")
def service():
    return FaceService(MemoryGallery())


@pytest.fixture(scope="module")
def portrait():
    return images.resize_longer_side(images.decode(path("hopper")), 192)


def request(content, **options):
    return StyleRequest(content=content, style=strokes(), size=192, steps=20, beta=3.0, **options)


def test_a_face_is_found_and_counts_more(service, portrait):
    kept, faces = keep_faces(request(portrait), service, weight=4.0)
    assert len(faces) == 1
    assert kept.emphasis_weight == 4.0
    assert kept.emphasis.shape == portrait.shape[:2]
    box = faces[0].box
    assert kept.emphasis[int((box.top + box.bottom) / 2), int((box.left + box.right) / 2)] == 255
    assert kept.emphasis[-1, -1] == 0


def test_without_a_face_the_request_stays_as_it_is(service):
    asked = request(scene())
    assert keep_faces(asked, service) == (asked, ())
    assert likeness(scene(), scene(), service) == ()


def test_a_photo_is_like_itself(service, portrait):
    (found,) = likeness(portrait, portrait, service)
    assert (found.distance, found.same, found.found) == (pytest.approx(0, abs=1e-6), True, True)
    assert (found.tau, found.model) == (service.default_tau, service.model)


def test_a_face_that_was_painted_over_is_no_longer_like(service, portrait):
    painted = portrait.copy()
    painted[:] = images.resize_longer_side(strokes(), 192)[: portrait.shape[0], : portrait.shape[1]]
    (found,) = likeness(portrait, painted, service)
    assert not found.same
    assert not found.found


def test_transparency_and_another_size_are_no_obstacle(service, portrait):
    see_through = np.dstack([portrait, np.full(portrait.shape[:2], 255, np.uint8)])
    (found,) = likeness(see_through, images.resize_longer_side(portrait, 160), service)
    assert found.same


@pytest.mark.slow
def test_a_kept_face_is_more_like_itself_after_painting(service, portrait):
    def painted(asked):
        *_, frame = stylize(asked, device="cpu")
        return likeness(portrait, frame.image, service)[0].distance

    asked = request(portrait)
    assert painted(keep_faces(asked, service, weight=10)[0]) < 0.8 * painted(asked)
