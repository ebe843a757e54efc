"""FaceNet's network: against facenet-pytorch's with the same weights, and against the size of the published file."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle.models.inception_resnet import InceptionResnetV1
from tests.models import record_facenet, synthetic

PUBLISHED_BYTES = 111_831_500
"""The file in the repository py-feat/facenet, as its page gives it."""


@pytest.fixture(scope="module")
def network() -> InceptionResnetV1:
    network = InceptionResnetV1()
    network.load_state_dict(synthetic.weights(synthetic.shapes_of(network)))
    return network.eval()


@pytest.fixture(scope="module")
def chips() -> torch.Tensor:
    return synthetic.chips(record_facenet.COUNT, InceptionResnetV1.SIZE)


def test_weights_from_a_formula_give_what_facenet_pytorch_recorded(network, chips):
    reference = np.load(record_facenet.DATA)["embeddings"]
    with torch.inference_mode():
        found = network(chips).numpy()
    assert np.abs(reference[0] - reference[1]).max() > 1e-3  # the recording tells the two pictures apart
    np.testing.assert_allclose(found, reference, atol=2e-6)


def test_other_weights_would_be_noticed(network, chips):
    altered = InceptionResnetV1().eval()
    tensors = network.state_dict()
    altered.load_state_dict({**tensors, "block8.conv2d.bias": tensors["block8.conv2d.bias"] + 0.1})
    with torch.inference_mode():
        assert (altered(chips) - network(chips)).abs().max() > 1e-4


@pytest.mark.slow
def test_random_weights_give_what_facenet_pytorch_computes(archive, tmp_path):
    """Live, key by key, with the published file's classifier left out; a second set of weights and pictures."""
    original = record_facenet.original(archive("mtcnn"), tmp_path).eval()
    generator = torch.Generator().manual_seed(1)
    for buffer in original.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5, generator=generator)
    network = InceptionResnetV1().eval()
    assert list(network.state_dict()) == list(original.state_dict())
    network.load_state_dict(original.state_dict())
    chips = torch.randint(0, 256, (3, 3, 160, 160), generator=generator).float()
    with torch.inference_mode():
        expected = original((chips - 127.5) / 128)
        torch.testing.assert_close(network(chips), expected, atol=1e-6, rtol=1e-5)


def test_published_file_has_the_size_that_these_tensors_and_its_classifier_give():
    """To the byte: a name or a shape that differs would change it."""
    with torch.device("meta"):
        shapes = synthetic.shapes_of(InceptionResnetV1())
    assert len(shapes) == 714
    classifier = {"logits.weight": (8631, 512), "logits.bias": (8631,)}
    assert synthetic.file_bytes({**shapes, **classifier}, metadata=None) == PUBLISHED_BYTES
    assert synthetic.file_bytes(shapes, metadata=None) != PUBLISHED_BYTES


def test_number_of_parameters():
    with torch.device("meta"):
        assert sum(p.numel() for p in InceptionResnetV1().parameters()) == 23_482_624


@torch.inference_mode()
def test_each_chip_is_embedded_on_its_own_to_unit_length(network, chips):
    together = network(chips)
    assert together.shape == (2, 512)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(together, torch.cat([network(chip[None]) for chip in chips]), atol=1e-6, rtol=1e-5)


def test_size_formula_is_that_of_safetensors(tmp_path: Path):
    """The formula behind the test above, on a file that the library itself writes."""
    from safetensors.torch import save_file

    shapes = {"b.weight": (3, 2), "a.num_batches_tracked": (), "a.running_var": (5,)}
    for metadata in (None, {"format": "pt"}):
        save_file(synthetic.weights(shapes), tmp_path / "file", metadata=metadata)
        assert (tmp_path / "file").stat().st_size == synthetic.file_bytes(shapes, metadata)
