"""The first layer as numbers: slid by our own code it gives what the network gives."""

import numpy as np
import pytest
import torch

from facestyle.explain.convolution.correlate import convolve
from facestyle.explain.convolution.pictures import NEGATIVE, POSITIVE, grey, swatch, two_colours
from facestyle.explain.first_layer import first_layer
from facestyle.explain.service import Explainer
from facestyle.models.vgg import SPECS, Vgg


@pytest.mark.parametrize("spec", ["vgg16", "vgg19"])
def test_it_is_what_the_network_computes(network, spec):
    if spec == "vgg19":  # red first, scaled: the other way to prepare a picture
        network = Vgg(SPECS[spec])
    photo = np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8)
    layer = first_layer(network)
    ours = convolve(layer.signal(photo), layer.filters, padding=1) + layer.biases[:, None, None]
    with torch.no_grad():
        pixels = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
        theirs = network(pixels, ["conv1_1"])["conv1_1"][0].numpy()
    assert ours.shape == (64, 20, 24)
    assert np.allclose(ours, theirs, rtol=1e-4, atol=1e-3 * np.abs(theirs).max())


def test_the_service_hands_it_out():
    assert Explainer().first_layer().filters.shape == (64, 3, 3, 3)


def test_numbers_as_pictures():
    shown = two_colours(np.array([[2.0, -2.0, 0.0]]), strength=2.0)
    assert shown[0].tolist() == [list(POSITIVE), list(NEGATIVE), [0, 0, 0]]
    assert two_colours(np.zeros((2, 2))).max() == 0
    assert grey(np.array([[-1.0, 0.5, 2.0]]))[0, :, 0].tolist() == [0, 128, 255]
    taps = np.zeros((3, 3, 3))
    taps[0, 0, 0], taps[2, 1, 1] = 4, -4
    picture = swatch(taps)
    assert picture[0, 0].tolist() == [255, 128, 128]
    assert picture[1, 1].tolist() == [128, 128, 0]
    assert (swatch(np.zeros((3, 3, 3))) == 128).all()
