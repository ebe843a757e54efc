"""A picture made for one channel: the activation rises, and the same seed gives the same picture."""

import numpy as np
import pytest
import torch

from facestyle.errors import InvalidRequestError
from facestyle.explain.fourier import Spectrum
from facestyle.explain.layers import layers_by_number
from facestyle.explain.maximize import maximise
from facestyle.explain.service import Explainer

SIDE, STEPS = 48, 16


@pytest.mark.parametrize(("number", "channel"), [(3, 20), (4, 18)])
def test_the_activation_rises_by_far(network, number, channel):
    (layer,) = layers_by_number(network, [number])
    frames = list(maximise(network, layer, channel, side=SIDE, steps=STEPS, every=8))
    assert [frame.step for frame in frames] == [0, 8, 16]
    first, _, last = (frame.activation for frame in frames)
    # what is reported is what a plain pass over the picture gives, but for its rounding to 8 bits
    pixels = torch.from_numpy(frames[-1].image).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        answer = float(network(pixels, [f"conv{layer.name[4:]}"])[f"conv{layer.name[4:]}"][0, channel].mean())
    assert answer == pytest.approx(last, rel=0.05)
    assert last > 5 * max(abs(first), 1.0)
    assert (frames[-1].image != frames[0].image).mean() > 0.5
    assert frames[0].seconds_left is None
    assert frames[-1].seconds_left == 0


def test_a_seed_gives_its_picture(network):
    (layer,) = layers_by_number(network, [1])
    pictures = [list(maximise(network, layer, 5, side=32, steps=3, seed=seed))[-1].image for seed in (1, 1, 2)]
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_a_spectrum_is_a_picture():
    spectrum = Spectrum(32, seed=0, device=torch.device("cpu"))
    picture = spectrum.picture().detach()
    assert picture.shape == (1, 3, 32, 32)
    assert 0 < float(picture.min()) < 0.5 < float(picture.max()) < 1
    with torch.no_grad():
        spectrum.coefficients[:, 0, 0, 0] += 100  # the mean
    assert float((spectrum.picture().detach() - picture).mean()) > 0.05


@pytest.mark.parametrize(
    ("channel", "options"), [(64, {}), (-1, {}), (0, {"side": 16}), (0, {"steps": 0}), (0, {"every": 0})]
)
def test_refusals(network, channel, options):
    (layer,) = layers_by_number(network, [1])
    with pytest.raises(InvalidRequestError):
        next(maximise(network, layer, channel, **options))
    with pytest.raises(InvalidRequestError):
        next(Explainer().maximise(6, 0))
