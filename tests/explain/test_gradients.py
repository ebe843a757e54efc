"""What in a patch excites a channel."""

import numpy as np
import pytest
import torch

from facestyle import images
from facestyle.errors import InvalidRequestError
from facestyle.explain.gradients import _guided, guided_gradients
from facestyle.explain.layers import layers_by_number
from facestyle.explain.patches import find_patches
from facestyle.explain.service import Explainer
from facestyle.ui import samples


@pytest.fixture(scope="module")
def found(network):
    pictures = [images.decode(samples.path("chelsea"))]
    (*_, last) = find_patches(network, layers_by_number(network, [2, 3]), pictures, side=96)
    return last.found


def test_the_way_there_is_that_of_the_network(network):
    pictures = torch.rand(1, 3, 40, 48)
    with torch.no_grad():
        ours, theirs = _guided(network, "relu3_2", pictures), network(pictures, ["relu3_2"])["relu3_2"]
    assert torch.allclose(ours, theirs)


@pytest.mark.parametrize("number", [2, 3])
def test_a_piece_that_fits_the_poolings_gives_the_gradient_of_the_whole(network, found, number):
    layer = found.layer(number)
    channel = next(c for c in range(layer.channels) if len(found.patches(number, c)) >= 2)
    patches = found.patches(number, channel)
    shown = guided_gradients(network, found, number, channel)
    assert [picture.shape for picture in shown] == [(layer.field.size, layer.field.size, 3)] * len(patches)
    for patch, picture in list(zip(patches, shown, strict=True))[:2]:
        whole = torch.from_numpy(np.array(found.pictures[0])).permute(2, 0, 1)[None].float() / 255
        whole.requires_grad_()
        answer = _guided(network, layer.name, whole)[0, channel, patch.place.row, patch.place.column]
        assert float(answer.detach()) == pytest.approx(patch.activation, rel=1e-4)
        (gradient,) = torch.autograd.grad(answer, whole)
        rows, columns = (slice(first, first + patch.side) for first in (patch.top, patch.left))
        assert float(gradient[0, :, rows, columns].abs().sum()) == pytest.approx(float(gradient.abs().sum()))
        expected = gradient[0, :, rows, columns].permute(1, 2, 0).numpy()
        largest = np.percentile(np.abs(expected), 99.5)
        assert np.abs(picture / 255.0 - np.clip(0.5 + 0.5 * expected / largest, 0, 1)).max() < 0.01


def test_the_service_draws_them_for_what_it_found(found):
    assert len(Explainer().gradients(found, 2, 0)) == len(found.patches(2, 0))
    with pytest.raises(InvalidRequestError):
        Explainer().gradients(found, 1, 0)
