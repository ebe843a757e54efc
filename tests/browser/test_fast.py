"""Fast styles in a real browser, on the networks on board: tiles, mixes, a clip and the camera."""

import re
import zipfile
from fractions import Fraction

import av
import numpy as np
import pytest
from playwright.sync_api import expect

from facestyle import images
from facestyle.style.video.writing import VideoWriter
from facestyle.ui import samples, texts
from tests.browser.support import MOUNT_MS, open_app, press
from tests.browser.test_faces import upload

LOADED = "[...document.querySelectorAll('#fast-pair img')].every(i => i.naturalWidth === 640)"


@pytest.fixture
def painted(page, local_app):
    """The tab with a photo, painted in the first style."""
    open_app(page, local_app, texts.FAST)
    press(page, "#fast-examples [data-id='0']")
    expect(page.locator("#fast-content img")).to_be_visible()
    page.locator("#fast-tiles .fs-tile").first.click()
    expect(page.locator("#fast-status")).to_contain_text("Painted in")
    expect(page.locator("#fast-pair img")).to_have_count(2)
    page.wait_for_function(LOADED)
    return page


def open_group(page, name):
    page.get_by_text(name, exact=True).click()
    page.wait_for_timeout(MOUNT_MS)


def test_one_click_a_style_by_mouse_or_keyboard(painted):
    tiles = painted.locator("#fast-tiles .fs-tile")
    expect(tiles).to_have_count(26)
    expect(painted.locator("#fast-tiles .fs-tile[aria-pressed=true]")).to_have_count(1)
    for tile in tiles.all():
        expect(tile.locator("img")).to_have_js_property("complete", True)
    tiles.first.focus()
    painted.keyboard.press("ArrowRight")
    painted.keyboard.press("Enter")
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(tiles.first).to_have_attribute("aria-pressed", "false")
    expect(painted.locator("#fast-status")).to_contain_text(tiles.nth(1).inner_text())
    # A painting takes the tile's place.
    upload(painted, "#fast-style", samples.path("glass"))
    expect(painted.locator("#fast-status")).to_contain_text(texts.STYLE_GIVEN)
    expect(painted.locator("#fast-tiles .fs-tile[aria-pressed=true]")).to_have_count(0)
    with painted.expect_download() as download:
        press(painted, "#fast-download")
    assert max(images.decode(download.value.path()).shape) == 640


def test_between_two_styles(painted):
    open_group(painted, texts.FAST_MIX)
    painted.locator("#fast-second input").click()
    painted.get_by_role("option").nth(6).click()
    expect(painted.locator("#fast-status")).to_contain_text("with 50 % of")
    field = painted.locator("#fast-mix input[type=number]")
    field.fill("0.2")
    field.press("Tab")
    expect(painted.locator("#fast-status")).to_contain_text("with 20 % of")


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    photo = images.resize_longer_side(images.decode(samples.path("flower")), 320)
    with VideoWriter(path, (128, 160), rate=Fraction(12)) as writer:
        for number in range(60):
            writer.add(np.ascontiguousarray(photo[number : 128 + number, 2 * number : 160 + 2 * number]), number)
    return path


def test_a_clip_is_painted_or_given_up(painted, clip):
    open_group(painted, texts.FILM)
    painted.set_input_files("#film-clip input[type=file]", clip)
    expect(painted.locator("#film-clip")).to_contain_text("clip")
    painted.get_by_role("radio", name="256").check()
    press(painted, "#film-run")
    expect(painted.locator("#film-status")).to_contain_text(re.compile(r"Frame \d+ of 60.* left"))
    expect(painted.locator("#film-status img")).to_be_visible()
    press(painted, "#film-stop")
    expect(painted.locator("#film-status")).to_contain_text(texts.FILM_CANCELLED)
    expect(painted.locator("#film-result")).to_be_hidden()
    press(painted, "#film-run")
    expect(painted.locator("#film-status")).to_contain_text(texts.FILM_DONE, timeout=120_000)
    painted.wait_for_function("document.querySelector('#film-result video')?.videoWidth === 256")
    source = painted.locator("#film-result video").get_attribute("src")
    with av.open(source) as film:
        assert sum(1 for _ in film.decode(video=0)) == 60


def test_the_camera_is_painted_and_stops(new_page, local_app):
    page = new_page(permissions=["camera"], viewport={"width": 390, "height": 844})
    open_app(page, local_app, texts.FAST)
    page.locator("#fast-tiles .fs-tile").nth(3).click()
    open_group(page, texts.CAMERA)
    page.locator("#camera-picture").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#camera-picture video').videoWidth > 0")
    page.locator("#camera-picture").get_by_label("capture photo").click()
    expect(page.locator("#camera-painted")).to_contain_text(re.compile(r"\d\.\d frames a second"))
    assert page.eval_on_selector("#camera-painted img", "i => i.naturalWidth") >= 192
    first = page.locator("#camera-painted img").get_attribute("src")
    page.wait_for_function("(old) => document.querySelector('#camera-painted img').src !== old", arg=first)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#camera-picture").get_by_label("capture photo").click()
    expect(page.locator("#camera-painted img")).to_have_count(0)


def test_many_photos_become_a_zip_or_are_stopped(painted, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no picture")
    portrait, cat = samples.path("collins"), samples.path("chelsea")
    open_group(painted, texts.MANY)
    painted.set_input_files("#many-files input[type=file]", [portrait, broken, cat])
    expect(painted.locator("#many-files")).to_contain_text("broken")
    painted.locator("#many-size").get_by_role("radio", name="384").check()
    press(painted, "#many-run")
    expect(painted.locator("#many-status [role=progressbar]")).to_be_visible()
    expect(painted.locator("#many-status")).to_contain_text("2 photos painted", timeout=120_000)
    expect(painted.locator("#many-status .fs-thumbs img")).to_have_count(2)
    expect(painted.locator("#many-status summary")).to_have_text("Left out: 1")
    with painted.expect_download() as download:
        press(painted, "#many-download")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert len(archive.namelist()) == 2
        assert all(max(images.decode(archive.read(name)).shape) == 384 for name in archive.namelist())
    # Many copies, so that there is time to stop; what is done by then is handed out.
    album = tmp_path / "album.zip"
    with zipfile.ZipFile(album, "w") as archive:
        for number in range(60):
            archive.write(cat, f"{number}.jpg")
    painted.locator("#many-files").get_by_label("Remove").first.click()
    painted.set_input_files("#many-files input[type=file]", album)
    expect(painted.locator("#many-files")).to_contain_text("album")
    press(painted, "#many-run")
    expect(painted.locator("#many-status")).to_contain_text(re.compile(r"Photo \d+ of 6\d.* left"), timeout=60_000)
    expect(painted.locator("#many-download")).to_be_hidden()
    press(painted, "#many-stop")
    expect(painted.locator("#many-status")).to_contain_text(texts.MANY_STOPPED_HINT, timeout=60_000)
    expect(painted.locator("#many-run")).to_be_visible()
    with painted.expect_download() as download:
        press(painted, "#many-download")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert 1 <= len(archive.namelist()) < 60
