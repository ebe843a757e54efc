"""Nobody is chosen unseen."""

import pytest

from facestyle.errors import NoFaceError, SeveralFacesError
from facestyle.faces.results import Box, Face
from facestyle.faces.subject import choose_subject


def face(side, left=0.0):
    return Face(Box(left, 0, left + side, side), 0.99, ((0.0, 0.0),) * 5)


def test_single_face_is_the_subject():
    only = face(30)
    assert choose_subject([only], what="the picture") == (only, False)


def test_face_three_times_as_large_is_proposed():
    large = face(100)
    small = face(100 / 3**0.5 - 0.1, left=200)
    assert choose_subject([small, large], what="the picture") == (large, True)


def test_comparable_faces_are_all_reported():
    faces = [face(100), face(60, left=200), face(20, left=400)]
    with pytest.raises(SeveralFacesError, match="3 faces in the second picture") as caught:
        choose_subject(faces, what="the second picture", picture=1)
    assert caught.value.faces == tuple(faces)
    assert caught.value.picture == 1
    assert caught.value.code == "several_faces"


def test_no_face_says_what_to_do():
    with pytest.raises(NoFaceError, match=r"No face was found in the first picture\. Use") as caught:
        choose_subject([], what="the first picture")
    assert caught.value.as_dict()["code"] == "no_face"
