"""Colours, against the papers' own numbers and numpy's statistics."""

import numpy as np
import pytest
import torch

from facestyle.style.color import from_oklab, luma, match_colors, match_luma, to_oklab
from tests.style.drawn import grey, scene, strokes


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ((255, 255, 255), (1.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        # Of sRGB's primaries, as CSS Color 4 gives them.
        ((255, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 255, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 255), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_oklab_of_known_colors(color, expected):
    np.testing.assert_allclose(to_oklab(np.array([color], np.uint8))[0], expected, atol=2e-4)


def test_oklab_and_back_is_the_same_color():
    colors = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8)
    assert np.array_equal(from_oklab(to_oklab(colors)), colors)


def test_luma_is_what_broadcasting_calls_so():
    pixels = torch.rand(1, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    expected = 0.299 * pixels[0, 0] + 0.587 * pixels[0, 1] + 0.114 * pixels[0, 2]
    torch.testing.assert_close(luma(pixels)[0, 0], expected)


def test_matched_colors_have_the_contents_mean_and_covariance():
    content, style = scene(200, 300), np.random.default_rng(1).integers(60, 190, (90, 80, 3)).astype(np.uint8)
    # A content without extremes, so that nothing is clipped and the moments can be met.
    content = (content * 0.4 + 70).astype(np.uint8)
    found, wanted = (to_oklab(p.reshape(-1, 3)) for p in (match_colors(style, content), content))
    np.testing.assert_allclose(found.mean(axis=0), wanted.mean(axis=0), atol=0.005)
    np.testing.assert_allclose(np.cov(found.T), np.cov(wanted.T), atol=0.0006)


def test_matching_a_picture_to_itself_changes_nothing():
    difference = match_colors(strokes(), strokes()).astype(int) - strokes()
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("style", [grey(), strokes()])
@pytest.mark.parametrize("content", [grey(level=40), scene(), np.zeros((1, 1, 3), np.uint8)])
def test_flat_pictures_can_be_matched(style, content):
    for match in (match_colors, match_luma):
        found = match(style, content)
        assert found.shape == style.shape
        assert found.dtype == np.uint8
        if np.ptp(content) == 0:
            assert np.abs(found.mean() - content.mean()) < 3


def test_matched_luma_is_grey_and_has_the_contents_mean_and_spread():
    content = (scene() * 0.4 + 70).astype(np.uint8)
    found = match_luma(strokes(), content).astype(float)
    assert np.ptp(found, axis=2).max() == 0
    wanted = content @ np.array([0.299, 0.587, 0.114])
    assert found[..., 0].mean() == pytest.approx(wanted.mean(), abs=1.5)
    assert found[..., 0].std() == pytest.approx(wanted.std(), abs=1.5)
