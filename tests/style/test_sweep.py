"""The way back through the network, against autograd."""

import pytest
import torch

from facestyle.models.vgg import VGG16
from facestyle.models.zoo import load_model
from facestyle.style.sweep import Sweep
from facestyle.style.tiles import divide

LAYERS = ("relu1_1", "relu2_1", "relu3_3", "relu5_1")


@pytest.fixture(scope="module")
def network():
    return load_model("vgg16", "cpu")


def by_autograd(network, picture, layers, slopes, pooling):
    leaf = picture.clone().requires_grad_()
    found = network(leaf, layers, pooling=pooling)
    (gradient,) = torch.autograd.grad([found[layer] for layer in layers], leaf, [slopes[layer] for layer in layers])
    return {layer: activations.detach()[0] for layer, activations in found.items()}, gradient


@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize("layers", [LAYERS, ("relu1_2",), ("relu1_1",), ("relu3_3", "relu4_1")])
@pytest.mark.parametrize("size", [(48, 64), (49, 67)])
def test_activations_and_gradient_are_those_of_autograd(network, layers, pooling, size):
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(1, 3, *size, generator=generator)
    with torch.no_grad():
        shapes = {layer: a.shape for layer, a in network(picture, layers, pooling=pooling).items()}
    slopes = {layer: torch.randn(shape, generator=generator) for layer, shape in shapes.items()}
    expected, gradient = by_autograd(network, picture, layers, slopes, pooling)
    sweep = Sweep(network, layers, pooling=pooling)
    (tile,) = divide(size, None, sweep.convolutions)
    found = {}
    done = sweep.run(picture, tile, lambda layer, a: found.__setitem__(layer, a.clone()), record=True)
    assert set(found) == set(layers)
    for layer in layers:
        assert float((found[layer] - expected[layer]).abs().max()) < 1e-5 * float(expected[layer].max())
    pulls = {layer: [lambda _, there, layer=layer: there.add_(slopes[layer][0])] for layer in layers}
    back = done.back(pulls)
    assert float((back - gradient).norm() / gradient.norm()) < 1e-5


def test_what_is_kept_is_a_fifth_of_all_activations(network):
    picture = torch.rand(1, 3, 64, 64)
    sweep = Sweep(network, ("relu1_1", "relu5_1"), pooling="average")
    (tile,) = divide((64, 64), None, sweep.convolutions)
    kept = sweep.run(picture, tile, lambda *_: None, record=True).nbytes
    with torch.no_grad():
        layers = [layer for layer in network.layers if layer.startswith("relu")]
        everything = sum(a.nbytes for a in network(picture, layers, pooling="average").values())
    assert kept < 0.25 * everything


@pytest.mark.parametrize("layers", [(), ("relu9_1",), ("conv1_1",)])
def test_layers_that_do_not_exist(layers):
    with pytest.raises(ValueError, match="no layers"):
        Sweep(VGG16(), layers, pooling="average")
