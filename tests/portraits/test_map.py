"""The soft map of faces."""

import numpy as np

from facestyle.faces.results import Box, Face
from facestyle.portraits.map import face_map


def face(left, top, right, bottom):
    return Face(Box(left, top, right, bottom), 0.99, ((0.0, 0.0),) * 5)


def test_a_face_is_covered_and_the_rest_is_not():
    found = face_map((100, 160), [face(40, 30, 80, 80)])
    assert found.dtype == np.uint8
    assert found.shape == (100, 160)
    assert found[55, 60] == 255
    assert found[80, 60] > 200  # the chin, where the box ends
    assert found[55, 140] == found[5, 5] == 0


def test_the_edge_is_soft():
    line = face_map((100, 160), [face(40, 30, 80, 80)])[55].astype(int)
    assert np.abs(np.diff(line)).max() < 64


def test_several_faces_add_up_and_one_that_leaves_the_picture_is_cut():
    found = face_map((60, 200), [face(-20, 10, 20, 50), face(150, 10, 190, 50)])
    assert found[30, 0] == found[30, 170] == 255
    assert found[30, 90] == 0


def test_no_face_is_an_empty_map():
    assert face_map((10, 10), []).max() == 0
