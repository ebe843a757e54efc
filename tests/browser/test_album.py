"""The Album tab in a real browser, on the real networks."""

import zipfile

from playwright.sync_api import expect

from facestyle.ui import samples, texts
from tests.browser.support import open_app, press
from tests.browser.test_faces import all_pictures_loaded, open_tab


def run(page, *paths):
    page.set_input_files("#album-files input[type=file]", [str(path) for path in paths])
    # The whole name stands there only while it is uploaded; afterwards there is a link.
    expect(page.locator("#album-files table a")).to_have_count(len(paths))
    press(page, "#album-run")


def test_the_example_is_grouped_and_a_group_enrolled_and_recognised(page, public_app):
    open_app(page, public_app, texts.ALBUM)
    expect(page.locator("#album-result")).to_contain_text(texts.ALBUM_EMPTY)
    press(page, "#album-examples [data-id='0']")
    expect(page.locator("#album-result .fs-group")).to_have_count(2, timeout=90_000)
    expect(page.locator("#album-result")).to_contain_text("3 faces in 3 pictures")
    assert all_pictures_loaded(page, "#album-result")
    expect(page.locator("#album-run")).to_be_visible()
    expect(page.locator("#album-stop")).to_be_hidden()
    page.locator("#album-result summary").click()
    expect(page.locator("#album-result .fs-skipped")).to_contain_text("coffee.jpg")

    button = page.locator("#album-result [data-action=enroll-group]").first
    button.focus()
    page.keyboard.press("Enter")
    page.locator("#album-name").locator("input, textarea").fill("Grace Hopper")
    press(page, "#album-enroll")
    expect(page.locator("#album-said [role=alert]")).to_contain_text(texts.REFUSED_TITLES["consent_missing"])
    page.locator("#album-consent input").check()
    press(page, "#album-enroll")
    expect(page.locator("#album-said")).to_contain_text("3 faces of the album were added")
    expect(page.locator("#album-enrolling")).to_be_hidden()

    open_tab(page, texts.IDENTIFY)
    press(page, "#identify-examples [data-id='0']")
    expect(page.locator("#identify-result")).to_contain_text("1 recognised")
    open_tab(page, texts.ENROLL)
    expect(page.locator("#people")).to_contain_text("Grace Hopper")


def test_a_group_that_looks_like_somebody_enrolled_is_said_and_can_be_overridden(page, public_app):
    open_app(page, public_app, texts.ENROLL)
    press(page, "#enroll-examples [data-id='0']")
    expect(page.locator("#people .fs-name")).to_have_text(texts.HOPPER)
    open_tab(page, texts.ALBUM)
    press(page, "#album-examples [data-id='0']")
    expect(page.locator("#album-result .fs-group")).to_have_count(2, timeout=90_000)
    page.locator("#album-result [data-action=enroll-group]").first.click()
    name, box = page.locator("#album-name").locator("input, textarea"), page.locator("#album-conflict input")
    alert = page.locator("#album-said [role=alert]")
    name.fill("Bea")
    page.locator("#album-consent input").check()
    expect(box).to_have_count(0)
    press(page, "#album-enroll")
    expect(alert).to_contain_text(f"looks like {texts.HOPPER}")
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    name.fill("Cleo")  # the tick was for Bea
    press(page, "#album-enroll")
    expect(box).not_to_be_checked()
    expect(alert).to_contain_text(f"looks like {texts.HOPPER}")
    box.check()
    press(page, "#album-enroll")
    expect(page.locator("#album-said")).to_contain_text("Cleo")
    expect(page.locator("#album-enrolling")).to_be_hidden()


def test_a_zip_by_k_means_and_what_is_wrong_with_a_bad_one(page, public_app, tmp_path):
    album, bad = tmp_path / "album.zip", tmp_path / "bad.zip"
    with zipfile.ZipFile(album, "w") as made:
        for name in ("hopper", "collins", "collins_altered"):
            made.write(samples.path(name), f"holiday/{name}.jpg")
        made.writestr("../<img src=x onerror='window.harmed=1'>.txt", "words")
    bad.write_bytes(album.read_bytes()[:5000])
    open_app(page, public_app, texts.ALBUM)
    expect(page.locator("#album-k")).to_be_hidden()
    page.locator("#album-method").get_by_label(texts.ALBUM_METHODS["kmeans_k"]).check()
    page.locator("#album-k input").fill("2")
    run(page, album)
    expect(page.locator("#album-result .fs-group")).to_have_count(2, timeout=90_000)
    expect(page.locator("#album-result .fs-group").first).to_contain_text("2 faces in 2 pictures")
    assert page.evaluate("window.harmed") is None
    page.locator("#album-files").get_by_label("Clear").click()
    run(page, bad)
    expect(page.locator("#album-result [role=alert]")).to_contain_text(texts.REFUSED_TITLES["archive_damaged"])


def test_cancel(page, public_app, tmp_path):
    album = tmp_path / "album.zip"
    with zipfile.ZipFile(album, "w") as made:
        for number in range(150):
            made.write(samples.path("montage"), f"{number:03d}.jpg")
    open_app(page, public_app, texts.ALBUM)
    run(page, album)
    expect(page.locator("#album-result [role=progressbar]")).to_be_visible()
    press(page, "#album-stop")
    expect(page.locator("#album-result")).to_contain_text(texts.ALBUM_CANCELLED)
    expect(page.locator("#album-run")).to_be_visible()
    expect(page.locator("#album-result .fs-group")).to_have_count(0)
