"""MTCNN's three networks with the embedded weights, against recorded outputs of the original."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle.models.mtcnn import MTCNN, _halve_by_maximum
from facestyle.models.zoo import load_model

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def reference():
    return np.load(DATA / "mtcnn_reference.npz")


@pytest.fixture(scope="module")
def network() -> MTCNN:
    network = load_model("mtcnn", "cpu")
    assert isinstance(network, MTCNN)
    return network


@torch.inference_mode()
def test_proposal_net_is_the_original(network, reference):
    probability, correction = network.propose(torch.from_numpy(reference["pnet.x"]))
    # the original returns corrections first and both classes of the softmax
    np.testing.assert_allclose(correction.numpy(), reference["pnet.0"], atol=1e-5)
    np.testing.assert_allclose(probability.numpy(), reference["pnet.1"][:, 1], atol=1e-5)


@torch.inference_mode()
def test_refine_net_is_the_original(network, reference):
    probability, correction = network.refine(torch.from_numpy(reference["rnet.x"]))
    np.testing.assert_allclose(correction.numpy(), reference["rnet.0"], atol=1e-5)
    np.testing.assert_allclose(probability.numpy(), reference["rnet.1"][:, 1], atol=1e-5)


@torch.inference_mode()
def test_output_net_is_the_original(network, reference):
    probability, correction, points = network.output(torch.from_numpy(reference["onet.x"]))
    np.testing.assert_allclose(correction.numpy(), reference["onet.0"], atol=1e-5)
    np.testing.assert_allclose(probability.numpy(), reference["onet.2"][:, 1], atol=1e-5)
    # the original gives five x, then five y
    np.testing.assert_allclose(points[..., 0].numpy(), reference["onet.1"][:, :5], atol=1e-5)
    np.testing.assert_allclose(points[..., 1].numpy(), reference["onet.1"][:, 5:], atol=1e-5)


def test_random_weights_would_be_noticed(reference):
    torch.manual_seed(0)
    with torch.inference_mode():
        _, correction = MTCNN().eval().refine(torch.from_numpy(reference["rnet.x"]))
    assert np.abs(correction.numpy() - reference["rnet.0"]).max() > 1e-2


@pytest.mark.parametrize("size", [(1, 1), (4, 6), (5, 6), (4, 7), (9, 9)])
def test_halving_is_max_pooling_in_ceil_mode(size):
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.max_pool2d(x, 2, 2, ceil_mode=True)
    for layout in (torch.contiguous_format, torch.channels_last):
        assert torch.equal(_halve_by_maximum(x.contiguous(memory_format=layout)), expected)
