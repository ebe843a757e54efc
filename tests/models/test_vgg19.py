"""VGG-19 with random weights against torchvision's, carrying the same ones."""

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torchvision.models.vgg import cfgs, make_layers
from torchvision.transforms.functional import normalize

from facestyle import weights
from facestyle.errors import WeightsDamagedError
from facestyle.models import zoo
from facestyle.models.vgg import SPECS, torchvision_key
from facestyle.models.vgg19 import VGG19
from facestyle.weights.keys import select
from tests.models import synthetic
from tests.models.catalogues import with_files

RELU = {"relu1_1": 1, "relu1_2": 3, "relu2_1": 6, "relu3_1": 11, "relu3_4": 17, "relu4_1": 20, "relu5_1": 29}
"""Position of each rectifier in torchvision's `features` (its own documentation of VGG-19)."""


@pytest.fixture(scope="module")
def original():
    """torchvision's convolutional part; its classifier would be 124 million weights more, which nothing here uses."""
    features = torch.nn.Sequential()
    features.add_module("features", make_layers(cfgs["E"]))
    shapes = synthetic.shapes_of(features)
    features.load_state_dict(synthetic.weights(shapes))
    return features.eval()


@pytest.fixture
def settings(original, tmp_path):
    """A file of the tensors that the catalogue selects, as they are named in the published one."""
    chosen = select(original.state_dict(), weights.entry("vgg19").hub.tensors)
    yield with_files(tmp_path, {"vgg19": save({name: tensor.contiguous() for name, tensor in chosen.items()})})
    zoo.clear_cache()


@torch.inference_mode()
def test_features_are_torchvisions(original, settings):
    network = zoo.load_model("vgg19", "cpu", settings)
    assert isinstance(network, VGG19)
    picture = torch.from_numpy(synthetic.uniform("picture", (1, 3, 40, 56)).astype(np.float32))
    found = network(picture, list(RELU))
    x = normalize(picture, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
    for position, layer in enumerate(original.features):
        x = layer(x)
        for name in [name for name, at in RELU.items() if at == position]:
            np.testing.assert_allclose(found.pop(name).numpy(), x.numpy(), rtol=1e-4, atol=1e-4 * x.max().item())
            assert x.std() > 0.1
    assert found == {}


def test_selected_tensors_are_those_of_conv1_1_to_conv5_1_and_no_others(original):
    entry = weights.entry("vgg19")
    chosen = select(original.state_dict(), entry.hub.tensors)
    spec = SPECS["vgg19"]
    layers = spec.layers[: spec.layers.index("conv5_1") + 1]
    assert set(chosen) == {f"{torchvision_key(spec, layer)}.{part}" for layer in layers for part in ("weight", "bias")}
    shapes = {name: tuple(tensor.shape) for name, tensor in chosen.items()}
    assert (weights.key_digest(shapes), len(shapes)) == (entry.keys.sha256, entry.keys.count)
    assert sum(4 * tensor.numel() for tensor in chosen.values()) == entry.hub.about_tensors_bytes == entry.size


def test_own_names_are_taken_too(original):
    network = VGG19()
    tensors = {name: torch.randn_like(tensor) for name, tensor in network.state_dict().items()}
    network.load_state_dict(tensors, strict=True)
    assert torch.equal(network.conv5_1.weight, tensors["conv5_1.weight"])


def test_deeper_layers_can_be_had_with_more_of_the_file(original):
    network = VGG19(deepest="conv5_4")
    network.load_state_dict(original.state_dict(), strict=True)
    assert torch.equal(network.conv5_4.bias, original.features[34].bias)


def test_file_of_another_vgg_is_refused(tmp_path):
    vgg16 = {f"features.{name}": tensor for name, tensor in make_layers(cfgs["D"]).state_dict().items()}
    chosen = select(vgg16, weights.entry("vgg19").hub.tensors)
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        zoo.load_model("vgg19", "cpu", with_files(tmp_path, {"vgg19": save(chosen)}))
