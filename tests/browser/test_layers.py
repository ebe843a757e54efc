"""The Layers tab in a real browser, on the network on board."""

import pytest
from playwright.sync_api import expect

from facestyle.ui import samples, texts
from tests.browser.support import open_app, press
from tests.browser.test_faces import upload

LOADED = "[...document.querySelectorAll('#layers-grid img')].every(i => i.naturalWidth > 0)"


@pytest.fixture
def tab(page, local_app):
    open_app(page, local_app, texts.LAYERS)
    return page


def test_from_pictures_to_a_channel_and_what_it_likes(tab):
    press(tab, "#layers-run")
    expect(tab.locator("#layers-status")).to_contain_text("9 pictures looked at in", timeout=180_000)
    expect(tab.locator("#layers-run")).to_be_visible()
    tiles = tab.locator("#layers-grid [data-action=channel]")
    expect(tiles).to_have_count(24)
    tab.wait_for_function(LOADED)
    tab.locator("#layers-layer").get_by_text(texts.LAYERS_NAME.format(number=3)).click()
    expect(tab.locator("#layers-grid")).to_contain_text("sees 40 × 40 pixels")
    tab.get_by_role("button", name=texts.LAYERS_LATER).click()
    expect(tab.locator("#layers-grid")).to_contain_text("24 to 47 of 256")
    tiles.first.click()
    expect(tiles.first).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#layers-channel")).to_contain_text(texts.LAYERS_TITLE.format(number=3, channel=24))
    expect(tab.locator("#layers-channel .fs-layer-large img")).to_have_count(9)
    expect(tab.locator("#layers-channel .fs-box")).to_have_count(9)
    expect(tab.locator("#layers-gradients img")).to_have_count(9)
    press(tab, "#layers-draw")
    expect(tab.locator("#layers-drawn img")).to_be_visible()
    press(tab, "#layers-draw-stop")
    expect(tab.locator("#layers-drawn")).to_contain_text("Climbed from noise", timeout=120_000)


def test_stop_keeps_what_was_found(tab):
    press(tab, "#layers-run")
    expect(tab.locator("#layers-status")).to_contain_text("of 9 pictures looked at", timeout=120_000)
    press(tab, "#layers-stop")
    expect(tab.locator("#layers-status")).to_contain_text("pictures", timeout=60_000)
    expect(tab.locator("#layers-run")).to_be_visible()
    expect(tab.locator("#layers-grid [data-action=channel]")).to_have_count(24)


def test_a_convolution_follows_its_controls(tab):
    result = tab.locator("#conv-result")
    expect(result).to_contain_text("318 × 478")
    tab.locator("#conv-padding").get_by_text(texts.CONV_PADDINGS["same"]).click()
    expect(result).to_contain_text("⌊(320 + 2·1 − 3) / 1⌋ + 1 = 320")
    tab.locator("#conv-filter input").click()
    tab.get_by_role("option", name=texts.CONV_FILTERS["network"], exact=True).click()
    expect(tab.locator("#conv-swatches button")).to_have_count(64)
    tab.locator("#conv-swatches button").nth(5).click()
    expect(tab.locator("#conv-swatches button").nth(5)).to_have_attribute("aria-pressed", "true")
    expect(result).to_contain_text("3 × 3 × 3")
    tab.locator("#conv-axes").get_by_text(texts.CONV_AXES_OF[1]).click()
    expect(result.locator(".fs-dot")).to_have_count(10)
    tab.locator("#conv-axes").get_by_text(texts.CONV_AXES_OF[3]).click()
    expect(result).to_contain_text("16 × 128 × 192")
    upload(tab, "#conv-photo", samples.path("hopper"))
    expect(result).not_to_contain_text("16 × 128 × 192")
    expect(result.locator("figure")).to_have_count(8)
