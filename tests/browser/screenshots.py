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

from facestyle.ui import texts
from tests.browser.support import ROOT, Watch, find_chromium, launch_browser, open_app, running_app, watched_page

WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SETTLE_MS = 900


def shoot(page: Page, path: Path) -> None:
    """The whole page, in 256 colours: a third of the bytes, and no difference to see."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement && document.activeElement.blur(); window.scrollTo(0, 0)")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path, full_page=True)
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


def painting(page: Page) -> None:
    page.click("#style-examples [data-id='0']")
    expect(page.locator("#style-status")).to_contain_text(re.compile(r"Step (1\d|2\d|3\d) of"), timeout=300_000)


def painted(page: Page) -> None:
    expect(page.locator("#style-status")).to_contain_text("Done", timeout=600_000)
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth > 0)")


def fast(page: Page) -> None:
    page.click("#style-examples [data-id='1']")
    expect(page.locator("#style-stop")).to_be_visible()
    page.click("#style-stop")
    expect(page.locator("#style-run")).to_be_visible(timeout=120_000)
    page.locator("#style-tiles [data-action=style]").nth(5).click()
    expect(page.locator("#style-status")).to_contain_text("Fast preview in")
    page.wait_for_function("[...document.querySelectorAll('#style-pair img')].every(i => i.naturalWidth > 0)")


def tour(browser: Browser, url: str, folder: Path, *, name: str, scheme: str, size: dict[str, object]) -> None:
    """One pass through the tabs."""
    context = browser.new_context(color_scheme=scheme, **size)
    watch = Watch()
    page = watched_page(context, watch)
    open_app(page, url)
    (verify if scheme == "light" else verify_different)(page)
    shoot(page, folder / f"verify-{name}.png")
    page.get_by_role("tab", name=texts.ENROLL).click()
    enroll(page)
    shoot(page, folder / f"enroll-{name}.png")
    page.get_by_role("tab", name=texts.IDENTIFY).click()
    identify(page)
    shoot(page, folder / f"identify-{name}.png")
    page.get_by_role("tab", name=texts.STYLE).click()
    if name == "light":
        painting(page)
        shoot(page, folder / "style-running.png")
        painted(page)
    else:
        fast(page)
    shoot(page, folder / f"style-{name}.png")
    context.close()
    if watch.outside or watch.complaints:
        raise RuntimeError(f"The page asked outside or complained: {watch.outside + watch.complaints}")


def main(folder: Path) -> None:
    """Writes all pictures."""
    executable = find_chromium()
    if executable is None:
        raise SystemExit("No chromium found: install it, or set FACESTYLE_CHROMIUM to its path.")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch_browser(playwright, executable)
        for name, scheme, size in (("light", "light", WIDE), ("dark", "dark", WIDE), ("phone", "light", PHONE)):
            # Each tour starts with an empty gallery.
            with tempfile.TemporaryDirectory() as home, running_app(home=Path(home)) as url:
                tour(browser, url, folder, name=name, scheme=scheme, size=size)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
