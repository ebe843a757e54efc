"""What the network is given of pictures of every size."""

import pytest
import torch

from facestyle.models.zoo import load_model
from facestyle.style.features import MIN_SIDE, extend, extended_size
from facestyle.style.results import STYLE_LAYERS
from facestyle.style.sweep import Sweep
from facestyle.style.tiles import divide


@pytest.fixture(scope="module")
def sweep():
    return Sweep(load_model("vgg16", "cpu"), STYLE_LAYERS, pooling="average")


def activations(sweep, picture):
    (tile,) = divide(extended_size(picture.shape[-2:]), None, sweep.convolutions)
    found = {}
    sweep.run(extend(picture, tile), tile, found.__setitem__, record=False)
    return found


@pytest.mark.parametrize("size", [(64, 64), (65, 33), (3, 64), (64, 1)])
def test_every_size_leaves_something_at_the_deepest_layer(sweep, size):
    found = activations(sweep, torch.rand(1, 3, *size))
    height, width = (max(side, MIN_SIDE) for side in size)
    assert found["relu5_1"].shape == (512, height // 16, width // 16)
    assert found["relu1_1"].shape == (64, height, width)


def test_short_sides_are_extended_by_their_last_row(sweep):
    strip = torch.rand(1, 3, 3, 64, generator=torch.Generator().manual_seed(0))
    by_hand = torch.cat([strip, strip[:, :, -1:].expand(1, 3, MIN_SIDE - 3, 64)], dim=2)
    found = activations(sweep, strip)["relu2_1"]
    with torch.inference_mode():
        expected = sweep.network(by_hand, ["relu2_1"], pooling="average")["relu2_1"][0]
    assert torch.allclose(found, expected, atol=1e-4 * float(expected.max()))
