"""Pictures to tensors and back; which size is compared with which."""

import numpy as np
import pytest
import torch

from facestyle.style import pixels as px
from tests.style.drawn import scene

CPU = torch.device("cpu")


def test_there_and_back_is_exact():
    every_level = np.arange(256 * 3, dtype=np.uint32).reshape(16, 16, 3).astype(np.uint8)
    tensor = px.to_tensor(every_level, CPU)
    assert tensor.shape == (1, 3, 16, 16)
    assert tensor.min() == 0
    assert tensor.max() == 1
    assert np.array_equal(px.to_picture(tensor), every_level)


def test_picture_is_clamped_not_wrapped():
    tensor = torch.tensor([-0.3, 1.4, 0.5]).view(1, 3, 1, 1)
    assert px.to_picture(tensor)[0, 0].tolist() == [0, 255, 128]


def test_rounded_is_what_the_picture_is_worth():
    tensor = torch.rand(1, 3, 9, 7, generator=torch.Generator().manual_seed(0)) * 1.4 - 0.2
    assert torch.allclose(px.rounded(tensor), px.to_tensor(px.to_picture(tensor), CPU), atol=1e-7)


@pytest.mark.parametrize(
    ("content", "longer", "expected"),
    [
        ((768, 1024), 512, (384, 512)),
        ((1023, 65), 1023, (1023, 65)),
        ((65, 1023), 100, (6, 100)),
        ((1, 900), 64, (1, 64)),
    ],
)
def test_result_keeps_the_aspect_ratio(content, longer, expected):
    assert px.result_size(content, longer) == expected
    picture, alpha = px.prepare_content(np.zeros((*content, 3), np.uint8), longer)
    assert picture.shape[:2] == expected
    assert alpha is None


@pytest.mark.parametrize("style", [(300, 200), (100, 2000), (768, 1024), (5, 5)])
@pytest.mark.parametrize("result", [(384, 512), (25, 500)])
def test_painting_gets_the_area_of_the_result(style, result):
    height, width = px.style_size(style, result)
    assert height * width == pytest.approx(result[0] * result[1], rel=0.05)
    assert height / width == pytest.approx(style[0] / style[1], rel=0.1)


def test_transparent_parts_are_white_for_the_network_and_the_alpha_channel_is_kept():
    content = np.zeros((40, 80, 4), np.uint8)
    content[:, :40] = (200, 30, 60, 255)
    picture, alpha = px.prepare_content(content, 80)
    assert picture[20, 10].tolist() == [200, 30, 60]
    assert picture[20, 70].tolist() == [255, 255, 255]
    assert alpha.shape == (40, 80, 1)
    back = px.to_picture(px.to_tensor(picture, CPU), alpha)
    assert back.shape == (40, 80, 4)
    assert np.array_equal(back[..., 3], content[..., 3])
    assert px.prepare_style(content, (20, 40))[5, 35].tolist() == [255, 255, 255]


@pytest.mark.parametrize("size", [(36, 48), (33, 47), (150, 200), (72, 96)])
def test_resize_keeps_the_colours(size):
    pixels = px.to_tensor(scene(), CPU)
    scaled = px.resize(pixels, size)
    assert scaled.shape == (1, 3, *size)
    assert torch.allclose(scaled.mean((2, 3)), pixels.mean((2, 3)), atol=0.01)


def test_noise_is_set_by_its_seed():
    first = px.noise((64, 96), 7, CPU)
    assert torch.equal(first, px.noise((64, 96), 7, CPU))
    assert not torch.equal(first, px.noise((64, 96), 8, CPU))
    assert 0 <= first.min() < first.max() <= 1
    assert float(first.std()) == pytest.approx(px.NOISE_DEVIATION, rel=0.05)
