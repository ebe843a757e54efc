"""Style transfer in a real browser, on the real networks."""

import json
import re

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from facestyle.ui import samples, texts
from tests.browser.support import MOUNT_MS, open_app, press, running_app
from tests.browser.test_faces import upload


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
    press(page, "#style-run")
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
        press(page, "#style-download")
    assert download.value.suggested_filename == "facestyle.png"
    with Image.open(download.value.path()) as painted:
        assert painted.format == "PNG"
        assert painted.size == (160, 107)
        assert len(painted.convert("RGB").getcolors(160 * 107)) > 500


def test_stop_keeps_the_picture_it_has(page, local_app):
    prepare(page, local_app, size=256, steps=500)
    press(page, "#style-run")
    expect(page.locator("#style-preview img")).to_be_visible()
    page.wait_for_function("document.querySelector('#style-preview img').naturalWidth === 256")
    expect(page.locator("#style-status")).to_contain_text("left")
    press(page, "#style-stop")
    expect(page.locator("#style-status")).to_contain_text("Stopped after step", timeout=15_000)
    expect(page.locator("#style-pair img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 256)")
    expect(page.locator("#style-download")).to_be_visible()
    expect(page.locator("#style-run")).to_be_visible()
    expect(page.locator("#style-stop")).to_be_hidden()
    expect(page.locator("#style-size input[type=range]")).to_be_enabled()


def test_a_quick_preview_comes_by_itself_and_leaves_a_result_alone(page, local_app):
    prepare(page, local_app, size=128, steps=10)
    quick = page.locator("#style-quick figure img")
    expect(quick).to_be_visible()
    before = quick.get_attribute("src")
    set_control(page, "#style-alpha", 10)
    page.wait_for_function("(old) => document.querySelector('#style-quick img').src !== old", arg=before)
    press(page, "#style-run")
    expect(page.locator("#style-status")).to_contain_text("Done: 10 steps")
    expect(quick).to_have_count(0)
    expect(page.locator("#style-pair img")).to_have_count(2)
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 128)")
    result = [image.get_attribute("src") for image in page.locator("#style-pair img").all()]
    set_control(page, "#style-alpha", 1)
    expect(quick).to_be_visible()
    assert [image.get_attribute("src") for image in page.locator("#style-pair img").all()] == result
    # One pass on request, with a file.
    press(page, "#style-fast")
    expect(page.locator("#style-status")).to_contain_text(texts.STYLE_GIVEN)
    expect(page.locator("#style-film")).to_be_hidden()
    # And back to the first one, with its settings, from which a film is made.
    expect(page.locator("#style-history button")).to_have_count(2)
    press(page, "#style-history [data-id='1']")
    expect(page.locator("#style-status")).to_contain_text(texts.STYLE_HISTORY_BACK)
    expect(page.locator("#style-alpha input[type=range]")).to_have_value("10")
    page.get_by_text(texts.STYLE_FILM, exact=True).click()
    page.wait_for_timeout(MOUNT_MS)
    press(page, "#style-film-run")
    expect(page.locator("#style-film-download")).to_be_visible()
    with page.expect_download() as download:
        press(page, "#style-film-download")
    with av.open(download.value.path()) as film:
        assert sum(1 for _ in film.decode(video=0)) > 10


def test_a_missing_picture_is_said_in_place(page, local_app):
    open_app(page, local_app, "Style transfer")
    press(page, "#style-run")
    expect(page.locator("#style-status [role=alert]")).to_contain_text(texts.REFUSED_TITLES["image_empty"])
    expect(page.locator("#style-run")).to_be_visible()


@pytest.mark.slow
def test_a_run_that_memory_forbids_is_refused_in_a_sentence(new_page, browser, tmp_path):
    with running_app(home=tmp_path, FACESTYLE_MEMORY_LIMIT_MB="64") as url:
        page = new_page()
        prepare(page, url, size=1024, steps=10)
        press(page, "#style-run")
        alert = page.locator("#style-status [role=alert]")
        expect(alert).to_contain_text(texts.REFUSED_TITLES["not_enough_memory"])
        page.close()  # before its server goes, which it would complain about


@pytest.mark.slow
def test_an_example_paints_in_one_click(page, local_app):
    open_app(page, local_app, "Style transfer")
    press(page, "#style-examples [data-id='0']")
    expect(page.locator("#style-preview img")).to_be_visible()
    expect(page.locator("#style-status")).to_contain_text("Done: 80 steps", timeout=280_000)
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth === 384)")


