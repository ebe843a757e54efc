"""16 bits from the network's pixels to the file, of optimised and of fast pictures, transparency kept."""

import cv2
import numpy as np
import pytest
import torch

from facestyle import images
from facestyle.style import pixels as px
from facestyle.style.fast import fast_styles, stylize_fast, stylize_fast_deep
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize
from tests.style.drawn import scene, strokes


def with_alpha():
    alpha = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (72, 1))
    return np.dstack([scene(), alpha])


def assert_same_picture(deep, picture):
    """The 8-bit picture is the deep one rounded further: half a level of 8 bits, and half of 16."""
    assert deep.dtype == np.uint16
    assert deep.shape == picture.shape
    assert np.abs(deep / 257.0 - picture).max() <= 0.5 + 1 / 257
    assert len(np.unique(deep[..., :3])) > 1500  # really more levels than 256


def test_pixels_to_65536_levels():
    values = torch.tensor([-0.2, 0.0, 1 / 65535, 0.5, 1.0, 1.7])
    deep = px.to_deep_picture(values[None, None, None].expand(1, 3, 1, 6))
    assert deep[0, :, 0].tolist() == [0, 0, 1, 32768, 65535, 65535]
    alpha = np.array([[[0], [1], [128], [254], [255], [255]]], np.uint8)
    deep = px.to_deep_picture(values[None, None, None].expand(1, 3, 1, 6), alpha)
    assert deep[0, :, 3].tolist() == [0, 257, 32896, 65278, 65535, 65535]


@pytest.mark.parametrize("colors", ["style", "luminance"])
def test_an_optimised_picture(tmp_path, colors):
    request = StyleRequest(content=with_alpha(), style=strokes(), size=96, steps=6, colors=colors)
    *_, frame = stylize(request, deep=True)
    assert frame.deep is not None
    assert_same_picture(frame.deep, frame.image)
    images.save(frame.deep, tmp_path / "a.png")
    stored = cv2.cvtColor(cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
    assert np.array_equal(stored, frame.deep)
    assert np.array_equal(stored[..., 3] // 257, frame.image[..., 3])
    assert frame.image[..., 3].min() < 10


def test_only_when_asked_for():
    run = stylize(StyleRequest(content=scene(), style=strokes(), size=64, steps=2))
    assert all(frame.deep is None for frame in run)


@pytest.mark.parametrize("content", [scene(), with_alpha()], ids=["opaque", "transparent"])
@pytest.mark.parametrize("kind", ["trained", "painting"])
def test_a_fast_picture(content, kind):
    style = fast_styles()[0].id if kind == "trained" else strokes()
    deep = stylize_fast_deep(content, style=style, strength=0.7)
    assert_same_picture(deep, stylize_fast(content, style=style, strength=0.7))
    assert np.array_equal(deep[..., 3:] // 257, content[..., 3:])
