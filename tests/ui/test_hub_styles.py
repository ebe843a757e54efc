"""The learned styles of the Hub on the Fast styles tab: shown with what they weigh, downloaded at the first click."""

import threading

import gradio as gr
import pytest
from PIL import Image

from facestyle.errors import (
    CatalogueError,
    HubUnreachableError,
    InvalidRequestError,
    UnknownModelError,
    WeightsMissingError,
)
from facestyle.ui import fast, hub_styles, style_tiles, texts
from tests.ui.conftest import click, request
from tests.ui.fakes import RED, picture

STATUS, CANCEL, ROW, CHOSEN = range(4)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(picture(RED)).save(path)
    return {"path": str(path)}


@pytest.fixture
def tab(ctx, blocks):
    return fast.FastTab(ctx)


@pytest.fixture
def session(ctx):
    return ctx.session(request())


def fetched(tab, photo, style_id):
    return list(tab.hub_styles.on_fetch(photo, style_id, request()))


def silent(_):
    """Nobody is told of the progress."""


def test_the_row_has_those_that_are_not_on_board_and_says_what_a_click_downloads(tab, ctx):
    row = tab.hub_styles.row.value
    assert 'data-id="dusk">Dusk <small>(12 MB)</small></button>' in row
    assert 'data-id="dawn">Dawn</button>' in row
    assert "night" not in row
    assert texts.STYLE_HUB in row
    assert [style.id for style in style_tiles.learned_styles(ctx)] == ["night", "day"]
    assert "dusk" not in tab.tiles.value
    assert not tab.hub_styles.cancel.visible


def test_a_page_that_is_opened_later_knows_what_was_downloaded(tab, fakes):
    fakes.hub.places["far_style"] = "downloaded"
    row = tab.hub_styles.on_load()
    assert "<small>" not in row
    assert texts.STYLE_HUB_HERE in row


def test_a_click_downloads_with_a_bar_and_then_paints(tab, photo, fakes):
    chosen = tab.hub_styles.on_pick(click(id="dusk"))
    first, *bars, last = fetched(tab, photo, chosen)
    assert texts.MODEL_ASKING in first[STATUS]
    assert first[CANCEL].visible
    assert texts.MODEL_DOWNLOADING.format(title="far_style") in bars[0][STATUS]
    assert not last[CANCEL].visible
    assert "<small>" not in last[ROW]
    assert last[CHOSEN] == "dusk"
    assert fakes.hub.fetched == ["far_style"]
    (shown,) = tab.on_paint(photo, None, last[CHOSEN], "", None, 0.5, request())
    assert "Dusk" in shown[STATUS]


def test_one_that_is_here_shows_neither_bar_nor_cancel(tab, photo, fakes):
    (last,) = fetched(tab, photo, "dawn")
    assert last[CHOSEN] == "dawn"
    assert not last[CANCEL].visible


def test_without_a_photo_nothing_is_downloaded(tab, fakes):
    (last,) = fetched(tab, None, "dusk")
    assert "role" in last[STATUS]
    assert last[CHOSEN] is None
    assert fakes.hub.fetched == []


def test_a_download_that_fails_is_said_in_place_and_nothing_is_painted(tab, photo, fakes):
    fakes.hub.failure = HubUnreachableError("The Hub is away. Check the network.")
    *_, last = fetched(tab, photo, "dusk")
    assert texts.REFUSED_TITLES["hub_unreachable"] in last[STATUS]
    assert not last[CANCEL].visible
    assert last[CHOSEN] is None
    assert "(12 MB)" in last[ROW]
    (update,) = tab.on_paint(photo, photo, last[CHOSEN], "", None, 0.5, request())
    assert all(part == gr.skip() for part in update)  # what was said stays


def test_cancel_ends_the_download_and_is_no_failure(tab, photo, fakes):
    fakes.hub.before_second_step = lambda: tab.hub_styles.on_cancel(request())
    *_, last = fetched(tab, photo, "dusk")
    assert texts.MODEL_CANCELLED in last[STATUS]
    assert "alert" not in last[STATUS]
    assert last[CHOSEN] is None


