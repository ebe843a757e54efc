"""Receptive fields: the arithmetic against what a gradient says."""

import pytest
import torch
from torch import nn

from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.explain.layers import layer_of, layers_by_number, load_backbone, representative_layers, windows
from facestyle.explain.receptive import ReceptiveField, Window, receptive_field
from facestyle.models.vgg import SPECS, Vgg, layer_names
from facestyle.settings import Settings


def even(spec="vgg16"):
    """A VGG that lets every pixel through: all weights equal, so that no rectifier closes."""
    network = Vgg(SPECS[spec])
    for parameter in network.parameters():
        nn.init.constant_(parameter, 1e-3)
    return network.eval()


def measured(network, layer, row, column, size):
    """First and last pixel, both ways, that move one position of a layer: where the gradient is not 0."""
    picture = torch.ones(1, 3, *size, requires_grad=True)
    # average pooling lets every pixel of a window have a say in the gradient
    found = network(picture, [layer], pooling="average")[layer]
    (gradient,) = torch.autograd.grad(found[0, :, row, column].sum(), picture)
    touched = gradient[0].abs().sum(0) > 0
    rows, columns = touched.any(1).nonzero().flatten(), touched.any(0).nonzero().flatten()
    return (int(rows[0]), int(rows[-1]) + 1), (int(columns[0]), int(columns[-1]) + 1)


@pytest.mark.parametrize(
    ("spec", "layer", "size"),
    [
        ("vgg16", "conv1_1", (16, 20)),
        ("vgg16", "relu1_2", (16, 20)),
        ("vgg16", "conv2_1", (20, 24)),
        ("vgg16", "relu2_2", (20, 24)),
        ("vgg16", "relu3_3", (56, 64)),
        ("vgg16", "relu4_3", (112, 120)),
        ("vgg16", "relu5_1", (160, 160)),
        ("vgg19", "relu3_4", (64, 64)),
        ("vgg19", "relu4_4", (128, 136)),
    ],
)
def test_it_is_what_the_gradient_reaches(spec, layer, size):
    network = even(spec)
    field = receptive_field(windows(network, layer))
    rows, columns = (field.inside(side, side // field.jump) for side in size)
    assert measured(network, layer, rows[0], columns[-1], size) == (field.span(rows[0]), field.span(columns[-1]))
    if field.size < 100:  # further corners of deep layers would only take longer
        assert measured(network, layer, rows[-1], columns[0], size) == (field.span(rows[-1]), field.span(columns[0]))


def test_at_the_border_it_reaches_into_the_padding():
    network = even()
    field = receptive_field(windows(network, "relu3_3"))
    (top, bottom), _ = measured(network, "relu3_3", 0, 0, (64, 64))
    assert (top, bottom) == (0, field.span(0)[1])
    assert field.span(0)[0] < 0


def test_the_trained_network_looks_no_further(network):
    field = layer_of(network, "relu3_3").field
    row, column = 8, 7
    torch.manual_seed(0)
    seen = torch.zeros(64, 64, dtype=torch.bool)
    for _ in range(2):
        picture = torch.rand(1, 3, 64, 64, requires_grad=True)
        found = network(picture, ["relu3_3"], pooling="average")["relu3_3"]
        (gradient,) = torch.autograd.grad(found[0, :, row, column].sum(), picture)
        seen |= gradient[0].abs().sum(0) > 0
    inside = torch.zeros_like(seen)
    inside[slice(*field.span(row)), slice(*field.span(column))] = True
    assert not (seen & ~inside).any()
    assert (seen & inside).sum() > 0.95 * inside.sum()


@pytest.mark.parametrize(
    "stack",
    [
        [Window(7, 2, 3), Window(3, 2, 1), Window(3, 1, 1), Window(3, 2, 1)],  # the beginning of a ResNet
        [Window(11, 4, 2), Window(3, 2), Window(5, 1, 2), Window(3, 2)],  # of AlexNet
        [Window(3, 1, 2, 2), Window(3, 1, 4, 4), Window(2, 2), Window(3, 2, 3, 3)],
    ],
)
def test_other_networks(stack):
    signal = torch.ones(1, 1, 401, requires_grad=True)
    value = signal
    for window in stack:
        convolution = nn.Conv1d(1, 1, window.size, window.stride, window.padding, window.dilation)
        nn.init.ones_(convolution.weight)
        value = convolution(value)
    field = receptive_field(stack)
    for position in (field.inside(401, value.shape[2])[0], 10, field.inside(401, value.shape[2])[-1]):
        (gradient,) = torch.autograd.grad(value[0, 0, position], signal, retain_graph=True)
        touched = gradient[0, 0].nonzero().flatten()
        assert (int(touched[0]), int(touched[-1]) + 1) == field.span(position)


def test_positions_inside_are_all_those_and_no_others():
    field = ReceptiveField(size=92, jump=8, start=-42)
    for pixels in (50, 92, 100, 133, 320):
        positions = pixels // 8
        wanted = [p for p in range(positions) if field.span(p)[0] >= 0 and field.span(p)[1] <= pixels]
        assert list(field.inside(pixels, positions)) == wanted


def test_one_layer_for_each_of_the_five(network):
    found = representative_layers(network)
    assert [(layer.name, layer.channels, layer.field.size, layer.field.jump) for layer in found] == [
        ("relu1_2", 64, 5, 1),
        ("relu2_2", 128, 14, 2),
        ("relu3_3", 256, 40, 4),
        ("relu4_3", 512, 92, 8),
        ("relu5_1", 512, 132, 16),
    ]
    assert [layer.number for layer in layers_by_number(network, [5, 2])] == [5, 2]


def test_vgg19_has_deeper_ends():
    found = representative_layers(Vgg(SPECS["vgg19"]))
    assert [layer.name for layer in found] == ["relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_1"]
    assert [layer.field.size for layer in found] == [5, 14, 48, 116, 156]


def test_what_there_is_not(network):
    with pytest.raises(InvalidRequestError, match="no layer 6"):
        layers_by_number(network, [1, 6])
    with pytest.raises(InvalidRequestError, match="relu9_1"):
        windows(network, "relu9_1")
    with pytest.raises(InvalidRequestError, match="vgg16"):
        load_backbone("mtcnn", torch.device("cpu"), Settings())
    with pytest.raises(UnknownModelError):
        load_backbone("vgg17", torch.device("cpu"), Settings())


def test_windows_are_those_of_every_layer(network):
    sizes = [receptive_field(windows(network, name)).size for name in layer_names(network.spec) if "relu" in name]
    assert sizes == [3, 5, 10, 14, 24, 32, 40, 60, 76, 92, 132]
