"""The line that says what a run would take."""

import pytest
from PIL import Image

from facestyle.ui import style_forecast
from facestyle.ui.style import StyleTab


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (300, 200)).save(path)
    return {"path": str(path)}


@pytest.fixture
def line(ctx, blocks):
    return style_forecast.ForecastLine(ctx)


def test_it_says_time_and_memory(line, photo):
    assert "480 x 320 px: about 5 s, 480 MiB." in line.on_change(photo, 480, 80, "lbfgs")


def test_what_does_not_fit_names_a_size_that_does(line, photo):
    said = line.on_change(photo, 4096, 80, "lbfgs")
    assert "4096 x 2731 px: about 41 s, 4.0 GiB." in said
    assert "choose a size of 1000 or less" in said


@pytest.mark.parametrize("payload", [None, "", {"path": "/none.png"}, {"path": __file__}, 3])
def test_without_a_photo_it_says_nothing(line, payload):
    assert line.on_change(payload, 480, 80, "lbfgs") == ""


@pytest.mark.parametrize("size", [None, "x"])
def test_a_knob_without_a_number_says_nothing(line, photo, size):
    assert line.on_change(photo, size, 80, "lbfgs") == ""


def test_where_strangers_share_the_app_sizes_end_sooner(ctx, public_ctx, blocks):
    assert StyleTab(ctx).controls.size.maximum == 4096
    assert StyleTab(public_ctx).controls.size.maximum == 1024
