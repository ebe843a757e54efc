"""J and its gradient in tiles, against those of the undivided picture."""

import numpy as np
import pytest
import torch

from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style.canvas import Canvas
from facestyle.style.objective import Objective, Painting
from facestyle.style.results import STYLE_LAYERS, STYLE_LOSSES, StyleRequest
from facestyle.style.service import stylize
from facestyle.style.tiling import WHOLE, Tiling
from tests.style.drawn import scene, strokes

MEGABYTE = 10**6


@pytest.fixture(scope="module")
def network():
    return load_model("vgg16", "cpu")


def make(network, size, kind, *, controlled):
    """An objective with two styles for each way to divide the picture, and a picture."""
    generator = torch.Generator().manual_seed(1)

    def picture(height, width, channels=3):
        return torch.rand(1, channels, height, width, generator=generator)

    content, pixels = picture(*size), picture(*size)
    region = picture(*size, channels=1) if controlled else None
    masks = [picture(*size, channels=1).round() if controlled else None for _ in range(2)]
    paintings = [Painting(picture(*shape), 0.5, mask) for shape, mask in zip(((70, 101), (90, 64)), masks, strict=True)]
    options = {"alpha": 1.0, "beta": 1.0, "layer_weights": dict.fromkeys(STYLE_LAYERS, 1.0), "style_loss": kind}
    if controlled:
        options |= {"emphasis": 1 + 4 * picture(*size, channels=1), "smoothness": 0.5, "content_layer": "relu4_2"}

    def objective(tiling):
        canvas = Canvas(content, region, luminance=controlled)
        return Objective(network, canvas, paintings, tiling=tiling, **options)

    return objective, pixels


@pytest.mark.slow
@pytest.mark.parametrize("kind", STYLE_LOSSES)
@pytest.mark.parametrize("controlled", [False, True], ids=["plain", "region, masks, luminance"])
@pytest.mark.parametrize("size", [(100, 131), (20, 200), (129, 66)], ids=["not of 16", "1 to 20", "odd"])
def test_tiled_equals_untiled(network, size, kind, controlled):
    objective, pixels = make(network, size, kind, controlled=controlled)
    expected, slope = objective(WHOLE).differentiate(pixels)
    for tiling in (Tiling(48), Tiling(64, keep_bytes=8 * MEGABYTE)):
        tiled = objective(tiling)
        found, gradient = tiled.differentiate(pixels)
        for name in ("total", "content", "style"):
            assert float(getattr(found, name)) == pytest.approx(float(getattr(expected, name)), rel=1e-5)
        assert float((gradient - slope).norm() / slope.norm()) < 1e-4
        assert float(tiled.evaluate(pixels).total) == pytest.approx(float(expected.total), rel=1e-5)


def test_a_compact_content_is_near(network):
    objective, pixels = make(network, (96, 131), "gram", controlled=False)
    expected, slope = objective(WHOLE).differentiate(pixels)
    found, gradient = objective(Tiling(64, compact=True)).differentiate(pixels)
    assert float(found.total) == pytest.approx(float(expected.total), rel=1e-4)
    assert float((gradient - slope).norm() / slope.norm()) < 1e-3


def test_tiles_that_are_kept_go_through_the_network_once(network):
    objective, pixels = make(network, (64, 128), "gram", controlled=False)
    ran = []
    for budget in (0, 1000 * MEGABYTE):
        tiled = objective(Tiling(64, keep_bytes=budget))
        ran.clear()
        hook = network.conv2_1.register_forward_hook(lambda *_: ran.append(1))
        try:
            tiled.differentiate(pixels)
        finally:
            hook.remove()
        assert len(ran) == (2 if budget else 4)


def test_a_run_in_tiles_paints_the_same_picture_and_keeps_transparency_and_bits():
    alpha = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (72, 1))
    request = StyleRequest(content=np.dstack([scene(), alpha]), style=strokes(), size=96, steps=2, optimizer="adam")
    whole, tiled = (
        list(stylize(request, device="cpu", settings=Settings(style_tile=side), deep=True))[-1] for side in (0, 48)
    )
    assert tiled.deep.dtype == np.uint16
    assert tiled.deep.shape == (72, 96, 4)
    assert np.array_equal(tiled.image[..., 3], alpha)
    assert np.abs(tiled.image.astype(int) - whole.image).mean() < 0.1
    assert tiled.losses.total == pytest.approx(whole.losses.total, rel=1e-3)
