import pytest

from facestyle.errors import InvalidRequestError, NoFaceError, SeveralFacesError
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.service import FaceService
from facestyle.learning.triplet import OneTriplet, measure_triplet
from tests.ui.fakes import GREEN, PINK, RED, FakeDetector, FakeEmbedder, picture


@pytest.fixture
def faces():
    return FaceService(MemoryGallery(), detector=FakeDetector(), embedder=FakeEmbedder())


@pytest.mark.parametrize(
    ("negative", "margin", "kind", "loss"),
    [
        (0.9, 0.2, "easy", 0.0),
        (0.5, 0.2, "easy", 0.0),
        (0.4, 0.2, "semi_hard", 0.1),
        (0.3, 0.2, "hard", 0.2),
        (0.1, 0.2, "hard", 0.4),
        (0.4, 0.0, "easy", 0.0),
        (0.1, 0.0, "hard", 0.2),
    ],
)
def test_loss_and_hardness(negative, margin, kind, loss):
    found = OneTriplet(0.3, negative, "squared_euclidean", "m", 0.36)
    assert found.hardness(margin) == kind
    assert found.loss(margin) == pytest.approx(loss)


def test_the_distances_are_the_embedders(faces):
    found = measure_triplet(faces, [picture(RED), picture(PINK), picture(GREEN)])
    a, p, n = ([value / 255 for value in color] for color in (RED, PINK, GREEN))
    assert found.positive == pytest.approx(sum((x - y) ** 2 for x, y in zip(a, p, strict=True)), rel=1e-4)
    assert found.negative == pytest.approx(sum((x - y) ** 2 for x, y in zip(a, n, strict=True)), rel=1e-4)
    assert (found.model, found.metric, found.tau) == ("fake_embedder", "squared_euclidean", 0.36)
    assert [chip.shape for chip in found.aligned] == [(150, 150, 3)] * 3


def test_it_says_which_picture_has_no_face_or_several(faces):
    with pytest.raises(NoFaceError, match="the positive") as none:
        measure_triplet(faces, [picture(RED), picture(), picture(GREEN)])
    assert none.value.picture == 1
    with pytest.raises(SeveralFacesError) as several:
        measure_triplet(faces, [picture(RED), picture(PINK), picture(GREEN, RED)])
    assert several.value.picture == 2


def test_two_pictures_are_no_triplet(faces):
    with pytest.raises(InvalidRequestError, match="not 2"):
        measure_triplet(faces, [picture(RED), picture(PINK)])
