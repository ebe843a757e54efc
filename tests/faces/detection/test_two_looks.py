"""Which of two looks is believed."""

import pytest

from facestyle.faces.detection.two_looks import _share, merge
from facestyle.faces.results import Box, Face


def face(left, top, right, bottom, score=0.9):
    return Face(Box(left, top, right, bottom), score, ((0.0, 0.0),) * 5)


WHOLE = face(100, 100, 500, 600, 0.95)


def test_parts_of_a_large_face_give_way_to_the_whole():
    eye, mouth = face(150, 200, 300, 330, 0.99), face(200, 450, 420, 590, 0.97)
    assert merge([eye, mouth], [WHOLE], large=320) == (WHOLE,)


def test_small_faces_come_from_the_close_look():
    near, far = face(10, 10, 50, 60, 0.99), face(12, 8, 48, 64, 0.9)
    assert merge([near], [far], large=320) == (near,)


def test_large_face_that_only_the_close_look_found_is_kept():
    assert merge([WHOLE], [], large=320) == (WHOLE,)


def test_both_kinds_side_by_side_most_certain_first():
    beside = face(600, 100, 640, 150, 0.99)
    assert merge([beside, face(110, 90, 510, 590, 0.9)], [WHOLE], large=320) == (beside, WHOLE)


def test_face_that_overlaps_a_large_one_a_little_stays():
    neighbour = face(460, 300, 560, 420)
    assert set(merge([neighbour], [WHOLE], large=320)) == {WHOLE, neighbour}


def test_no_face_twice_or_lost_whatever_the_two_looks_think_of_its_size():
    """Its height is near the limit: close says a little more or less, distant says a little more or less."""
    for close_height in (300, 319, 321, 340):
        for distant_height in (300, 319, 321, 340):
            found = merge([face(0, 0, 250, close_height)], [face(2, 3, 249, distant_height)], large=320)
            assert len(found) == 1, (close_height, distant_height)


def test_nothing():
    assert merge([], [], large=320) == ()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 25, 10), 0.5),
        ((0, 0, 10, 10), (2, 2, 4, 4), 1.0),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (20, 20, 30, 30), 0.0),
        ((0, 0, 10, 10), (5, 5, 5, 5), 0.0),
        ((0, 0, 10, 10), (5, 5, 4, 9), 0.0),
    ],
)
def test_share_of_the_smaller_box(a, b, expected):
    assert _share(Box(*a), Box(*b)) == _share(Box(*b), Box(*a)) == pytest.approx(expected)
