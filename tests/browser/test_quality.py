"""A poor picture in a real browser: the refusal with its reason, the override by keyboard, the warnings."""

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import expect

from facestyle.faces.liveness.passive import INSTEAD
from facestyle.faces.quality import QualityReason
from facestyle.ui import samples, texts
from tests.browser.support import open_app, press
from tests.browser.test_faces import enroll, open_tab, upload

SENTENCE = QualityReason.TOO_BLURRY.sentence


@pytest.fixture(scope="module")
def blurred(tmp_path_factory):
    path = tmp_path_factory.mktemp("poor") / "blurred.png"
    with Image.open(samples.path("hopper")) as picture:
        picture.convert("RGB").filter(ImageFilter.GaussianBlur(picture.width / 80)).save(path)
    return path


def test_a_poor_picture_is_refused_then_enrolled_by_the_override(page, public_app, blurred):
    open_app(page, public_app, "Enroll")
    poor = page.locator("#enroll-poor input")
    expect(poor).to_have_count(0)
    enroll(page, "Grace", blurred)
    refusal = page.locator("#enroll-result [role=alert]")
    expect(refusal).to_contain_text(texts.REFUSED_TITLES["too_blurry"])
    expect(refusal).to_contain_text(SENTENCE)
    expect(page.locator("#enroll-name").locator("input, textarea")).to_have_value("Grace")
    expect(page.locator("#enroll-poor")).to_contain_text("blurred")
    expect(poor).not_to_be_checked()
    poor.focus()
    page.keyboard.press("Space")
    expect(poor).to_be_checked()
    press(page, "#enroll-run")
    expect(page.locator("#enroll-result")).to_contain_text("Grace")
    expect(page.locator("#people")).to_contain_text("Grace")
    expect(poor).to_have_count(0)
    # the same face under another name
    enroll(page, "Bea", samples.path("hopper"))
    expect(page.locator("#enroll-result [role=alert]")).to_contain_text(texts.REFUSED_TITLES["resembles_another"])
    expect(page.locator("#enroll-conflict")).to_contain_text(texts.ENROLL_ANYWAY_CONFLICT["resembles_another"])
    page.locator("#enroll-name").locator("input, textarea").fill("Grace")
    press(page, "#enroll-run")
    expect(page.locator("#people")).to_contain_text(texts.PEOPLE_PICTURES.format(count=2))


def test_verify_and_identify_warn_and_say_what_was_not_checked(page, public_app, blurred):
    open_app(page, public_app)
    upload(page, "#verify-first", samples.path("hopper"))
    upload(page, "#verify-second", blurred)
    page.locator("#verify-liveness input").check()
    press(page, "#verify-run")
    expect(page.locator("#verify-result .fs-sentence")).to_be_visible()
    details = page.locator("#verify-details")
    expect(details).to_contain_text(texts.QUALITY_WARNING.format(picture=texts.VERIFY_SECOND, reasons="blurred"))
    expect(details).not_to_contain_text(texts.QUALITY_WARNING.format(picture=texts.VERIFY_FIRST, reasons="blurred"))
    expect(details).to_contain_text(texts.LIVENESS_UNCHECKED)
    expect(details).to_contain_text(INSTEAD)
    open_tab(page, texts.IDENTIFY)
    upload(page, "#identify-picture", blurred)
    press(page, "#identify-run")
    expect(page.locator("#identify-result")).to_contain_text("Face blurred")
    expect(page.locator("#identify-result")).to_contain_text(SENTENCE)
