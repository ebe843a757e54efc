"""Where to paint, with which styles, in whose colours: what holds of the finished pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from facestyle.style import pixels as px
from facestyle.style.canvas import Canvas
from facestyle.style.color import luma
from facestyle.style.results import Style, StyleRequest
from facestyle.style.scene import style_shares
from facestyle.style.service import stylize
from tests.style.drawn import grey, scene, strokes

CPU = torch.device("cpu")
SMALL = StyleRequest(content=scene(), style=strokes(), size=96, steps=5)


def last(request):
    *_, frame = stylize(request, device="cpu", frame_every=100)
    return frame


def half(height=72, width=96):
    mask = np.zeros((height, width), np.uint8)
    mask[:, : width // 2] = 255
    return mask


@pytest.mark.parametrize("init", ["content", "noise"])
def test_outside_the_region_the_photo_stays_to_the_last_bit(init):
    found = last(replace(SMALL, region=half(), init=init)).image
    assert np.array_equal(found[:, 48:], scene()[:, 48:])
    assert np.abs(found[:, :48].astype(int) - scene()[:, :48]).mean() > 3


def test_a_region_everywhere_is_no_region():
    everywhere = np.full((10, 10), 255, np.uint8)
    whole, masked = last(SMALL), last(replace(SMALL, region=everywhere))
    assert masked.losses.total == pytest.approx(whole.losses.total, rel=0.02)
    assert np.abs(masked.image.astype(int) - whole.image).mean() < 2


def test_each_style_goes_where_its_mask_says():
    """A reddish painting to the left, a bluish one to the right."""
    red, blue = ((strokes() * np.array(tint)).astype(np.uint8) for tint in ([1, 0.5, 0.4], [0.4, 0.6, 1]))
    mask = half()
    styles = (Style(red, mask=mask), Style(blue, mask=255 - mask))
    found = last(replace(SMALL, alpha=0.02, steps=12, style=styles)).image.astype(int)
    left, right = found[:, 8:40].mean((0, 1)), found[:, -40:-8].mean((0, 1))
    assert left[0] - left[2] > 20
    assert right[2] - right[0] > 20


def test_weights_of_styles_are_ratios():
    twice = tuple(Style(picture, weight=weight) for picture, weight in ((strokes(), 2.0), (grey(), 6.0)))
    once = tuple(Style(picture, weight=weight) for picture, weight in ((strokes(), 0.5), (grey(), 1.5)))
    a, b = (last(replace(SMALL, style=styles, steps=2)) for styles in (twice, once))
    assert a.losses.total == pytest.approx(b.losses.total, rel=1e-5)
    assert np.array_equal(a.image, b.image)


def test_the_same_style_twice_is_that_style_once():
    one, two = last(replace(SMALL, steps=2)), last(replace(SMALL, steps=2, style=(Style(strokes()), Style(strokes()))))
    assert two.losses.total == pytest.approx(one.losses.total, rel=0.01)


@pytest.mark.parametrize(
    ("weights", "coverages", "expected"),
    [
        ([1.0], [1.0], [1.0]),
        ([5.0], [0.25], [0.25]),
        ([1.0, 1.0], [0.5, 0.5], [0.5, 0.5]),
        ([1.0, 3.0], [1.0, 1.0], [0.25, 0.75]),
        ([1.0, 1.0], [0.75, 0.25], [0.75, 0.25]),
        ([1.0, 1.0], [0.2, 0.1], [0.2, 0.1]),
    ],
)
def test_shares(weights, coverages, expected):
    assert style_shares(weights, coverages) == pytest.approx(expected)


def test_in_luminance_only_the_photo_keeps_its_colors():
    found = last(replace(SMALL, colors="luminance", steps=8)).image.astype(float)
    photo = scene().astype(float)
    change = found - photo
    inside = ((found > 2) & (found < 253)).all(axis=2)  # a channel at its end was clipped
    assert inside.mean() > 0.5
    assert np.abs(change[inside] - change[inside].mean(axis=1, keepdims=True)).max() <= 1.0
    assert np.abs(change[inside]).mean() > 2


def test_matched_colors_stay_nearer_to_the_photos():
    photo = scene().mean((0, 1))
    painted, matched = (
        last(replace(SMALL, colors=c, alpha=0.1, steps=12)).image.mean((0, 1)) for c in ("style", "match")
    )
    assert np.abs(matched - photo).sum() < 0.6 * np.abs(painted - photo).sum()


@pytest.mark.parametrize("colors", ["style", "luminance", "match"])
@pytest.mark.parametrize("style_loss", ["gram", "wasserstein"])
def test_the_loss_falls(colors, style_loss):
    run = list(stylize(replace(SMALL, colors=colors, style_loss=style_loss), device="cpu"))
    assert run[-1].losses.total < 0.9 * run[0].losses.total
    assert np.isfinite([frame.losses.total for frame in run]).all()


def test_larger_strokes_come_from_a_larger_painting():
    assert px.prepare_style(strokes(), (72, 96), 2.0).shape[0] == 2 * px.prepare_style(strokes(), (72, 96)).shape[0]
    a, b = (last(replace(SMALL, style=(Style(strokes(), scale=scale),), steps=2)) for scale in (0.5, 2.0))
    assert not np.array_equal(a.image, b.image)


def test_transparency_is_kept_with_a_region():
    content = np.dstack([scene(), half()])
    found = last(replace(SMALL, content=content, region=half(), steps=1)).image
    assert np.array_equal(found[..., 3], half())


def test_what_is_finished_is_what_is_seen():
    content = px.to_tensor(scene(), CPU)
    region = px.to_mask(half(), (72, 96), CPU)
    g = torch.rand(1, 3, 72, 96, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.4
    for canvas in (Canvas(content), Canvas(content, region), Canvas(content, region, luminance=True)):
        finished = canvas.finish(g)
        seen = canvas.compose(g)
        inside = ((finished > 0) & (finished < 1)).all(dim=1, keepdim=True)
        torch.testing.assert_close(canvas.seen(finished) * inside, seen * inside, atol=1e-5, rtol=0)
    torch.testing.assert_close(luma(Canvas(content, luminance=True).target), luma(content))


def test_a_strip_with_a_mask_of_a_few_pixels_is_painted():
    strip = scene(8, 300)
    mask = np.zeros((8, 300), np.uint8)
    mask[2:4, 100:104] = 255
    found = last(StyleRequest(content=strip, style=(Style(strokes(), mask=mask),), size=300, steps=2))
    assert np.isfinite(found.losses.total)
