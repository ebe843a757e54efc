"""VGG-16: the published weights, torchvision's structure, the documented input."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torchvision.models import vgg16, vgg19

from facestyle.models.vgg import SPECS, VGG16, Vgg, VggSpec, layer_names, torchvision_key
from facestyle.models.zoo import load_model

VGG19 = VggSpec(convolutions=(2, 2, 4, 4, 4), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), bgr=False)


@pytest.fixture(scope="module")
def network():
    return load_model("vgg16", "cpu")


@pytest.fixture(scope="module")
def picture():
    """An odd size, and colours all over the range."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(1, 3, 9, 7, generator=generator)
    return F.interpolate(coarse, size=(67, 51), mode="bilinear", align_corners=False)


# --- weights ------------------------------------------------------------------------------------------------------


def test_weights_are_the_published_ones(network):
    """The values that programs which load Keras' VGG-16 print or assert; here OIHW, and in half precision."""
    weights = network.state_dict()
    published = [
        (weights["conv1_1.weight"][0, 0].flatten()[:4], [0.42947057, 0.373467, -0.061360113, 0.27476987]),
        (weights["conv1_1.weight"][0, :, 0, 0], [0.42947057, 0.55037946, 0.4800154]),
        (weights["conv1_1.weight"][1, :, 0, 0], [0.117273867, 0.0208774377, -0.17269668]),
        (weights["conv1_1.bias"][:3], [0.73429835, 0.093403675, 0.06775674]),
        (weights["conv1_1.bias"][25:26], [0.7446502]),
        (weights["conv1_2.weight"][63, 63, 2, 2:], [0.016082443]),
        (weights["conv2_1.bias"][1:2], [0.06440781]),
        (weights["conv5_1.weight"][269, 63, 1, :1], [-0.011236359]),
    ]
    for found, expected in published:
        np.testing.assert_allclose(found.numpy(), expected, rtol=2**-11)


@pytest.mark.slow
def test_conversion_gives_the_published_weights_exactly(converted):
    tensors = converted("vgg16")
    assert len(tensors) == 22
    assert sum(tensor.size for tensor in tensors.values()) == 9_995_072
    np.testing.assert_allclose(tensors["conv1_1.weight"][0, :, 0, 0], [0.42947057, 0.55037946, 0.4800154], atol=1e-7)
    np.testing.assert_allclose(tensors["conv5_1.weight"][269, 63, 1, 0], -0.011236359, atol=1e-9)


@pytest.mark.data
def test_channel_order_is_the_one_the_weights_were_trained_on(network, shared_data):
    """A network trained on photos answers photos more strongly in its deep layers than photos of swapped colours."""
    photos = sorted((shared_data / "faces" / "group_photos").glob("*.jpg"))
    stronger = 0
    for path in photos:
        pixels = np.asarray(Image.open(path).convert("RGB").resize((224, 224)))
        rgb = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255
        with torch.inference_mode():
            right, swapped = (network(x, ["relu5_1"])["relu5_1"].mean() for x in (rgb, rgb.flip(1)))
        stronger += bool(right > swapped)
    assert stronger >= 0.8 * len(photos) > 0


# --- structure ----------------------------------------------------------------------------------------------------


def as_torchvision(network, build):
    """torchvision's feature layers with our weights, up to relu5_1, and the index of each rectifier in them."""
    features = build(weights=None).features.eval().requires_grad_(False)
    places = {}
    for name in (layer for layer in network.layers if layer.startswith("conv")):
        key = torchvision_key(network.spec, name)
        index = int(key.removeprefix("features."))
        features[index].load_state_dict(network.get_submodule(name).state_dict())
        places[f"relu{name.removeprefix('conv')}"] = index + 1
    return features, places


@pytest.mark.parametrize(("spec", "build"), [(SPECS["vgg16"], vgg16), (VGG19, vgg19)], ids=["vgg16", "vgg19"])
def test_every_layer_equals_torchvision(network, picture, spec, build):
    if spec == VGG19:
        torch.manual_seed(0)
        network = Vgg(VGG19, deepest="conv5_1").eval()  # structure only: its weights are not embedded
    reference, places = as_torchvision(network, build)
    with torch.inference_mode():
        found = network(picture, list(places))
        signal = network.preprocess(picture)
        for index in range(max(places.values()) + 1):
            signal = reference[index](signal)
            for name in (name for name, place in places.items() if place == index):
                scale = signal.abs().max()
                assert torch.allclose(found[name] / scale, signal / scale, atol=1e-4), name
    assert found["relu5_1"].shape == (1, 512, 4, 3)  # 67 x 51, halved four times, remainders dropped


