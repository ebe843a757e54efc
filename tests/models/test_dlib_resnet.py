"""dlib's ResNet with the embedded (half-precision) weights, against descriptors that dlib itself computed."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle.models.dlib_resnet import DlibFaceResNet, _add_padded
from facestyle.models.zoo import load_model

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def reference():
    data = np.load(DATA / "dlib_reference.npz")
    return torch.from_numpy(data["chips"]).permute(0, 3, 1, 2).float(), data["descriptors"]


def test_half_precision_weights_give_dlibs_descriptors(reference):
    chips, descriptors = reference
    with torch.inference_mode():
        found = load_model("dlib_resnet", "cpu")(chips).numpy()
    assert found.shape == (2, 128)
    assert np.linalg.norm(found - descriptors, axis=1).max() < 5e-3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_full_precision_weights_give_dlibs_descriptors(reference, converted):
    """The architecture alone: weights as published, before they are rounded to half precision for shipping."""
    arrays = converted("dlib_resnet")
    network = DlibFaceResNet()
    network.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in arrays.items()})
    chips, descriptors = reference
    with torch.inference_mode():
        found = network.eval()(chips).numpy()
    assert np.abs(found - descriptors).max() < 1e-4


def test_sum_pads_the_smaller_at_its_end():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 5, 4, 6, generator=generator)
    y = torch.randn(2, 3, 5, 6, generator=generator)
    total = _add_padded(x, y)
    assert total.shape == (2, 5, 5, 6)
    for b, c, i, j in np.ndindex(2, 5, 5, 6):
        expected = (x[b, c, i, j] if i < 4 else 0) + (y[b, c, i, j] if c < 3 else 0)
        assert total[b, c, i, j] == expected


def test_each_chip_is_embedded_on_its_own(reference):
    chips, _ = reference
    network = load_model("dlib_resnet", "cpu")
    with torch.inference_mode():
        together, alone = network(chips), torch.cat([network(chip[None]) for chip in chips])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
