"""The Live tab in a real browser, with the networks on board and a camera that shows Grace Hopper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from facestyle.ui import texts
from tests.browser.support import open_app, running_app

OPEN = re.compile("welcome, Grace Hopper")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def live_app(browser: object, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app("--public", home=tmp_path_factory.mktemp("home"), GRADIO_TEMP_DIR=str(cache)) as url:
        yield url


def enroll_example(page: Page, url: str, index: int, name: str) -> None:
    open_app(page, url, texts.ENROLL)
    page.click(f"#enroll-examples [data-id='{index}']")
    expect(page.locator("#people .fs-name")).to_have_text(name)
    page.get_by_role("tab", name=texts.LIVE, exact=True).click()


def toggle(page: Page) -> None:
    """Start or stop."""
    page.locator("#live-camera").get_by_label("capture photo").click()


def start(page: Page) -> None:
    page.locator("#live-camera").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#live-camera video').videoWidth > 0")
    toggle(page)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_the_door_opens_for_an_enrolled_face_and_no_frame_is_kept(new_page, live_app, cache):
    page = new_page(permissions=["camera"])
    enroll_example(page, live_app, 0, texts.HOPPER)
    before = files(cache)
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_WAITING)
    start(page)
    expect(page.locator("#live-overlay .fs-tag")).to_contain_text(texts.HOPPER)
    expect(page.locator("#live-card .fs-sentence")).to_have_text(OPEN)
    expect(page.locator("#live-rate")).to_contain_text("frames a second")

    video = page.locator("#live-camera video").bounding_box()
    box = page.locator("#live-overlay .fs-box").bounding_box()
    middle = (box["x"] + box["width"] / 2 - video["x"]) / video["width"]
    # In the camera's picture her face is at 326 of 640 pixels from the left, 180 of 480 from the top.
    assert middle == pytest.approx(1 - 326 / 640, abs=0.03)
    height = (box["y"] + box["height"] / 2 - video["y"]) / video["height"]
    assert height == pytest.approx(180 / 480, abs=0.04)

    page.get_by_label(texts.LIVE_CLAIM).check()
    expect(page.locator("#live-person input")).to_have_value(texts.HOPPER)
    expect(page.locator("#live-card .fs-sentence")).to_have_text(OPEN)
    page.locator("#live-tau input[type=range]").fill("0")
    expect(page.locator("#live-card .fs-sentence")).to_have_text(texts.LIVE_CLOSED)

    toggle(page)
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_STOPPED)
    expect(page.locator("#live-overlay .fs-box")).to_have_count(0)
    assert files(cache) == before
    page.locator("#live-tau input[type=range]").press("End")
    toggle(page)
    expect(page.locator("#live-card .fs-sentence")).to_have_text(OPEN)


def test_a_stranger_is_told_no_name(new_page, live_app):
    page = new_page(permissions=["camera"])
    enroll_example(page, live_app, 1, texts.COLLINS)
    start(page)
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_WHY["unknown"])
    expect(page.locator("#live-overlay .fs-tag")).to_contain_text(texts.IDENTIFY_UNKNOWN)
    expect(page.locator("#live-card .fs-sentence")).to_have_text(texts.LIVE_CLOSED)
    assert texts.COLLINS not in page.locator("#live-stage").inner_text()
    assert texts.COLLINS not in page.locator("#live-card").inner_text()


def test_on_a_phone_the_mirror_fits_the_screen(new_page, live_app):
    page = new_page(permissions=["camera"], viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    enroll_example(page, live_app, 0, texts.HOPPER)
    start(page)
    expect(page.locator("#live-overlay .fs-tag")).to_contain_text(texts.HOPPER)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tag = page.locator("#live-overlay .fs-tag").bounding_box()
    assert 0 <= tag["x"] <= tag["x"] + tag["width"] <= 390
    expect(page.locator("#live-card .fs-sentence")).to_have_text(OPEN)


def test_without_a_camera_the_page_says_what_to_do(new_page, live_app):
    page = new_page()
    open_app(page, live_app, texts.LIVE)
    expect(page.get_by_text("No camera?")).to_be_visible()
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_WAITING)