@pytest.mark.parametrize(("spec", "build"), [(SPECS["vgg16"], vgg16), (VGG19, vgg19)], ids=["vgg16", "vgg19"])
def test_torchvision_keys_have_our_shapes(spec, build):
    theirs = build(weights=None).state_dict()
    ours = Vgg(spec, deepest=spec.layers[-1]).state_dict()
    renamed = {f"{torchvision_key(spec, name.split('.')[0])}.{name.split('.')[1]}": t.shape for name, t in ours.items()}
    assert renamed == {name: t.shape for name, t in theirs.items() if name.startswith("features.")}


def test_average_pooling(network, picture):
    with torch.inference_mode():
        before = network(picture, ["relu1_2"])["relu1_2"]
        expected = F.relu(network.conv2_1(F.avg_pool2d(before, 2)))
        found = network(picture, ["relu2_1"], pooling="average")["relu2_1"]
        trained = network(picture, ["relu2_1"])["relu2_1"]
    assert torch.allclose(found, expected, atol=1e-3)
    assert not torch.allclose(found, trained, atol=1.0)


def test_values_before_and_after_the_rectifier_can_be_asked_for_together(network, picture):
    with torch.inference_mode():
        found = network(picture, ["conv2_1", "relu2_1"])
    assert found["conv2_1"].min() < 0
    assert torch.equal(found["relu2_1"], found["conv2_1"].clamp_min(0))


def test_nothing_deeper_than_asked_for_is_computed(network, picture):
    ran = []
    hooks = [
        module.register_forward_hook(lambda *_, name=name: ran.append(name))
        for name, module in network.named_children()
    ]
    try:
        network(picture, ["relu2_1", "relu1_1"])
    finally:
        for hook in hooks:
            hook.remove()
    assert ran == ["conv1_1", "conv1_2", "conv2_1"]


def test_names(network):
    assert network.layers[:3] == ("conv1_1", "relu1_1", "conv1_2")
    assert network.layers[-1] == "relu5_1"
    assert network.layers == layer_names(SPECS["vgg16"])
    with pytest.raises(ValueError, match="relu6_1"):
        network(torch.zeros(1, 3, 32, 32), ["relu6_1"])
    with pytest.raises(ValueError, match="relu5_2"):
        network(torch.zeros(1, 3, 32, 32), ["relu5_2"])  # exists in VGG-16, is not on board


def test_file_without_the_deep_layers_fits_a_network_without_them():
    shallow = VGG16(deepest="conv2_2")
    assert sorted(shallow.state_dict()) == [
        f"conv{n}.{k}" for n in ("1_1", "1_2", "2_1", "2_2") for k in ("bias", "weight")
    ]


# --- input --------------------------------------------------------------------------------------------------------


def test_input_is_normalised_as_documented(network, picture):
    """Against loops over the documented formula: BGR, 0 to 255, minus [103.939, 116.779, 123.68]."""
    rgb = picture[0].numpy().astype(np.float64) * 255
    caffe = np.stack([rgb[2] - 103.939, rgb[1] - 116.779, rgb[0] - 123.68])
    weight = network.conv1_1.weight.numpy().astype(np.float64)
    bias = network.conv1_1.bias.numpy().astype(np.float64)
    with torch.inference_mode():
        found = network(picture, ["conv1_1"])["conv1_1"][0].numpy()
    for channel, y, x in [(0, 10, 10), (17, 33, 25), (63, 1, 49), (5, 65, 1)]:
        expected = bias[channel]
        for c in range(3):
            for dy in range(3):
                for dx in range(3):
                    expected += weight[channel, c, dy, dx] * caffe[c, y + dy - 1, x + dx - 1]
        assert found[channel, y, x] == pytest.approx(expected, abs=1e-2)


def test_other_weights_bring_their_own_normalisation(picture):
    network = Vgg(VGG19, deepest="conv1_1")
    expected = (picture - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        3, 1, 1
    )
    assert torch.allclose(network.preprocess(picture), expected, atol=1e-6)


def test_converted_copy_computes_in_another_precision_and_leaves_the_original(network, picture):
    half = network.converted(torch.bfloat16)
    with torch.inference_mode():
        found = half(picture, ["relu3_1"])["relu3_1"]
        exact = network(picture, ["relu3_1"])["relu3_1"]
    assert found.dtype is torch.bfloat16
    assert exact.dtype is torch.float32
    assert torch.linalg.vector_norm(found.float() - exact) < 0.03 * torch.linalg.vector_norm(exact)
    assert network.conv1_1.weight.dtype is torch.float32
    assert half.mean.dtype is torch.float32
