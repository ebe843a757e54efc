"""RetinaFace with synthetic weights against the same network written down in plain functions."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from facestyle import weights
from facestyle.models.retinaface import RetinaFace
from tests.models import synthetic


@pytest.fixture(scope="module")
def tensors():
    return synthetic.weights(synthetic.shapes_of(RetinaFace()))


@pytest.fixture(scope="module")
def network(tensors):
    network = RetinaFace().eval()
    network.load_state_dict(tensors)
    return network


def picture(height, width):
    return torch.from_numpy(synthetic.uniform("picture", (1, 3, height, width)).astype(np.float32)) * 255 - 120


class Reference:
    """From the published description: MobileNet v1, three levels, contexts of 3, 5 and 7, three heads."""

    def __init__(self, tensors):
        self.t = tensors

    def unit(self, x, name, *, at=0, stride=1, slope=0.1, depthwise=False):
        weight = self.t[f"{name}.{at}.weight"]
        groups = x.shape[1] if depthwise else 1
        assert weight.shape[1] * groups == x.shape[1]
        x = F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2, groups=groups)
        mean, variance, gamma, beta = (
            self.t[f"{name}.{at + 1}.{part}"].view(1, -1, 1, 1)
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / torch.sqrt(variance + 1e-5) * gamma + beta
        return x if slope is None else torch.where(x > 0, x, slope * x)

    def separable(self, x, name, stride):
        return self.unit(self.unit(x, name, stride=stride, depthwise=True), name, at=3)

    def double(self, x, like):
        rows, columns = (
            torch.div(torch.arange(large) * small, large, rounding_mode="floor")
            for large, small in zip(like.shape[2:], x.shape[2:], strict=True)
        )
        return x[:, :, rows][:, :, :, columns]

    def context(self, x, name):
        five = self.unit(x, f"{name}.conv5X5_1")
        seven = self.unit(five, f"{name}.conv7X7_2")
        views = (
            self.unit(x, f"{name}.conv3X3", slope=None),
            self.unit(five, f"{name}.conv5X5_2", slope=None),
            self.unit(seven, f"{name}.conv7x7_3", slope=None),
        )
        return torch.cat(views, 1).clamp(min=0)

    def head(self, features, kind, numbers):
        rows = []
        for level, x in enumerate(features):
            y = F.conv2d(x, self.t[f"{kind}.{level}.conv1x1.weight"], self.t[f"{kind}.{level}.conv1x1.bias"])[0]
            rows += [
                y[anchor * numbers : (anchor + 1) * numbers, row, column]
                for row in range(y.shape[1])
                for column in range(y.shape[2])
                for anchor in range(2)
            ]
        return torch.stack(rows)

    def __call__(self, x):
        x = self.unit(x, "body.stage1.0", stride=2)
        for block, stride in enumerate((1, 2, 1, 2, 1), 1):
            x = self.separable(x, f"body.stage1.{block}", stride)
        fine = x
        for block in range(6):
            x = self.separable(x, f"body.stage2.{block}", 1 + (block == 0))
        middle = x
        for block in range(2):
            x = self.separable(x, f"body.stage3.{block}", 1 + (block == 0))
        fine, middle, coarse = (self.unit(y, f"fpn.output{n}") for n, y in ((1, fine), (2, middle), (3, x)))
        middle = self.unit(middle + self.double(coarse, middle), "fpn.merge2")
        fine = self.unit(fine + self.double(middle, fine), "fpn.merge1")
        features = [self.context(y, f"ssh{n}") for n, y in enumerate((fine, middle, coarse), 1)]
        probability = self.head(features, "ClassHead", 2).softmax(1)[:, 1]
        return probability, self.head(features, "BboxHead", 4), self.head(features, "LandmarkHead", 10)


@pytest.mark.parametrize(("height", "width"), [(64, 96), (50, 75)])
@torch.inference_mode()
def test_network_is_the_published_one(network, tensors, height, width):
    x = picture(height, width)
    probability, boxes, points = network(x)
    expected = Reference(tensors)(x)
    assert points.shape == (1, len(expected[0]), 5, 2)
    for found, wanted in zip((probability[0], boxes[0], points[0].flatten(1)), expected, strict=True):
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-4, atol=1e-4 * wanted.abs().max().item())
    assert probability.std() > 0.01  # the comparison is one of numbers that differ from each other


@torch.inference_mode()
def test_pictures_of_a_batch_do_not_see_each_other(network):
    pair = torch.cat([picture(64, 64), picture(64, 64).flip(3)])
    for together, alone in zip(network(pair), network(pair[1:]), strict=True):
        # Sums are taken in another order for two pictures: what stays of that is in proportion to the largest terms.
        scale = alone.abs().max().item()
        np.testing.assert_allclose(together[1].numpy(), alone[0].numpy(), rtol=1e-3, atol=1e-4 * scale)


def test_names_and_shapes_are_those_recorded_for_the_published_file():
    shapes = synthetic.shapes_of(RetinaFace())
    keys = weights.entry("retinaface").keys
    assert weights.key_digest(shapes) == keys.sha256
    assert sum(not name.endswith("num_batches_tracked") for name in shapes) == keys.count
    for name, shape in (
        ("body.stage1.0.0.weight", (8, 3, 3, 3)),
        ("body.stage1.4.3.weight", (64, 32, 1, 1)),
        ("body.stage3.1.4.running_var", (256,)),
        ("fpn.output3.0.weight", (64, 256, 1, 1)),
        ("ssh2.conv7x7_3.1.bias", (16,)),
        ("ClassHead.0.conv1x1.weight", (4, 64, 1, 1)),
        ("LandmarkHead.2.conv1x1.bias", (20,)),
    ):
        assert shapes[name] == shape


def test_size_is_the_published_one():
    """426,608 parameters, and a file that its page rounds to 1.76 MB."""
    network = RetinaFace()
    assert sum(parameter.numel() for parameter in network.parameters()) == 426_608
    size = synthetic.file_bytes(synthetic.shapes_of(network), {"format": "pt"})
    assert round(size / 1e6, 2) == 1.76 == weights.entry("retinaface").hub.files[0].about_bytes / 1e6
