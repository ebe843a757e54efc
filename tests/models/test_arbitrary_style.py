"""The any-painting networks with the embedded weights, against recorded outputs of the packaged ones in onnxruntime."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from facestyle.models.arbitrary_style import ArbitraryStyleNet, SamePadConv
from facestyle.models.zoo import load_model
from tests.models import record_fast_styles as record

DATA = Path(__file__).parent / "data"
EXAMPLES = Path(__file__).parent.parent.parent / "facestyle" / "ui" / "examples"
TOLERANCE = 1e-3  # vectors of about -2 to 3, pictures of 0 to 1; measured: 2e-6 and 2e-5


@pytest.fixture(scope="module")
def reference():
    data = np.load(DATA / "fast_styles_reference.npz")
    return {name: data[name] if name.startswith("vector") else data[name] / 65535.0 for name in data.files}


@pytest.fixture(scope="module")
def network() -> ArbitraryStyleNet:
    network = load_model("arbitrary_style", "cpu")
    assert isinstance(network, ArbitraryStyleNet)
    return network


@torch.inference_mode()
def style_vector(network: ArbitraryStyleNet, image: np.ndarray) -> np.ndarray:
    return network.style_vector(torch.from_numpy(record.unit(image))).numpy()


@torch.inference_mode()
def transfer(network: ArbitraryStyleNet, image: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return network.transfer(torch.from_numpy(record.unit(image)), torch.from_numpy(vector)).numpy()


@pytest.mark.parametrize("turn", [0, 1])
def test_embedded_weights_read_a_style_as_the_package_does(network, reference, turn):
    found = style_vector(network, record.painting(96, 128, turn))
    assert found.shape == (1, 100)
    assert np.abs(found - reference[f"vector_{turn}"]).max() < TOLERANCE


@pytest.mark.parametrize("turn", [0, 1])
def test_embedded_weights_paint_as_the_package_does(network, reference, turn):
    found = transfer(network, record.picture(64, 64), reference[f"vector_{turn}"])
    assert np.abs(found - reference[f"painted_{turn}"]).max() < TOLERANCE


def test_sides_need_not_be_multiples_of_four(network, reference):
    found = transfer(network, record.picture(37, 50), reference["vector_0"])
    assert found.shape == (1, 3, 37, 50)
    assert np.abs(found - reference["painted_odd"]).max() < TOLERANCE


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_networks_beside_onnxruntime(network, archive):
    package = record.Package(archive("arbitrary_style"))
    content = record.picture(384, 384)
    for turn in range(3):
        style = record.painting(256, 256, turn)
        vector = style_vector(network, style)
        assert np.abs(vector - package.style_vector(record.unit(style))).max() < TOLERANCE
        painted = transfer(network, content, vector)
        assert np.abs(painted - package.transfer(record.unit(content), vector)).max() < TOLERANCE


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["swirls.jpg", "glass.jpg"])
def test_the_quantised_originals_say_the_same_more_coarsely(network, archive, name):
    """At the sizes that its graphs are fixed to; their activations are rounded to 8 bits: close, not equal."""
    package = record.Package(archive("arbitrary_style"))
    style = np.asarray(Image.open(EXAMPLES / name).convert("RGB").resize((256, 256)))
    content = np.asarray(Image.open(EXAMPLES / "hopper.jpg").convert("RGB").resize((384, 384)))
    vector, rounded = style_vector(network, style), package.style_vector(record.unit(style), int8=True)
    assert np.corrcoef(vector[0], rounded[0])[0, 1] > 0.999  # measured: 0.9999
    error = transfer(network, content, vector) - package.transfer(record.unit(content), rounded, int8=True)
    assert -10 * np.log10(np.mean(error**2)) > 23  # decibels; measured: 26 and 27


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_converted_tensors_are_those_embedded(network, converted):
    arrays = converted("arbitrary_style")
    state = network.state_dict()
    assert arrays.keys() == state.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(state[name].numpy(), value)


@pytest.mark.parametrize("side", [5, 6, 7, 8])
@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_is_tensorflows(side, stride):
    generator = torch.Generator().manual_seed(side)
    layer = SamePadConv(1, 1, 3, stride)
    x = torch.randn(1, 1, side, side, generator=generator)
    with torch.inference_mode():
        found = layer(x)[0, 0]
    outputs = -(-side // stride)
    before = max((outputs - 1) * stride + 3 - side, 0) // 2
    assert found.shape == (outputs, outputs)
    for i, j in np.ndindex(outputs, outputs):
        total = layer.bias.item()
        for di, dj in np.ndindex(3, 3):
            row, column = i * stride + di - before, j * stride + dj - before
            if 0 <= row < side and 0 <= column < side:
                total += layer.weight[0, 0, di, dj].item() * x[0, 0, row, column].item()
        assert found[i, j].item() == pytest.approx(total, abs=1e-5)


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (16, 320), (320, 16), (33, 66)])
def test_any_size_is_read_and_painted(network, size):
    vector = style_vector(network, record.painting(*size))
    assert vector.shape == (1, 100)
    found = transfer(network, record.picture(*size), vector)
    assert found.shape == (1, 3, *size)
    assert 0 <= found.min() < found.max() <= 1


def test_vectors_mix_from_one_style_to_the_other(network, reference):
    image = record.picture(32, 48)
    vectors = reference["vector_0"], reference["vector_1"]
    first, second = (transfer(network, image, vector) for vector in vectors)
    mixed = {
        t: transfer(network, image, np.float32(1 - t) * vectors[0] + np.float32(t) * vectors[1]) for t in (0, 0.5, 1)
    }
    np.testing.assert_array_equal(mixed[0], first)
    np.testing.assert_array_equal(mixed[1], second)
    apart = np.abs(second - first).mean()
    assert apart > 0.01
    assert np.abs(mixed[0.5] - first).mean() < apart
    assert np.abs(mixed[0.5] - second).mean() < apart


def test_each_picture_of_a_batch_has_its_own_style(network, reference):
    images = [record.picture(24, 40), record.painting(24, 40, 2)]
    vectors = np.concatenate([reference["vector_0"], reference["vector_1"]])
    x = torch.from_numpy(np.concatenate([record.unit(image) for image in images]))
    with torch.inference_mode():
        together = network.transfer(x, torch.from_numpy(vectors)).numpy()
    for index in range(2):
        alone = transfer(network, images[index], vectors[index : index + 1])
        np.testing.assert_allclose(together[index], alone[0], atol=1e-4)


def test_reading_and_painting_in_one_call(network):
    content, style = (
        torch.from_numpy(record.unit(image)) for image in (record.picture(32, 32), record.painting(48, 64))
    )
    with torch.inference_mode():
        assert torch.equal(network(content, style), network.transfer(content, network.style_vector(style)))


def test_flat_picture_has_no_variance_and_stays_finite(network, reference):
    found = transfer(network, np.zeros((32, 32, 3), np.uint8), reference["vector_0"])
    assert np.isfinite(found).all()


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 4, 32, 32), (1, 3, 15, 32)])
def test_what_is_no_picture_is_refused(network, shape):
    with pytest.raises(ValueError, match=r"expected \(B, 3, H, W\)"):
        network.style_vector(torch.zeros(shape))
    with pytest.raises(ValueError, match=r"expected \(B, 3, H, W\)"):
        network.transfer(torch.zeros(shape), torch.zeros(1, 100))


@pytest.mark.parametrize("shape", [(100,), (1, 99), (2, 100)])
def test_wrongly_shaped_style_vectors_are_refused(network, shape):
    with pytest.raises(ValueError, match=r"expected style vectors \(1, 100\)"):
        network.transfer(torch.zeros(1, 3, 32, 32), torch.zeros(shape))
