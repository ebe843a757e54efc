"""RetinaFace's anchors and decoding against the published formulas in plain loops."""

import math
from itertools import product

import numpy as np
import pytest
import torch

from facestyle.faces.detection.anchors import anchors, decode_boxes, decode_points
from tests.models.synthetic import uniform


def by_loop(height, width):
    """Fractions of the picture, as the reference code keeps them: centre x, centre y, width, height."""
    return [
        ((column + 0.5) * stride / width, (row + 0.5) * stride / height, side / width, side / height)
        for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
        for row, column in product(range(math.ceil(height / stride)), range(math.ceil(width / stride)))
        for side in sides
    ]


SIZES = [(64, 64), (100, 37), (33, 130), (1, 1)]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_anchors_against_a_loop(height, width):
    expected = np.array(by_loop(height, width)) * [width, height, width, height]
    found = anchors(height, width).numpy()
    np.testing.assert_allclose(found[:, :2], expected[:, :2], rtol=1e-6)
    np.testing.assert_allclose(found[:, [2, 2]], expected[:, 2:], rtol=1e-6)


def test_number_of_anchors_is_the_published_one():
    assert len(anchors(640, 640)) == 16_800


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_decoding_against_a_loop(height, width):
    fractions = by_loop(height, width)
    boxes = uniform("boxes", (len(fractions), 4)) * 6 - 3
    points = uniform("points", (len(fractions), 5, 2)) * 20 - 10
    expected_boxes, expected_points = [], []
    for (cx, cy, w, h), (dx, dy, dw, dh), five in zip(fractions, boxes, points, strict=True):
        x, y = cx + dx * 0.1 * w, cy + dy * 0.1 * h
        w2, h2 = w * math.exp(dw * 0.2) / 2, h * math.exp(dh * 0.2) / 2
        expected_boxes.append([(x - w2) * width, (y - h2) * height, (x + w2) * width, (y + h2) * height])
        expected_points.append([((cx + px * 0.1 * w) * width, (cy + py * 0.1 * h) * height) for px, py in five])
    grid = anchors(height, width)
    found = decode_boxes(grid, torch.from_numpy(boxes).float())
    np.testing.assert_allclose(found.numpy(), expected_boxes, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(
        decode_points(grid, torch.from_numpy(points).float()).numpy(), expected_points, rtol=1e-4, atol=1e-3
    )


def test_nonsense_stays_finite():
    grid = anchors(32, 32)
    for value in (1e6, -1e6):
        assert torch.isfinite(decode_boxes(grid, torch.full((len(grid), 4), value))).all()


def test_nothing_decodes_to_nothing():
    none = anchors(64, 64)[:0]
    assert decode_boxes(none, torch.zeros(0, 4)).shape == (0, 4)
    assert decode_points(none, torch.zeros(0, 5, 2)).shape == (0, 5, 2)
