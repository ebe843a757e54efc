"""Which activations are compared."""

import pytest
import torch

from facestyle.models.zoo import load_model
from facestyle.style.features import MIN_SIDE, extract, fast_dtype
from facestyle.style.results import STYLE_LAYERS


@pytest.fixture(scope="module")
def network():
    return load_model("vgg16", "cpu")


@pytest.mark.parametrize("size", [(64, 64), (65, 33), (3, 64), (64, 1)])
def test_every_size_leaves_something_at_the_deepest_layer(network, size):
    with torch.inference_mode():
        found = extract(network, torch.rand(1, 3, *size), STYLE_LAYERS)
    height, width = (max(side, MIN_SIDE) for side in size)
    assert found["relu5_1"].shape == (512, height // 16, width // 16)
    assert found["relu1_1"].shape == (64, height, width)


def test_short_sides_are_extended_by_their_last_row(network):
    strip = torch.rand(1, 3, 3, 64, generator=torch.Generator().manual_seed(0))
    by_hand = torch.cat([strip, strip[:, :, -1:].expand(1, 3, MIN_SIDE - 3, 64)], dim=2)
    with torch.inference_mode():
        found = extract(network, strip, ["relu2_1"])["relu2_1"]
        expected = network(by_hand, ["relu2_1"], pooling="average")["relu2_1"][0]
    assert torch.allclose(found, expected, atol=1e-4 * float(expected.max()))


def test_precision():
    assert fast_dtype(torch.device("cuda")) is torch.float32
    assert fast_dtype(torch.device("cpu")) in (torch.float32, torch.bfloat16)