def test_drawn_over_the_photo_only_that_part_is_painted(page, local_app):
    prepare(page, local_app, size=128, steps=10)
    page.get_by_text(texts.STYLE_REGION, exact=True).click()
    canvas = page.locator("#style-region canvas").first
    expect(canvas).to_be_visible()
    page.wait_for_timeout(MOUNT_MS)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 30, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=8)
    page.mouse.up()
    for _ in range(2):  # the drawing stays for the next run
        press(page, "#style-run")
        expect(page.locator("#style-stop")).to_be_visible()
        expect(page.locator("#style-run")).to_be_visible()
        expect(page.locator("#style-status")).to_contain_text("Done: 10 steps")
        expect(page.locator("#style-region")).not_to_have_attribute("inert", re.compile(".*"))
        with page.expect_download() as download:
            press(page, "#style-download")
        with Image.open(download.value.path()) as painted, Image.open(samples.path("china")) as photo:
            small = photo.convert("RGB").resize(painted.size, Image.Resampling.LANCZOS)
            change = np.abs(np.asarray(painted).astype(int) - np.asarray(small)).max(axis=2)
        assert change[:8].max() <= 1
        assert change[:, :8].max() <= 1
        middle = change[
            painted.height // 2 - 3 : painted.height // 2 + 3, painted.width // 2 - 3 : painted.width // 2 + 3
        ]
        assert middle.mean() > 3


def test_pause_resume_strength_and_going_on(page, local_app):
    prepare(page, local_app, size=160, steps=60)
    press(page, "#style-run")
    expect(page.locator("#style-status")).to_contain_text(re.compile(r"Step [1-9]\d* of 60"))
    press(page, "#style-pause")
    expect(page.locator("#style-pause")).to_have_text(texts.STYLE_RESUME)
    expect(page.locator("#style-status")).to_contain_text(texts.STYLE_PAUSED)
    set_control(page, "#style-alpha", 5)  # the weights are not locked
    press(page, "#style-pause")
    expect(page.locator("#style-status")).to_contain_text("Done: 60 steps")
    set_control(page, "#style-strength", 40)
    page.fill("#style-more-steps input", "5")
    press(page, "#style-more button, button#style-more")
    expect(page.locator("#style-status")).to_contain_text("Done: 5 steps")
    with page.expect_download() as download:
        press(page, "#style-download")
    with Image.open(download.value.path()) as painted:
        kept = json.loads(painted.info["facestyle"])
    assert (kept["alpha"], kept["steps"], kept["strength"]) == (5.0, 65, 1.0)
    # And back: the settings of that picture.
    press(page, "#style-presets [data-id=balanced]")
    expect(page.locator("#style-alpha input[type=range]")).to_have_value("1")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=texts.STYLE_SETTINGS_LOAD).click()
    chooser.value.set_files(download.value.path().rename(download.value.path().with_suffix(".png")))
    expect(page.locator("#style-status")).to_contain_text(texts.STYLE_SETTINGS_LOADED)
    expect(page.locator("#style-alpha input[type=range]")).to_have_value("5")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_presets_and_the_second_painting(new_page, local_app, scheme):
    page = new_page(color_scheme=scheme)
    open_app(page, local_app, "Style transfer")
    page.get_by_role("button", name=texts.STYLE_PRESET_NAMES["abstract"]).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#style-beta input[type=range]")).to_have_value("2")
    page.get_by_text(texts.STYLE_LOOK, exact=True).click()
    expect(page.locator("#style-scale input[type=range]")).to_have_value("2")
    expect(page.locator("#style-mix")).to_be_hidden()
    upload(page, "#style-second", samples.path("waves"))
    expect(page.locator("#style-mix")).to_be_visible()


def test_who_waits_sees_it_and_is_served_when_the_other_goes(new_page, local_app):
    first, second = new_page(), new_page()
    prepare(first, local_app, size=256, steps=500)
    prepare(second, local_app, size=128, steps=10)
    press(first, "#style-run")
    expect(first.locator("#style-status")).to_contain_text(re.compile(r"Step \d+ of 500"))
    press(second, "#style-run")
    expect(second.locator("#style-status")).to_contain_text(texts.STYLE_AHEAD_ONE)
    expect(second.locator("#style-status")).to_contain_text("left")
    first.close()
    expect(second.locator("#style-status")).to_contain_text("Done: 10 steps")
