"""The 26-style network with the embedded weights, against recorded outputs of the packaged one in onnxruntime."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle.models.multistyle import EPSILON, MultiStyleNet, instance_norm
from facestyle.models.zoo import load_model
from tests.models import record_fast_styles as record

DATA = Path(__file__).parent / "data"
TOLERANCE = 1e-3  # on a scale of 0 to 1; measured: 2e-5


@pytest.fixture(scope="module")
def reference():
    data = np.load(DATA / "fast_styles_reference.npz")
    return {name: data[name].astype(np.float64) / 65535 for name in data.files if not name.startswith("vector")}


@pytest.fixture(scope="module")
def network() -> MultiStyleNet:
    network = load_model("multistyle26", "cpu")
    assert isinstance(network, MultiStyleNet)
    return network


def paint(network: MultiStyleNet, image: np.ndarray, mixture: dict[int, float]) -> np.ndarray:
    with torch.inference_mode():
        weights = torch.from_numpy(record.style_weights(mixture))[None]
        return network(torch.from_numpy(record.unit(image)), weights).numpy()


@pytest.mark.parametrize("style", record.STYLES)
def test_embedded_weights_paint_as_the_package_does(network, reference, style):
    found = paint(network, record.picture(64, 64), {style: 1})
    assert np.abs(found - reference[f"style_{style}"]).max() < TOLERANCE


def test_sides_need_not_be_multiples_of_four(network, reference):
    found = paint(network, record.picture(37, 50), {record.STYLES[-1]: 1})
    assert found.shape == (1, 3, 37, 50)
    assert np.abs(found - reference["odd"]).max() < TOLERANCE


def test_mixture_of_styles_is_the_packages(network, reference):
    found = paint(network, record.picture(37, 50), record.MIXTURE)
    assert np.abs(found - reference["mixture"]).max() < TOLERANCE


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_styles_beside_onnxruntime(network, archive):
    package = record.Package(archive("multistyle26"))
    image = record.picture(255, 322)
    for style in range(network.styles):
        expected = package.paint(record.unit(image), record.style_weights({style: 1}))
        assert np.abs(paint(network, image, {style: 1}) - expected).max() < TOLERANCE, style


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_converted_tensors_are_those_embedded(network, converted):
    arrays = converted("multistyle26")
    state = network.state_dict()
    assert arrays.keys() == state.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(state[name].numpy(), value)


def test_instance_norm_is_the_formula():
    generator = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(2, 3, 4, 5, generator=generator) + 1
    gamma, beta = torch.randn(2, 2, 3, generator=generator)
    found = instance_norm(x, gamma, beta)
    for b in range(2):
        for c in range(3):
            values = [x[b, c, i, j].item() for i in range(4) for j in range(5)]
            mean = sum(values) / 20
            variance = sum((value - mean) ** 2 for value in values) / 20
            for i in range(4):
                for j in range(5):
                    z = gamma[b, c] * (x[b, c, i, j] - mean) / (variance + EPSILON) ** 0.5 + beta[b, c]
                    assert found[b, c, i, j].item() == pytest.approx(z.item(), abs=1e-5)


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (16, 320), (320, 16), (33, 66)])
def test_output_has_the_size_of_the_input(network, size):
    found = paint(network, record.picture(*size), {7: 1})
    assert found.shape == (1, 3, *size)
    assert 0 <= found.min() < found.max() <= 1


def test_mixture_leads_from_one_style_to_the_other(network):
    image = record.picture(32, 48)
    first, second = paint(network, image, {2: 1}), paint(network, image, {19: 1})
    np.testing.assert_array_equal(paint(network, image, {2: 1, 19: 0}), first)
    np.testing.assert_array_equal(paint(network, image, {2: 0, 19: 1}), second)
    near = paint(network, image, {2: 0.999, 19: 0.001})
    assert np.abs(near - first).mean() < 0.01 < np.abs(second - first).mean()
    half = paint(network, image, {2: 0.5, 19: 0.5})
    apart = np.abs(second - first).mean()
    assert np.abs(half - first).mean() < apart
    assert np.abs(half - second).mean() < apart


def test_each_picture_of_a_batch_has_its_own_style(network):
    images = [record.picture(24, 40), record.painting(24, 40, 2)]
    x = torch.from_numpy(np.concatenate([record.unit(image) for image in images]))
    weights = torch.from_numpy(np.stack([record.style_weights({4: 1}), record.style_weights({15: 1})]))
    with torch.inference_mode():
        together = network(x, weights).numpy()
    for index, style in enumerate((4, 15)):
        np.testing.assert_allclose(together[index], paint(network, images[index], {style: 1})[0], atol=1e-4)


def test_same_input_same_output(network):
    image = record.picture(48, 48)
    np.testing.assert_array_equal(paint(network, image, {9: 1}), paint(network, image, {9: 1}))


def test_flat_picture_has_no_variance_and_stays_finite(network):
    found = paint(network, np.zeros((32, 32, 3), np.uint8), {0: 1})
    assert np.isfinite(found).all()
    assert found.std(axis=(2, 3)).max() < 1e-3  # nothing is painted where there is nothing


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 4, 32, 32), (1, 1, 32, 32), (1, 3, 15, 32), (1, 3, 32, 15)])
def test_what_is_no_picture_is_refused(network, shape):
    with pytest.raises(ValueError, match=r"expected \(B, 3, H, W\)"):
        network(torch.zeros(shape), torch.eye(26)[:1])


@pytest.mark.parametrize("shape", [(26,), (1, 25), (2, 26)])
def test_wrongly_shaped_style_weights_are_refused(network, shape):
    with pytest.raises(ValueError, match=r"expected style weights \(1, 26\)"):
        network(torch.zeros(1, 3, 32, 32), torch.zeros(shape))
