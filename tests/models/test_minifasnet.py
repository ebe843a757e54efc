"""MiniFASNet with synthetic weights against the same network in plain functions, and with its authors' own files."""

import hashlib

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from facestyle.errors import WeightsDamagedError, WeightsMissingError
from facestyle.models.minifasnet import MiniFASNetV1SE, MiniFASNetV2, load_checkpoint
from tests.models import synthetic

NETWORKS = {"V2": MiniFASNetV2, "V1SE": MiniFASNetV1SE}
FILES = {
    "2.7_80x80_MiniFASNetV2.pth": ("a5eb02e1843f19b5386b953cc4c9f011c3f985d0ee2bb9819eea9a142099bec0", MiniFASNetV2),
    "4_0_0_80x80_MiniFASNetV1SE.pth": (
        "84ee1d37d96894d5e82de5a57df044ef80a58be2b218b5ed7cdfd875ec2f5990",
        MiniFASNetV1SE,
    ),
}


def tensors_of(kind):
    return synthetic.weights(synthetic.shapes_of(kind()))


def reference(t, x):
    """From the authors' description: a MobileFaceNet whose channels the weights' shapes give."""

    def norm(x, name):
        mean, variance, gamma, beta = (t[f"{name}.{p}"] for p in ("running_mean", "running_var", "weight", "bias"))
        shape = (1, -1, *[1] * (x.ndim - 2))
        scale = gamma / torch.sqrt(variance + 1e-5)
        return x * scale.view(shape) + (beta - mean * scale).view(shape)

    def unit(x, name, stride=1, padding=0):
        weight = t[f"{name}.conv.weight"]
        x = norm(
            F.conv2d(x, weight, stride=stride, padding=padding, groups=x.shape[1] // weight.shape[1]), f"{name}.bn"
        )
        if f"{name}.prelu.weight" in t:
            x = torch.where(x > 0, x, x * t[f"{name}.prelu.weight"].view(1, -1, 1, 1))
        return x

    def bottleneck(x, name, stride):
        return unit(unit(unit(x, f"{name}.conv"), f"{name}.conv_dw", stride, 1), f"{name}.project")

    def excited(x, name):
        s = x.mean((2, 3), keepdim=True)
        s = norm(F.conv2d(s, t[f"{name}.fc1.weight"]), f"{name}.bn1").clamp(min=0)
        return x / (1 + torch.exp(-norm(F.conv2d(s, t[f"{name}.fc2.weight"]), f"{name}.bn2")))

    def stage(x, name, blocks):
        for block in range(blocks):
            change = bottleneck(x, f"{name}.model.{block}", 1)
            if f"{name}.model.{block}.se_module.fc1.weight" in t:
                change = excited(change, f"{name}.model.{block}.se_module")
            x = x + change
        return x

    x = unit(unit(x, "conv1", 2, 1), "conv2_dw", 1, 1)
    x = stage(bottleneck(x, "conv_23", 2), "conv_3", 4)
    x = stage(bottleneck(x, "conv_34", 2), "conv_4", 6)
    x = stage(bottleneck(x, "conv_45", 2), "conv_5", 2)
    x = unit(unit(x, "conv_6_sep"), "conv_6_dw").flatten(1)
    return norm(x @ t["linear.weight"].T, "bn") @ t["prob.weight"].T


@pytest.mark.parametrize("name", NETWORKS)
@torch.inference_mode()
def test_network_is_the_described_one(name):
    tensors = tensors_of(NETWORKS[name])
    network = NETWORKS[name]().eval()
    network.load_state_dict(tensors)
    x = synthetic.chips(3, 80)
    expected = reference(tensors, x)
    np.testing.assert_allclose(network(x).numpy(), expected.numpy(), rtol=1e-3, atol=1e-3 * expected.abs().max().item())
    assert expected.std(0).min() > 1e-3  # the three pictures are told apart


@pytest.mark.parametrize(("name", "parameters", "excited"), [("V2", 434_560, 0), ("V1SE", 433_586, 3)])
def test_size_is_the_published_one(name, parameters, excited):
    """0.43 million parameters; squeeze and excitation in the last block of each of three stages, or nowhere."""
    network = NETWORKS[name]()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert sum(key.endswith("se_module.fc1.weight") for key in network.state_dict()) == excited


@pytest.mark.parametrize("prefix", ["module.", ""])
@pytest.mark.parametrize("name", NETWORKS)
def test_checkpoint_finds_its_network(tmp_path, name, prefix):
    tensors = tensors_of(NETWORKS[name])
    torch.save({prefix + key: tensor for key, tensor in tensors.items()}, tmp_path / "x.pth")
    network = load_checkpoint(tmp_path / "x.pth")
    assert type(network) is NETWORKS[name]
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(tensor, tensors[key]) for key, tensor in network.state_dict().items())


def incomplete(path):
    tensors = tensors_of(MiniFASNetV2)
    del tensors["prob.weight"]
    torch.save(tensors, path)


def malicious(path):
    torch.save({"weight": pytest.approx}, path)  # an object that only a real unpickler would make


@pytest.mark.parametrize(
    "write",
    [
        incomplete,
        malicious,
        lambda path: torch.save([1, 2], path),
        lambda path: torch.save({"a": 1}, path),
        lambda path: path.write_bytes(b"GIF89a"),
        lambda path: path.write_bytes(b""),
    ],
)
def test_other_files_are_refused(tmp_path, write):
    write(tmp_path / "x.pth")
    with pytest.raises(WeightsDamagedError, match="no weight file of MiniFASNet"):
        load_checkpoint(tmp_path / "x.pth")


def test_missing_checkpoint(tmp_path):
    with pytest.raises(WeightsMissingError, match="can't be read"):
        load_checkpoint(tmp_path / "x.pth")


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
@torch.inference_mode()
def test_the_authors_own_files_load_strictly(shared_data, name):
    path = shared_data / "weights" / "minifasnet" / name
    digest, kind = FILES[name]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    network = load_checkpoint(path)
    assert type(network) is kind
    x = synthetic.chips(2, 80)
    np.testing.assert_allclose(network(x), reference(dict(network.state_dict()), x), rtol=1e-3, atol=1e-3)
