"""IR-18, IR-50 and IR-101: against their description computed step by step, and against published sizes."""

from collections.abc import Mapping

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from facestyle.models.iresnet import IR18, IR50, IR101, IResNet
from tests.models import synthetic

PREFIX = "model.net."
"""What the published files put before each key."""


def described(tensors: Mapping[str, Tensor], chips: Tensor) -> Tensor:
    """The network from nothing but the tensors' names: which blocks there are, and which change the width.

    Batch normalisation, PReLU and the shortcuts are written out; each block of a stage's first position, told by the
    change of the width (or by being the very first), halves the resolution in its second convolution.
    """

    def normalised(name: str, x: Tensor) -> Tensor:
        view = (1, -1) + (1,) * (x.dim() - 2)
        x = (x - tensors[f"{name}.running_mean"].view(view)) / (tensors[f"{name}.running_var"].view(view) + 1e-5).sqrt()
        if f"{name}.weight" in tensors:
            x = x * tensors[f"{name}.weight"].view(view) + tensors[f"{name}.bias"].view(view)
        return x

    def rectified(name: str, x: Tensor) -> Tensor:
        return torch.where(x >= 0, x, x * tensors[f"{name}.weight"].view(1, -1, 1, 1))

    x = chips / 127.5 - 1
    x = rectified("input_layer.2", normalised("input_layer.1", F.conv2d(x, tensors["input_layer.0.weight"], padding=1)))
    block = 0
    while f"body.{block}.res_layer.1.weight" in tensors:
        name = f"body.{block}"
        changes = f"{name}.shortcut_layer.0.weight" in tensors
        stride = 2 if changes or block == 0 else 1
        y = F.conv2d(normalised(f"{name}.res_layer.0", x), tensors[f"{name}.res_layer.1.weight"], padding=1)
        y = rectified(f"{name}.res_layer.3", normalised(f"{name}.res_layer.2", y))
        y = F.conv2d(y, tensors[f"{name}.res_layer.4.weight"], padding=1, stride=stride)
        x = x[:, :, ::stride, ::stride]
        if changes:
            weight = tensors[f"{name}.shortcut_layer.0.weight"][:, :, 0, 0]
            x = normalised(f"{name}.shortcut_layer.1", torch.einsum("oc,bchw->bohw", weight, x))
        x = x + normalised(f"{name}.res_layer.5", y)
        block += 1
    x = normalised("output_layer.0", x).reshape(len(x), -1)
    x = x @ tensors["output_layer.3.weight"].T + tensors["output_layer.3.bias"]
    return normalised("output_layer.4", x)


def made(network: IResNet) -> IResNet:
    """With weights from a formula."""
    network.load_state_dict(synthetic.weights(synthetic.shapes_of(network)))
    return network.eval()


@pytest.fixture(scope="module")
def small() -> IResNet:
    return made(IR18())


@pytest.mark.parametrize(
    "build", [IR18, pytest.param(IR50, marks=pytest.mark.slow), pytest.param(IR101, marks=pytest.mark.slow)]
)
@torch.inference_mode()
def test_network_is_what_the_names_of_its_tensors_describe(build):
    network = made(build()).double()
    chips = synthetic.chips(2, IResNet.SIZE).double()
    found = network(chips)
    expected = described(network.state_dict(), chips)
    scale = float(expected.abs().max())
    assert float((expected[0] - expected[1]).abs().max()) > 0.01 * scale  # the two pictures are told apart
    torch.testing.assert_close(found, expected, atol=1e-9 * scale, rtol=0)


@pytest.mark.parametrize(
    ("build", "tensors", "parameters"),
    [(IR18, 179, 24_020_352), (IR50, 467, 43_585_600), (IR101, 917, 65_150_912)],
)
def test_numbers_of_tensors_and_parameters(build, tensors, parameters):
    """Published: 24.0, 43.6 and 65.2 million parameters; 467 tensors in IR-50's file."""
    with torch.device("meta"):
        network = build()
    assert len(network.state_dict()) == tensors
    assert sum(p.numel() for p in network.parameters()) == parameters


def test_published_file_of_ir101_has_the_size_that_these_tensors_give():
    """To the byte, which only this prefix does (`net.` and none are off by thousands)."""
    with torch.device("meta"):
        shapes = synthetic.shapes_of(IR101())
    sizes = {
        prefix: synthetic.file_bytes({prefix + name: shape for name, shape in shapes.items()}, {"format": "pt"})
        for prefix in ("", "net.", PREFIX)
    }
    assert sizes[PREFIX] == 260_980_552
    assert len(set(sizes.values())) == 3


@torch.inference_mode()
def test_each_chip_is_embedded_on_its_own(small):
    chips = synthetic.chips(3, IResNet.SIZE)
    together = small(chips)
    assert together.shape == (3, 512)
    alone = torch.cat([small(chip[None]) for chip in chips])
    torch.testing.assert_close(together, alone, atol=1e-5 * float(together.abs().max()), rtol=1e-4)


@torch.inference_mode()
def test_channel_order_matters(small):
    """RGB and BGR give different embeddings, so a mix-up would not go unseen."""
    chips = synthetic.chips(2, IResNet.SIZE)
    similarity = F.cosine_similarity(small(chips), small(chips.flip(1)))
    assert float(similarity.max()) < 0.999
