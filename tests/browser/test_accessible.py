"""Every tab with results shown, light and dark, wide and on a phone: axe, no sideways scrolling, all tabs seen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from facestyle.ui import samples, texts
from tests.browser.support import MOUNT_MS, choose_tab, open_app, press

WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
NARROWEST = {**PHONE, "viewport": {"width": 320, "height": 640}}
FACE_TABS = (texts.VERIFY, texts.IDENTIFY, texts.ENROLL, texts.LIVE, texts.ALBUM)
TABS = (*FACE_TABS, texts.STYLE, texts.FAST, texts.LAYERS, texts.LEARNING)
FADE_MS = 400


def objections(page):
    page.wait_for_timeout(FADE_MS)  # half-faded text has no contrast yet
    found = Axe().run(page).response
    assert "color-contrast" in {each["id"] for each in found["passes"]}
    return [f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]]


def assert_fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def check(page):
    assert_fits(page)
    assert objections(page) == []


LOOKS = [
    pytest.param(("light", PHONE), id="light-phone"),
    pytest.param(("dark", WIDE), id="dark-wide", marks=pytest.mark.slow),
    pytest.param(("light", WIDE), id="light-wide", marks=pytest.mark.slow),
    pytest.param(("dark", PHONE), id="dark-phone", marks=pytest.mark.slow),
]


@pytest.fixture(params=LOOKS)
def page(request, new_page):
    scheme, size = request.param
    return new_page(color_scheme=scheme, permissions=["camera"], **size)


def test_verify_with_warnings_and_reasons_open(page, public_app):
    open_app(page, public_app)
    check(page)
    page.locator("#verify-liveness input").check()
    press(page, "#verify-examples [data-id='0']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)
    page.get_by_role("button", name=texts.CONFIDENCE).click()
    expect(page.locator("#verify-why .fs-rates")).to_be_visible()
    expect(page.locator("#verify-details")).to_contain_text(texts.LIVENESS_UNCHECKED)
    check(page)
    press(page, "#verify-examples [data-id='3']")
    expect(page.locator("#verify-result [role=alert]")).to_be_visible()
    check(page)


def test_identify_and_enroll(page, public_app):
    open_app(page, public_app, texts.ENROLL)
    press(page, "#enroll-examples [data-id='0']")
    expect(page.locator("#people .fs-name")).to_have_text(texts.HOPPER)
    check(page)
    choose_tab(page, texts.IDENTIFY)
    press(page, "#identify-examples [data-id='0']")
    expect(page.locator("#identify-result tbody tr")).to_have_count(2)
    page.locator("#identify-result summary").click()
    expect(page.locator("#identify-result .fs-rates")).to_be_visible()
    check(page)


def test_album(page, public_app):
    open_app(page, public_app, texts.ALBUM)
    check(page)
    press(page, "#album-examples [data-id='0']")
    expect(page.locator("#album-result .fs-group")).to_have_count(2, timeout=90_000)
    page.locator("#album-result summary").click()
    page.locator("#album-result [data-action=enroll-group]").first.click()
    expect(page.locator("#album-name")).to_be_visible()
    check(page)


def test_live_before_the_start_and_while_it_asks_for_a_head_turn(page, public_app):
    open_app(page, public_app, texts.LIVE)
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_WAITING)
    check(page)
    page.locator("#live-turn input").check()
    page.locator("#live-camera").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#live-camera video').videoWidth > 0")
    page.locator("#live-camera").get_by_label("capture photo").click()
    expect(page.locator("#live-card .fs-turn")).to_be_visible()
    check(page)
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_TURN_FAILED["too_slow"][0])
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_CLOSED)


def test_style_before_a_run(page, public_app):
    open_app(page, public_app, texts.STYLE)
    expect(page.locator("#style-presets button").first).to_be_visible()
    check(page)


def test_fast_styles_before_and_after(page, public_app):
    open_app(page, public_app, texts.FAST)
    expect(page.locator("#fast-tiles button").first).to_be_visible()
    check(page)
    press(page, "#fast-examples [data-id='0']")
    expect(page.locator("#fast-content img")).to_be_visible()
    page.locator("#fast-tiles button").first.click()
    expect(page.locator("#fast-status")).to_contain_text("Painted in")
    check(page)
    page.get_by_text(texts.MANY, exact=True).click()
    page.wait_for_timeout(MOUNT_MS)
    page.set_input_files("#many-files input[type=file]", samples.path("collins"))
    expect(page.locator("#many-files")).to_contain_text("collins")
    press(page, "#many-run")
    expect(page.locator("#many-status .fs-thumbs img")).to_be_visible()
    page.locator("#many-files").get_by_label(re.compile("clear", re.IGNORECASE)).first.click()
    check(page)


def test_layers_with_a_channel_and_the_courses_table(page, public_app):
    open_app(page, public_app, texts.LAYERS)
    page.locator("#conv-course summary").click()
    check(page)
    press(page, "#layers-run")
    expect(page.locator("#layers-status")).to_contain_text("9 pictures looked at in", timeout=180_000)
    page.locator("#layers-grid [data-action=channel]").nth(3).click()
    expect(page.locator("#layers-gradients img")).to_have_count(9)
    page.locator("#conv-axes").get_by_text(texts.CONV_AXES_OF[3]).click()
    expect(page.locator("#conv-result figure")).to_have_count(8)
    check(page)


def test_learning_with_a_triplet_and_a_training(page, public_app):
    open_app(page, public_app, texts.LEARNING)
    check(page)
    press(page, "#triplet-run")
    expect(page.locator("#triplet-result .fs-sentence")).to_be_visible()
    epochs = page.locator("#learn-epochs input[type=number]")
    epochs.fill("1")
    epochs.press("Enter")
    press(page, "#learn-run")
    expect(page.locator("#learn-status")).to_contain_text("Trained: 1", timeout=120_000)
    expect(page.locator("#learn-run")).to_be_visible()
    check(page)


@pytest.mark.parametrize("size", [PHONE, NARROWEST], ids=["phone", "narrowest"])
def test_on_a_phone_every_tab_is_seen_and_none_scrolls_sideways(new_page, public_app, size):
    page = new_page(**size)
    open_app(page, public_app)
    width = page.viewport_size["width"]
    expect(page.get_by_label("More tabs")).to_be_hidden()
    for name in TABS:
        tab = page.get_by_role("tab", name=name, exact=True)
        box = tab.bounding_box()
        assert box is not None, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= width, name
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        assert_fits(page)
