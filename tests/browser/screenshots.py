"""Takes the pictures of docs/screenshots: every tab with a real result, light and dark, wide and on a phone.

    python -m tests.browser.screenshots [FOLDER]

The app runs as a person would start it, with an empty gallery in a home folder that is thrown away.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from facestyle.ui import samples, texts
from tests.browser.support import (
    ROOT,
    Watch,
    choose_tab,
    film,
    find_chromium,
    launch_browser,
    open_app,
    running_app,
    watched_page,
)

WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SETTLE_MS = 900


def shoot(page: Page, path: Path, part: str | None = None) -> None:
    """The whole page, or a part of it, in 256 colours: a third of the bytes, and no difference to see."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement && document.activeElement.blur(); window.scrollTo(0, 0)")
    page.wait_for_timeout(SETTLE_MS)
    if part is None:
        page.screenshot(path=path, full_page=True)
    else:
        page.locator(part).screenshot(path=path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG
        )
    small.save(path, optimize=True)
    print(f"{path.name}: {small.width} x {small.height}, {path.stat().st_size // 1024} KiB")


def verify(page: Page) -> None:
    page.click("#verify-examples [data-id='0']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)


def verify_different(page: Page) -> None:
    page.click("#verify-examples [data-id='1']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_DIFFERENT)


def enroll(page: Page) -> None:
    for index, name in enumerate((texts.HOPPER, texts.COLLINS)):
        page.click(f"#enroll-examples [data-id='{index}']")
        expect(page.locator("#enroll-result")).to_contain_text(name)


def identify(page: Page) -> None:
    page.click("#identify-examples [data-id='0']")
    expect(page.locator("#identify-result .fs-good").first).to_be_visible()


def reasons(page: Page) -> None:
    page.get_by_role("button", name=texts.CONFIDENCE).click()
    expect(page.locator("#verify-why .fs-rates")).to_be_visible()


def album(page: Page) -> None:
    page.click("#album-examples [data-id='0']")
    expect(page.locator("#album-result .fs-group")).to_have_count(2, timeout=120_000)
    page.wait_for_function("[...document.querySelectorAll('#album-result img')].every(i => i.naturalWidth > 0)")


def live(page: Page) -> None:
    page.locator("#live-camera").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#live-camera video').videoWidth > 0")
    page.locator("#live-camera").get_by_label("capture photo").click()
    expect(page.locator("#live-card .fs-sentence")).to_contain_text(texts.HOPPER, timeout=60_000)


def live_turn(page: Page) -> None:
    page.locator("#live-turn input").check()
    expect(page.locator("#live-card .fs-turn")).to_contain_text("Turn your head", timeout=60_000)


def stop_live(page: Page) -> None:
    page.locator("#live-turn input").uncheck()
    page.locator("#live-camera").get_by_label("capture photo").click()
    expect(page.locator("#live-card")).to_contain_text(texts.LIVE_STOPPED)


def models(page: Page) -> None:
    page.locator("#model > button").click()
    expect(page.locator("#model-table table")).to_be_visible()


def painting(page: Page) -> None:
    page.click("#style-examples [data-id='0']")
    expect(page.locator("#style-status")).to_contain_text(re.compile(r"Step (1\d|2\d|3\d) of"), timeout=300_000)


def painted(page: Page) -> None:
    expect(page.locator("#style-status")).to_contain_text("Done", timeout=600_000)
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth > 0)")


def fast(page: Page) -> None:
    choose_tab(page, texts.FAST)
    page.click("#fast-examples [data-id='0']")
    expect(page.locator("#fast-content img")).to_be_visible()
    page.locator("#fast-tiles .fs-tile").nth(5).click()
    expect(page.locator("#fast-status")).to_contain_text("Painted in")
    page.wait_for_function("[...document.querySelectorAll('#fast-pair img')].every(i => i.naturalWidth > 0)")


def layers(page: Page) -> None:
    choose_tab(page, texts.LAYERS)
    page.click("#layers-run")
    expect(page.locator("#layers-status")).to_contain_text("pictures looked at in", timeout=180_000)
    page.locator("#layers-layer").get_by_text(texts.LAYERS_NAME.format(number=4)).click()
    page.locator("#layers-grid [data-action=channel]").nth(18).click()
    expect(page.locator("#layers-gradients img")).to_have_count(9)
    page.click("#layers-draw")
    expect(page.locator("#layers-drawn")).to_contain_text("Climbed from noise", timeout=180_000)


def learning(page: Page) -> None:
    choose_tab(page, texts.LEARNING)
    page.click("#triplet-run")
    expect(page.locator("#triplet-result .fs-sentence")).to_be_visible()
    page.click("#learn-run")
    expect(page.locator("#learn-stop")).to_be_visible()
    expect(page.locator("#learn-status")).to_contain_text("Trained", timeout=300_000)
    expect(page.locator("#learn-run")).to_be_visible()


def tour(browser: Browser, url: str, folder: Path, *, name: str, scheme: str, size: dict[str, object]) -> None:
    """One pass through the tabs."""
    context = browser.new_context(color_scheme=scheme, permissions=["camera"], **size)
    watch = Watch()
    page = watched_page(context, watch)
    open_app(page, url)
    (verify if scheme == "light" else verify_different)(page)
    shoot(page, folder / f"verify-{name}.png")
    more = scheme == "light"
    if more:
        reasons(page)
        shoot(page, folder / f"reasons-{name}.png")
    choose_tab(page, texts.ENROLL)
    enroll(page)
    shoot(page, folder / f"enroll-{name}.png")
    choose_tab(page, texts.IDENTIFY)
    identify(page)
    shoot(page, folder / f"identify-{name}.png")
    if more:
        choose_tab(page, texts.LIVE)
        live(page)
        shoot(page, folder / f"live-{name}.png")
        live_turn(page)
        shoot(page, folder / f"live-turn-{name}.png")
        stop_live(page)
        choose_tab(page, texts.ALBUM)
        album(page)
        shoot(page, folder / f"album-{name}.png")
        models(page)
        page.locator("#model").scroll_into_view_if_needed()
        shoot(page, folder / f"models-{name}.png", "#model")
        page.locator("#model > button").click()
    choose_tab(page, texts.STYLE)
    painting(page)
    if name == "light":
        shoot(page, folder / "style-running.png")
        painted(page)
    else:
        page.click("#style-stop")
        expect(page.locator("#style-run")).to_be_visible(timeout=120_000)
    shoot(page, folder / f"style-{name}.png")
    fast(page)
    shoot(page, folder / f"fast-{name}.png")
    layers(page)
    shoot(page, folder / f"layers-{name}.png")
    learning(page)
    shoot(page, folder / f"learning-{name}.png")
    context.close()
    if watch.outside or watch.complaints:
        raise RuntimeError(f"The page asked outside or complained: {watch.outside + watch.complaints}")


def main(folder: Path) -> None:
    """Writes all pictures."""
    executable = find_chromium()
    if executable is None:
        raise SystemExit("No chromium found: install it, or set FACESTYLE_CHROMIUM to its path.")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as reel:
        camera = film(Path(samples.path("hopper")), Path(reel) / "face.mjpeg")
        browser = launch_browser(playwright, executable, camera)
        for name, scheme, size in (("light", "light", WIDE), ("dark", "dark", WIDE), ("phone", "light", PHONE)):
            # Each tour starts with an empty gallery.
            with tempfile.TemporaryDirectory() as home, running_app(home=Path(home)) as url:
                tour(browser, url, folder, name=name, scheme=scheme, size=size)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
