"""TransformerNet against onnxruntime, which runs the graph of a file like the published ones with the same weights."""

import numpy as np
import pytest
import torch

from facestyle import weights
from facestyle.errors import WeightsDamagedError
from facestyle.models import zoo
from facestyle.models.transformer_net import MIN_SIDE, TransformerNet
from tests.models import fast_neural_style, synthetic
from tests.models.catalogues import with_files

STYLES = ("mosaic", "candy", "udnie", "pointillism", "rain_princess")


@pytest.fixture(scope="module")
def tensors():
    return fast_neural_style.tensors()


@pytest.fixture
def network(tensors, tmp_path):
    """Read from an ONNX file, through the catalogue."""
    settings = with_files(tmp_path, {"candy": fast_neural_style.onnx_file(tensors, 224, 224)})
    yield zoo.load_model("candy", "cpu", settings)
    zoo.clear_cache()


def picture(height, width):
    return torch.from_numpy(synthetic.uniform("picture", (1, 3, height, width)).astype(np.float32))


@pytest.mark.parametrize(("height", "width"), [(32, 48), (64, 44)])
@torch.inference_mode()
def test_torch_paints_what_the_files_own_graph_paints(network, tensors, height, width):
    import onnxruntime

    session = onnxruntime.InferenceSession(fast_neural_style.onnx_file(tensors, height, width))
    x = picture(height, width)
    (expected,) = session.run(None, {"input1": 255 * x.numpy()})
    assert 0 < expected.min() < 100
    assert 150 < expected.max() < 255
    np.testing.assert_allclose(255 * network(x).numpy(), expected, atol=0.02)


def test_weights_are_the_files_initialisers(network, tensors):
    assert isinstance(network, TransformerNet)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, tensors[name])


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (18, 19), (23, 40), (16, 201)])
@torch.inference_mode()
def test_any_size_comes_back_in_its_own(network, size):
    painted = network(picture(*size))
    assert painted.shape == (1, 3, *size)
    assert painted.isfinite().all()
    assert painted.min() >= 0
    assert painted.max() <= 1


@torch.inference_mode()
def test_the_added_edge_is_a_reflection_and_is_cut_off(network):
    x = picture(18, 22)
    by_hand = torch.from_numpy(np.pad(x.numpy(), ((0, 0), (0, 0), (0, 2), (0, 2)), mode="reflect"))
    assert torch.equal(network(x), network(by_hand)[:, :, :18, :22])


@pytest.mark.parametrize("shape", [(1, 3, MIN_SIDE - 1, 99), (1, 4, 64, 64), (3, 64, 64), (1, 1, 64, 64)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        TransformerNet()(torch.zeros(shape))


@pytest.mark.parametrize("names", ["numbers"])
def test_files_with_other_names_are_refused_and_not_guessed_at(tensors, tmp_path, names):
    settings = with_files(tmp_path, {"candy": fast_neural_style.onnx_file(tensors, 32, 32, names=names)})
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        zoo.load_model("candy", "cpu", settings)


def test_size_is_the_published_one(tensors):
    """1.679 million parameters; in a file of 6.73 MB, of which less than 3 kB are left for the exporter's own words."""
    network = TransformerNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 1_679_235
    size = len(fast_neural_style.onnx_file(tensors, 224, 224))
    for style in STYLES:
        assert 0 < weights.entry(style).hub.files[0].bytes - size < 3000


@pytest.mark.parametrize("style", STYLES)
def test_names_and_shapes_are_those_recorded(style):
    keys = weights.entry(style).keys
    shapes = synthetic.shapes_of(TransformerNet())
    assert (weights.key_digest(shapes), len(shapes)) == (keys.sha256, keys.count)
