"""Style transfer in a real browser, on the real networks."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from facestyle.ui import samples, texts
from tests.browser.support import open_app, running_app
from tests.browser.test_faces import upload

MOUNT_MS = 700
"""Gradio mounts what an accordion holds when it opens, and sets its initial values once more just after."""


def set_control(page, place, value):
    field = page.locator(f"{place} input[type=number]")
    field.fill(str(value))
    field.press("Tab")
    expect(page.locator(f"{place} input[type=range]")).to_have_value(str(value))


def prepare(page, url, *, size, steps):
    open_app(page, url, "Style transfer")
    upload(page, "#style-content", samples.path("china"))
    upload(page, "#style-style", samples.path("swirls"))
    page.get_by_text(texts.STYLE_ADVANCED).click()
    expect(page.locator("#style-steps")).to_be_visible()
    page.wait_for_timeout(MOUNT_MS)
    set_control(page, "#style-size", size)
    set_control(page, "#style-steps", steps)


def natural_width(page, place):
    return page.eval_on_selector(f"{place} img", "i => i.naturalWidth")


def test_paint_shows_progress_curve_before_and_after_and_a_file(page, local_app):
    prepare(page, local_app, size=160, steps=20)
    page.click("#style-run")
    expect(page.locator("#style-status")).to_contain_text(re.compile(r"Step \d+ of 20"))
    expect(page.locator("#style-size input[type=range]")).to_be_disabled()
    expect(page.locator("#style-status")).to_contain_text("Done: 20 steps")
    expect(page.locator("#style-pair img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 160)")
    for series in ("total", "content", "style"):
        expect(page.locator(f"#style-curve polyline.fs-line-{series}")).to_have_count(1)
    expect(page.locator("#style-size input[type=range]")).to_be_enabled()
    expect(page.locator("#style-run")).to_be_visible()
    with page.expect_download() as download:
        page.click("#style-download")
    assert download.value.suggested_filename == "facestyle.png"
    with Image.open(download.value.path()) as painted:
        assert painted.format == "PNG"
        assert painted.size == (160, 107)
        assert len(painted.convert("RGB").getcolors(160 * 107)) > 500


def test_stop_keeps_the_picture_it_has(page, local_app):
    prepare(page, local_app, size=256, steps=500)
    page.click("#style-run")
    expect(page.locator("#style-preview img")).to_be_visible()
    page.wait_for_function("document.querySelector('#style-preview img').naturalWidth === 256")
    expect(page.locator("#style-status")).to_contain_text("left")
    page.click("#style-stop")
    expect(page.locator("#style-status")).to_contain_text("Stopped after step", timeout=15_000)
    expect(page.locator("#style-pair img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 256)")
    expect(page.locator("#style-download")).to_be_visible()
    expect(page.locator("#style-run")).to_be_visible()
    expect(page.locator("#style-stop")).to_be_hidden()
    expect(page.locator("#style-size input[type=range]")).to_be_enabled()


def test_a_learned_style_takes_one_click(page, local_app):
    open_app(page, local_app, "Style transfer")
    upload(page, "#style-content", samples.path("chelsea"))
    tiles = page.locator("#style-tiles [data-action=style]")
    expect(tiles).to_have_count(26)
    tiles.nth(3).click()
    expect(page.locator("#style-status")).to_contain_text("Fast preview in")
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 640)")
    # The given picture as the style, by the second button.
    upload(page, "#style-style", samples.path("glass"))
    page.click("#style-fast")
    expect(page.locator("#style-status")).to_contain_text(texts.STYLE_GIVEN)


def test_a_missing_picture_is_said_in_place(page, local_app):
    open_app(page, local_app, "Style transfer")
    page.click("#style-run")
    expect(page.locator("#style-status [role=alert]")).to_contain_text(texts.REFUSED_TITLES["image_empty"])
    expect(page.locator("#style-run")).to_be_visible()


@pytest.mark.slow
def test_a_run_that_memory_forbids_is_refused_in_a_sentence(new_page, browser, tmp_path):
    with running_app(home=tmp_path, FACESTYLE_MEMORY_LIMIT_MB="64") as url:
        page = new_page()
        prepare(page, url, size=1024, steps=10)
        page.click("#style-run")
        alert = page.locator("#style-status [role=alert]")
        expect(alert).to_contain_text(texts.REFUSED_TITLES["not_enough_memory"])
        page.close()  # before its server goes, which it would complain about


@pytest.mark.slow
def test_an_example_paints_in_one_click(page, local_app):
    open_app(page, local_app, "Style transfer")
    page.click("#style-examples [data-id='0']")
    expect(page.locator("#style-preview img")).to_be_visible()
    expect(page.locator("#style-status")).to_contain_text("Done: 80 steps", timeout=280_000)
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 384)")