def test_closing_the_page_in_the_middle_ends_the_download(tab, photo, fakes, session):
    go_on, cancelled = threading.Event(), threading.Event()

    def wait():
        assert go_on.wait(20)
        if session.download is not None and session.download.is_set():
            cancelled.set()

    fakes.hub.before_second_step = wait
    steps = tab.hub_styles.on_fetch(photo, "dusk", request())
    next(steps)
    next(steps)
    steps.close()
    go_on.set()
    assert cancelled.wait(20)


def test_while_a_painting_is_under_way_a_click_does_nothing(tab, photo, fakes, session):
    session.busy += 1
    ((*_, chosen),) = fetched(tab, photo, "dusk")
    assert chosen is None
    assert fakes.hub.fetched == []


def test_in_public_only_what_is_here_is_offered_and_nothing_is_downloaded(public_ctx, blocks, photo, fakes):
    tab = fast.FastTab(public_ctx)
    assert 'data-id="dawn"' in tab.hub_styles.row.value
    assert "dusk" not in tab.hub_styles.row.value
    (last,) = fetched(tab, photo, "dusk")
    assert texts.MODEL_PUBLIC in last[STATUS]
    assert last[CHOSEN] is None
    (shown,) = tab.on_paint(photo, None, "dusk", "", None, 0.5, request())
    assert texts.MODEL_PUBLIC in shown[STATUS]
    with pytest.raises(InvalidRequestError):
        hub_styles.fetch(public_ctx, public_ctx.session(request()), "dusk", silent)
    assert fakes.hub.fetched == []


def test_painting_never_downloads_behind_everybodys_back(ctx, tab, photo, fakes):
    with pytest.raises(WeightsMissingError, match=r"Dusk.*weights pull dusk"):
        hub_styles.check_here(ctx, "dusk")
    for here in ("dawn", "night", "no such style", ""):
        hub_styles.check_here(ctx, here)
    (shown,) = tab.on_paint(photo, None, "dusk", "", None, 0.5, request())
    assert texts.REFUSED_TITLES["weights_missing"] in shown[STATUS]


@pytest.mark.parametrize("style_id", ["night", "", "<b>"])
def test_a_style_that_is_not_of_the_hub_is_refused(ctx, session, fakes, style_id):
    with pytest.raises(UnknownModelError, match="dawn, dusk"):
        hub_styles.fetch(ctx, session, style_id, silent)
    assert fakes.hub.fetched == []


def test_a_catalogue_that_is_not_usable_costs_only_the_row(ctx, blocks, monkeypatch):
    def broken(_):
        raise CatalogueError("The catalogue is malformed.")

    object.__setattr__(ctx.services, "models", broken)
    made = hub_styles.HubStyles(ctx)
    assert made.row.value == ""


def test_no_row_where_all_styles_are_on_board(ctx, blocks, fakes):
    for ident in ("far_style", "cached_style"):
        del fakes.hub.places[ident]
    assert hub_styles.HubStyles(ctx).row.value == ""


def test_the_real_styles_are_the_five_of_the_catalogue(tmp_path, monkeypatch):
    from facestyle.settings import Settings
    from facestyle.ui.context import make_context
    from facestyle.ui.services import real_services
    from facestyle.ui.state import Sessions

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    services = real_services(Settings(gallery=tmp_path / "gallery.sqlite", cache_dir=tmp_path))
    ctx = make_context(services, Sessions(services))
    found = hub_styles.hub_styles(ctx)
    assert list(found) == ["mosaic", "candy", "udnie", "pointillism", "rain_princess"]
    assert not any(each.here for each in found.values())
    assert len(style_tiles.learned_styles(ctx)) == 26


def test_markup_in_a_name_is_harmless():
    from facestyle.style.fast import FastStyle
    from tests.ui.fakes import model_of

    row = hub_styles.row([hub_styles.HubStyle(FastStyle("x", "<script>"), model_of("x", "hub"))])
    assert "<script>" not in row
