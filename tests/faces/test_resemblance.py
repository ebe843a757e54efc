"""What an enrolment refuses because it contradicts the gallery; embeddings are points on a line."""

import numpy as np
import pytest

from facestyle.errors import InvalidNameError, ResemblesAnotherError, UnlikeOthersError
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.resemblance import check_resemblance

VERSIONS = {"model": "m", "preprocessing": "p"}


@pytest.fixture
def gallery():
    with MemoryGallery() as made:
        made.add("Ada", points(1.0), **VERSIONS)
        yield made


def points(*values):
    return np.array([[value, 1.0] for value in values], np.float32)


def check(gallery, name, *values):
    what = [f"picture {n}" for n in range(1, len(values) + 1)]
    check_resemblance(gallery, name, points(*values), what=what, metric="squared_euclidean", tau=0.25, **VERSIONS)


def test_a_stranger_and_a_like_picture_are_welcome(gallery):
    check(gallery, "Bea", 5.0)
    check(gallery, "Ada", 1.3)
    check(gallery, " ADA ", 1.0)


def test_another_name_for_a_known_face_is_refused_by_that_name(gallery):
    with pytest.raises(ResemblesAnotherError, match="picture 2 looks like Ada") as caught:
        check(gallery, "Bea", 1.6, 1.4)
    assert caught.value.picture == 1


def test_exactly_at_the_threshold_counts_as_the_same(gallery):
    with pytest.raises(ResemblesAnotherError):
        check(gallery, "Bea", 1.5)


def test_a_face_unlike_the_enrolled_ones_is_refused(gallery):
    with pytest.raises(UnlikeOthersError, match="unlike the other pictures of Ada"):
        check(gallery, "Ada", 9.0)


def test_a_face_unlike_the_other_new_ones_is_refused(gallery):
    with pytest.raises(UnlikeOthersError) as caught:
        check(gallery, "Bea", 5.0, 5.1, 8.0)
    assert caught.value.picture == 2


def test_a_chain_of_likeness_is_enough(gallery):
    check(gallery, "Ada", 1.4, 1.8)  # 1.8 is beyond tau of the enrolled 1.0, but not of the new 1.4


def test_likeness_among_strangers_says_nothing_for_them(gallery):
    for name, values, first in (("Ada", (9.0, 9.1), 0), ("Ada", (1.2, 9.0, 9.1), 1), ("Bea", (5.0, 5.1, 8.0, 8.1), 2)):
        with pytest.raises(UnlikeOthersError) as caught:
            check(gallery, name, *values)
        assert caught.value.picture == first


def test_the_own_name_in_between_does_not_hide_somebody_else(gallery):
    gallery.add("Bea", points(1.4), **VERSIONS)
    with pytest.raises(ResemblesAnotherError, match="Ada"):
        check(gallery, "Bea", 1.39)


def test_an_id_as_a_name_is_a_new_person(gallery):
    check(gallery, gallery.get("Ada").id, 9.0)


def test_other_models_and_preprocessings_do_not_count(gallery):
    for versions in ({"model": "other", "preprocessing": "p"}, {"model": "m", "preprocessing": "other"}):
        check_resemblance(gallery, "Ada", points(9.0), what=["it"], metric="squared_euclidean", tau=0.25, **versions)


def test_a_name_that_is_none_is_refused_first(gallery):
    with pytest.raises(InvalidNameError):
        check(gallery, "  ", 1.0)
