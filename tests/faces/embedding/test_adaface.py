"""AdaFace's embedder, from a file with the published key names to embeddings."""

import numpy as np
import pytest
import torch
from safetensors.torch import save

from facestyle.errors import WeightsDamagedError
from facestyle.faces.embedding import load_embedder
from facestyle.faces.embedding.arcface import TEMPLATE, align_arcface
from facestyle.faces.results import Box, Face
from facestyle.models.iresnet import IR18
from tests.models import synthetic

PREFIX = "model.net."


@pytest.fixture(scope="module")
def tensors():
    with torch.device("meta"):
        shapes = synthetic.shapes_of(IR18())
    return synthetic.weights(shapes)


@pytest.fixture(scope="module")
def published(tensors):
    return save({PREFIX + name: tensor for name, tensor in tensors.items()}, metadata={"format": "pt"})


def test_published_key_names_load(with_file, tensors, published):
    embedder = load_embedder("adaface_ir18", with_file("adaface_ir18", "model.safetensors", published))
    assert (embedder.model, embedder.metric, embedder.tau) == ("adaface_ir18", "cosine", 0.7)
    image = synthetic.chips(1, 300)[0].permute(1, 2, 0).byte().numpy()
    faces = [
        Face(Box(0, 0, 1, 1), 1.0, tuple(map(tuple, TEMPLATE + shift))) for shift in ([0, 0], [90, 60], [150.5, 10.2])
    ]
    chips = embedder.align(image, faces)
    np.testing.assert_array_equal(chips, align_arcface(image, faces))
    found = embedder.embed(chips)
    assert found.shape == (3, 512)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)

    network = IR18()
    network.load_state_dict(tensors)
    with torch.inference_mode():
        feature = network.eval()(torch.from_numpy(chips).permute(0, 3, 1, 2).float()).numpy()
    np.testing.assert_allclose(found, feature / np.linalg.norm(feature, axis=1, keepdims=True), atol=1e-5)
    assert embedder.embed(chips[:0]).shape == (0, 512)


def test_many_chips_are_embedded_like_few(with_file, published):
    """More than one batch, the last one not full."""
    embedder = load_embedder("adaface_ir18", with_file("adaface_ir18", "model.safetensors", published))
    chips = np.repeat(synthetic.chips(2, 112).permute(0, 2, 3, 1).byte().numpy(), 17, axis=0)
    found = embedder.embed(chips)
    assert found.shape == (34, 512)
    np.testing.assert_allclose(found, np.repeat(embedder.embed(chips[::17]), 17, axis=0), atol=1e-5)


def test_weights_of_another_depth_are_refused(with_file, published):
    with pytest.raises(WeightsDamagedError, match="do not fit"):
        load_embedder("adaface_ir50", with_file("adaface_ir50", "model.safetensors", published))
