"""The Fast styles tab: tiles, paintings, mixes, and a style that is fetched first."""

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import InvalidRequestError, UnknownModelError, WeightsMissingError
from facestyle.style.fast import FastStyle
from facestyle.ui import fast, samples, style_tiles, texts
from facestyle.ui.fast_choice import FastChoice, chosen_style
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, GREEN, RED

STATUS, PAIR, DOWNLOAD, STRENGTH = range(4)


@pytest.fixture
def tab(ctx, blocks):
    return fast.FastTab(ctx)


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def paint(tab, content, style=None, chosen="", second="", second_picture=None, share=0.5):
    (shown,) = tab.on_paint(content, style, chosen, second, second_picture, share, request())
    return shown


def test_a_tile_paints_with_its_style(tab, upload, ctx):
    shown = paint(tab, upload(RED), chosen="night")
    assert "Painted in" in shown[STATUS]
    assert "Night" in shown[STATUS]
    assert shown[PAIR].visible
    assert shown[DOWNLOAD].visible
    assert (shown[STRENGTH].visible, shown[STRENGTH].value) == (True, 100)
    quick = ctx.session(request()).quick
    assert np.array_equal(quick.result, 255 - quick.photo)


def test_the_painting_is_the_style_until_a_tile_is_clicked(tab, upload):
    assert texts.STYLE_GIVEN in paint(tab, upload(RED), upload(BLUE))[STATUS]
    assert "Day" in paint(tab, upload(RED), upload(BLUE), chosen="day")[STATUS]


def test_nothing_happens_before_there_are_a_photo_and_a_style(tab, upload):
    assert all(map(skipped, paint(tab, None, upload(BLUE), "night")))
    assert all(map(skipped, paint(tab, upload(RED))))
    assert all(map(skipped, paint(tab, upload(RED), upload(BLUE), None)))  # a download that failed


def test_a_file_that_is_no_picture_is_said(tab, upload, tmp_path):
    (tmp_path / "text.png").write_text("only words")
    shown = paint(tab, {"path": str(tmp_path / "text.png")}, chosen="night")
    assert texts.REFUSED_TITLES["image_unreadable"] in shown[STATUS]
    assert skipped(shown[PAIR])


def test_two_learned_styles_are_mixed(tab, upload, ctx):
    shown = paint(tab, upload(RED), chosen="night", second="day", share=0.3)
    assert "Night with 30 % of Day" in shown[STATUS]
    mix, _ = chosen_style(ctx, FastChoice(None, "night", "day", None, 0.3))
    assert (mix.first, mix.second, mix.share) == ("night", "day", 0.3)


def test_two_paintings_are_mixed(upload, ctx):
    mix, named = chosen_style(ctx, FastChoice(upload(RED), "", "day", upload(BLUE), 0.75))
    assert (mix.first.shape[2], mix.second.shape[2], mix.share) == (3, 3, 0.75)
    assert "75 %" in named  # and the second learned style waits for a first one


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        (FastChoice(None), InvalidRequestError),
        (FastChoice(None, "no_such"), UnknownModelError),
        (FastChoice(None, "night", "no_such"), UnknownModelError),
        (FastChoice(None, "dusk"), WeightsMissingError),  # it is not here, and nothing is fetched unasked
    ],
)
def test_a_choice_that_is_none_is_refused(ctx, choice, error):
    with pytest.raises(error):
        chosen_style(ctx, choice)


def test_strength_blends_the_painting_with_its_photo(tab, upload, ctx):
    paint(tab, upload(RED), chosen="night")
    (shown,) = tab.on_strength(0, request())
    quick = ctx.session(request()).quick
    assert np.array_equal(quick.blended(), quick.photo)
    assert shown[0].visible
    assert all(map(skipped, *tab.on_strength(0, request())))  # the same picture is not written twice
    assert all(map(skipped, *tab.on_strength(50, request("b"))))


def test_it_leaves_the_other_tabs_painting_alone(tab, upload, ctx):
    paint(tab, upload(RED), chosen="night")
    assert ctx.session(request()).painted is None
    assert len(ctx.session(request()).history) == 0


def test_a_session_that_ends_leaves_no_painting(tab, upload, ctx):
    paint(tab, upload(RED), chosen="night")
    session = ctx.session(request())
    ctx.sessions.forget("a")
    assert session.quick is None
    assert session.filming.stop.is_set()


# --- the gallery of tiles -----------------------------------------------------------------------------------------


def test_each_style_on_board_has_a_tile(tab):
    piece = tab.tiles.value
    for ident in ("night", "day"):
        assert f'data-id="{ident}"' in piece
    assert piece.count('fs-tile"') == 2
    assert tab.on_tile(click(id="day")) == "day"


def test_a_network_that_is_not_usable_costs_only_its_own_buttons(ctx, blocks, caplog):
    def missing():
        raise WeightsMissingError("The network is not there.")

    object.__setattr__(ctx.services, "fast_styles", missing)
    assert fast.FastTab(ctx).tiles.value == ""
    assert "weights_missing" in caplog.text


@pytest.mark.parametrize("index", range(len(samples.FAST)))
def test_each_example_fills_in_a_photo(tab, index):
    with Image.open(tab.on_example(click(id=str(index)))) as photo:
        assert min(photo.size) >= 200


def test_names_from_the_catalogue_are_harmless():
    piece = style_tiles.tiles([FastStyle("odd", '<img src=x onerror="1">')])
    assert "<img src=x" not in piece


def test_a_photo_may_have_transparency(tab, upload, ctx):
    paint(tab, upload(GREEN, mode="RGBA"), chosen="night")
    assert ctx.session(request()).quick.result.shape[2] == 4
