"""The fast styles that each have a network of their own on the Hub."""

import re

import numpy as np
import pytest
import torch

from facestyle import weights
from facestyle.errors import ImageTooSmallError, InvalidRequestError, NotEnoughMemoryError, WeightsMissingError
from facestyle.models import zoo
from facestyle.models.transformer_net import TransformerNet
from facestyle.settings import Settings
from facestyle.style.fast import HUB_BYTES_PER_PIXEL, FastStyle, fast_styles, stylize_fast
from tests.models import fast_neural_style
from tests.models.catalogues import with_files


@pytest.fixture(scope="module")
def tensors():
    return fast_neural_style.tensors()


@pytest.fixture
def settings(tmp_path, tensors):
    """A catalogue in which candy's file is there, beside the styles on board (whose file is not needed here)."""
    files = {"multistyle26": b"not needed", "candy": fast_neural_style.onnx_file(tensors, 64, 64)}
    yield with_files(tmp_path, files, device="cpu")
    zoo.clear_cache()


def photo(height=60, width=90, channels=3):
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


def test_hub_styles_are_listed_on_request_after_those_on_board():
    on_board, all_styles = fast_styles(), fast_styles(include_hub=True)
    assert all_styles[: len(on_board)] == on_board
    assert [(style.id, style.name) for style in all_styles[len(on_board) :]] == [
        ("mosaic", "Mosaic"),
        ("candy", "Candy"),
        ("udnie", "Udnie"),
        ("pointillism", "Pointillism"),
        ("rain_princess", "Rain princess"),
    ]
    assert len({style.id for style in all_styles}) == len(all_styles)
    for style in all_styles[len(on_board) :]:
        assert weights.entry(style.model).role == "fast_style"
        assert weights.entry(style.model).hub
    assert {style.model for style in on_board} == {"multistyle26"}
    assert FastStyle("night", "Night").model == "multistyle26"


@pytest.mark.parametrize("style", ["candy", " Candy "])
def test_the_styles_own_network_paints(settings, tensors, style):
    network = TransformerNet().eval()
    network.load_state_dict(tensors)
    image = photo()
    x = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
    with torch.inference_mode():
        expected = network(x)[0].permute(1, 2, 0).numpy() * 255
    found = stylize_fast(image, style=style, settings=settings)
    assert found.dtype == np.uint8
    assert np.abs(found - expected).max() <= 0.51  # rounded to the nearest level


def test_alpha_size_and_strength_work_as_on_board(settings):
    image = photo(64, 96, channels=4)
    painted = stylize_fast(image, style="candy", settings=settings)
    assert painted.shape == image.shape
    np.testing.assert_array_equal(painted[:, :, 3], image[:, :, 3])
    assert stylize_fast(image, style="candy", size=72, settings=settings).shape == (48, 72, 4)
    np.testing.assert_array_equal(stylize_fast(image, style="candy", strength=0.0, settings=settings), image)


def test_too_narrow_content_is_refused(settings):
    with pytest.raises(ImageTooSmallError, match="16 or more"):
        stylize_fast(photo(15, 90), style="candy", settings=settings)


def test_memory_is_forecast_for_the_network_that_paints(tmp_path):
    limit = 64 * 2**20
    side = int((limit / HUB_BYTES_PER_PIXEL) ** 0.5) + 1
    settings = with_files(tmp_path, {"multistyle26": b"x", "candy": b"x"}, memory_limit_mb=64)
    with pytest.raises(NotEnoughMemoryError, match="Choose a size of"):
        stylize_fast(np.zeros((side, side, 3), np.uint8), style="candy", settings=settings)


def test_misspelt_style_is_found_among_all():
    with pytest.raises(InvalidRequestError, match="Did you mean rain_princess"):
        stylize_fast(photo(), style="rain princes")


def test_style_that_is_not_cached_and_not_to_be_had_says_so(tmp_path, monkeypatch):
    """The tests run in offline mode; the cache is an empty folder."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsMissingError) as refusal:
        stylize_fast(photo(), style="mosaic", settings=Settings(cache_dir=tmp_path))
    assert re.search(r"mosaic|Mosaic", refusal.value.message)
