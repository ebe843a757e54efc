"""The Learning tab in a real browser: one triplet on the real network, and a training that is watched and stopped."""

import re

import pytest
from playwright.sync_api import expect

from facestyle.ui import texts
from tests.browser.support import open_app, press
from tests.browser.test_faces import all_pictures_loaded


def test_a_triplet_is_measured_and_the_margin_makes_it_semi_hard(page, public_app):
    open_app(page, public_app, texts.LEARNING)
    result = page.locator("#triplet-result")
    expect(result).to_contain_text(texts.TRIPLET_EMPTY)
    press(page, "#triplet-run")
    expect(result.locator(".fs-sentence")).to_have_text(texts.TRIPLET_KINDS["easy"][0])
    expect(result.locator(".fs-formula")).to_contain_text("= 0.000")
    assert all_pictures_loaded(page, "#triplet-result")
    margin = page.locator("#triplet-margin input[type=number]")
    margin.fill("1")
    margin.press("Enter")
    expect(result.locator(".fs-sentence")).to_have_text(texts.TRIPLET_KINDS["semi_hard"][0])
    press(page, "#triplet-examples [data-id='2']")
    expect(result.locator(".fs-sentence")).to_have_text(texts.TRIPLET_KINDS["hard"][0])


def test_a_training_is_watched_to_its_end_and_the_network_downloaded(page, public_app):
    open_app(page, public_app, texts.LEARNING)
    expect(page.locator("#learn-status")).to_contain_text(texts.LEARN_EMPTY)
    epochs = page.locator("#learn-epochs input[type=number]")
    epochs.fill("2")
    epochs.press("Enter")
    press(page, "#learn-run")
    expect(page.locator("#learn-stop")).to_be_visible()
    expect(page.locator("#learn-status")).to_contain_text("Trained: 2 epochs", timeout=120_000)
    expect(page.locator("#learn-panel svg[role=img]")).to_have_count(6)
    expect(page.locator("#learn-panel .fs-hard-triplet")).to_have_count(3)
    assert all_pictures_loaded(page, "#learn-panel")
    expect(page.locator("#learn-run")).to_be_visible()
    with page.expect_download() as download:
        press(page, "#learn-file")
    assert download.value.suggested_filename.endswith(".safetensors")


@pytest.mark.slow
def test_stop_and_the_choices(page, public_app):
    open_app(page, public_app, texts.LEARNING)
    expect(page.locator("#learn-upload")).to_be_hidden()
    page.locator("#learn-source").get_by_label(texts.LEARN_SOURCES["own"]).check()
    expect(page.locator("#learn-upload")).to_be_visible()
    press(page, "#learn-run")
    expect(page.locator("#learn-status [role=alert]")).to_contain_text(texts.LEARN_NO_FILE)
    page.locator("#learn-source").get_by_label(texts.LEARN_SOURCES["digits"]).check()
    page.locator("#learn-loss").get_by_label(texts.LEARN_LOSSES["chi-square"]).check()
    expect(page.locator("#learn-miner")).to_be_hidden()
    press(page, "#learn-run")
    expect(page.locator("#learn-status")).to_contain_text(re.compile("Epoch [1-9]"), timeout=120_000)
    press(page, "#learn-stop")
    expect(page.locator("#learn-status")).to_contain_text("Stopped after")
    expect(page.locator("#learn-run")).to_be_visible()
