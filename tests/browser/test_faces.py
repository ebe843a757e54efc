"""Verify, Identify and Enroll in a real browser, on the real networks."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from facestyle.ui import samples, texts
from tests.browser.support import choose_tab, open_app, press

EVIL = "<img src=x onerror='window.harmed=1'>{{1+1}}${1+1}"


def all_pictures_loaded(page, selector):
    return page.eval_on_selector_all(f"{selector} img", "all => all.length > 0 && all.every(i => i.naturalWidth > 0)")


def open_tab(page, name):
    choose_tab(page, name)


def upload(page, place, *paths):
    page.set_input_files(f"{place} input[type=file]", [str(path) for path in paths])
    expect(page.locator(f"{place} img").first).to_be_visible()


def capture(page, place):
    box = page.locator(place)
    box.get_by_label("Capture from camera").click()
    box.get_by_text("Click to Access Webcam").click()
    # The button is there before the camera's first frame, and until then it takes no picture.
    page.wait_for_function("place => document.querySelector(`${place} video`).videoWidth > 0", arg=place)
    box.get_by_label("capture photo").click()
    expect(box.locator("img").first).to_be_visible()


def enroll(page, name, *pictures):
    open_tab(page, "Enroll")
    page.locator("#enroll-name").locator("input, textarea").fill(name)
    upload(page, "#enroll-pictures", *pictures)
    page.locator("#enroll-consent input").check()
    press(page, "#enroll-run")


def test_verify_by_example(page, local_app):
    open_app(page, local_app)
    expect(page.locator("#verify-result")).to_contain_text(texts.VERIFY_EMPTY)
    press(page, "#verify-examples [data-id='0']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)
    expect(page.locator("#verify-details .fs-box")).to_have_count(2)
    expect(page.locator("#verify-details .fs-chip")).to_have_count(2)
    assert all_pictures_loaded(page, "#verify-details")
    assert all_pictures_loaded(page, "#verify-first")
    assert all_pictures_loaded(page, "#verify-examples")
    press(page, "#verify-examples [data-id='1']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_DIFFERENT)


def test_moving_the_threshold_changes_the_verdict(page, local_app):
    open_app(page, local_app)
    expect(page.locator("#verify-tau")).to_be_hidden()
    press(page, "#verify-examples [data-id='0']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)
    slider = page.locator("#verify-tau input[type=range]")
    slider.fill("0")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_DIFFERENT)
    expect(page.locator("#verify-result .fs-tau")).to_have_text("τ 0.000")
    slider.press("End")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)


def test_identify_follows_the_threshold(page, public_app):
    open_app(page, public_app, texts.ENROLL)
    press(page, "#enroll-examples [data-id='0']")
    expect(page.locator("#people .fs-name")).to_have_text(texts.HOPPER)
    open_tab(page, texts.IDENTIFY)
    page.get_by_role("button", name=texts.ADVANCED).first.click()
    result, slider = page.locator("#identify-result"), page.locator("#identify-tau input[type=range]")
    slider.fill("0.3")
    press(page, "#identify-examples [data-id='0']")
    expect(result).to_contain_text("1 recognised")
    slider.fill("0")
    expect(result.locator(".fs-notice-title").first).to_contain_text(texts.IDENTIFY_KNOWN_NONE)
    slider.press("End")
    expect(result).to_contain_text("2 recognised")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reasons_follow_the_threshold_and_stay_open(new_page, local_app, scheme):
    page = new_page(color_scheme=scheme)
    open_app(page, local_app)
    expect(page.locator("#verify-confidence")).to_be_hidden()
    press(page, "#verify-examples [data-id='0']")
    likely = page.locator("#verify-result .fs-likely")
    expect(likely).to_contain_text(f"{texts.LIKELY_SAME}, {texts.PRIOR_EVEN}")
    figure = likely.locator("b").inner_text()
    opener = page.get_by_role("button", name=texts.CONFIDENCE)
    expect(page.locator("#verify-why")).to_be_hidden()
    opener.focus()
    page.keyboard.press("Enter")
    why = page.locator("#verify-why")
    expect(why).to_contain_text("τ 0.360")
    expect(why.locator("svg[role=img]")).to_have_count(2)
    before = why.locator(".fs-rates").inner_text()
    page.locator("#verify-tau input[type=range]").fill("0.2")
    expect(why).to_contain_text("τ 0.200")
    expect(why.locator(".fs-rates")).to_be_visible()
    assert why.locator(".fs-rates").inner_text() != before
    assert likely.locator("b").inner_text() == figure
    found = Axe().run(page, context="#verify-result, #verify-confidence")
    assert [each["id"] for each in found.response["violations"]] == []
    assert {"color-contrast", "svg-img-alt"} <= {each["id"] for each in found.response["passes"]}
    press(page, "#verify-examples [data-id='3']")  # a refusal has nothing to be sure about
    expect(page.locator("#verify-confidence")).to_be_hidden()


def test_verify_uploads_and_says_what_is_wrong_with_a_bad_one(page, local_app, tmp_path):
    text, large = tmp_path / "note.jpg", tmp_path / "large.jpg"
    text.write_text("only words")
    large.write_bytes(b"\xff\xd8\xff" + bytes(21_000_000))
    open_app(page, local_app)
    upload(page, "#verify-first", samples.path("hopper"))
    upload(page, "#verify-second", text)
    press(page, "#verify-run")
    expect(page.locator("#verify-result [role=alert]")).to_contain_text(texts.REFUSED_TITLES["image_unreadable"])
    page.locator("#verify-second").get_by_label(re.compile("clear|remove", re.I)).first.click()
    upload(page, "#verify-second", large)
    press(page, "#verify-run")
    expect(page.locator("#verify-result [role=alert]")).to_contain_text(texts.REFUSED_TITLES["image_too_large"])
    page.locator("#verify-second").get_by_label(re.compile("clear|remove", re.I)).first.click()
    upload(page, "#verify-second", samples.path("hopper_altered"))
    press(page, "#verify-run")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)


def test_no_face_is_explained(page, local_app):
    open_app(page, local_app)
    press(page, "#verify-examples [data-id='3']")
    expect(page.locator("#verify-result [role=alert]")).to_contain_text(texts.REFUSED_TITLES["no_face"])
    expect(page.locator("#verify-details")).to_contain_text(f"{texts.VERIFY_SECOND}: {texts.NO_FACES}")


def test_several_faces_are_explained_with_boxes(page, local_app):
    open_app(page, local_app)
    upload(page, "#verify-first", samples.path("montage"))
    upload(page, "#verify-second", samples.path("hopper"))
    press(page, "#verify-run")
    expect(page.locator("#verify-result [role=alert]")).to_contain_text(texts.CROP_HINT)
    expect(page.locator("#verify-details .fs-tag")).to_have_text(["1", "2", "1"])


def test_enroll_identify_claim_rename_delete(page, local_app):
    open_app(page, local_app, "Identify")
    press(page, "#identify-examples [data-id='0']")
    expect(page.locator("#identify-result")).to_contain_text(texts.IDENTIFY_NO_GALLERY_TITLE)
    page.get_by_role("button", name=texts.IDENTIFY_GO_ENROLL).click()
    expect(page.locator("#people-where")).to_contain_text("gallery.sqlite")

    press(page, "#enroll-examples [data-id='0']")
    expect(page.locator("#enroll-result")).to_contain_text(texts.HOPPER)
    expect(page.locator("#people li")).to_have_count(1)

    open_tab(page, "Identify")
    press(page, "#identify-run")
    expect(page.locator("#identify-result .fs-tag").nth(0)).to_contain_text(texts.IDENTIFY_UNKNOWN)
    expect(page.locator("#identify-result .fs-tag").nth(1)).to_contain_text(texts.HOPPER)
    expect(page.locator("#identify-result tbody tr")).to_have_count(2)
    assert all_pictures_loaded(page, "#identify-result")

    open_tab(page, "Verify")
    upload(page, "#verify-first", samples.path("hopper_altered"))
    page.get_by_label(texts.VERIFY_CLAIM).check()
    press(page, "#verify-run")
    expect(page.locator("#verify-result .fs-sentence")).to_contain_text(texts.HOPPER)

    open_tab(page, "Enroll")
    page.get_by_role("button", name=f"{texts.PEOPLE_RENAME}: {texts.HOPPER}").click()
    page.locator("#rename-name").locator("input, textarea").fill("Amazing Grace")
    press(page, "#rename-save")
    expect(page.locator("#people .fs-name")).to_have_text("Amazing Grace")

    page.get_by_role("button", name=f"{texts.PEOPLE_DELETE}: Amazing Grace").click()
    press(page, "#delete-cancel")
    expect(page.locator("#people .fs-name")).to_have_text("Amazing Grace")
    page.get_by_role("button", name=f"{texts.PEOPLE_DELETE}: Amazing Grace").click()
    press(page, "#delete-confirm")
    expect(page.locator("#people")).to_contain_text(texts.PEOPLE_NONE)


def test_a_name_is_only_ever_text(page, public_app):
    open_app(page, public_app)
    enroll(page, EVIL, Path(samples.path("hopper")))
    expect(page.locator("#people .fs-name")).to_have_text(EVIL)
    expect(page.locator("#enroll-result")).to_contain_text(EVIL)
    enroll(page, "عدا لوفلايس", Path(samples.path("collins")))
    expect(page.locator("#people .fs-name")).to_have_count(2)
    open_tab(page, "Identify")
    press(page, "#identify-examples [data-id='0']")
    expect(page.locator("#identify-result .fs-tag .fs-name")).to_have_text(["عدا لوفلايس", EVIL])
    open_tab(page, "Verify")
    page.get_by_label(texts.VERIFY_CLAIM).check()
    page.locator("#verify-person input").click()
    expect(page.get_by_role("option", name=EVIL)).to_be_visible()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img[src='x']").count() == 0


def test_without_consent_nothing_is_enrolled_and_nothing_is_lost(page, public_app):
    open_app(page, public_app, "Enroll")
    page.locator("#enroll-name").locator("input, textarea").fill("Ada")
    upload(page, "#enroll-pictures", samples.path("hopper"))
    press(page, "#enroll-run")
    expect(page.locator("#enroll-result [role=alert]")).to_contain_text(texts.REFUSED_TITLES["consent_missing"])
    expect(page.locator("#enroll-name").locator("input, textarea")).to_have_value("Ada")
    expect(page.locator("#enroll-pictures img").first).to_be_visible()
    expect(page.locator("#people")).to_contain_text(texts.PEOPLE_NONE)


def test_a_person_is_enrolled_and_recognised_by_webcam(new_page, public_app):
    page = new_page(permissions=["camera"])
    open_app(page, public_app, "Enroll")
    capture(page, "#enroll-pictures")
    page.locator("#enroll-name").locator("input, textarea").fill("Grace")
    page.locator("#enroll-consent input").check()
    press(page, "#enroll-run")
    expect(page.locator("#people .fs-name")).to_have_text("Grace")
    open_tab(page, "Identify")
    capture(page, "#identify-picture")
    press(page, "#identify-run")
    expect(page.locator("#identify-result .fs-tag")).to_contain_text("Grace")


def test_two_public_sessions_never_see_each_other(new_page, public_app):
    one, other = new_page(), new_page()
    open_app(one, public_app, "Enroll")
    open_app(other, public_app, "Enroll")
    press(one, "#enroll-examples [data-id='0']")
    expect(one.locator("#people .fs-name")).to_have_text(texts.HOPPER)
    press(other, "#enroll-examples [data-id='1']")
    expect(other.locator("#people .fs-name")).to_have_text([texts.COLLINS])
    for page, known, unknown in ((one, texts.HOPPER, texts.COLLINS), (other, texts.COLLINS, texts.HOPPER)):
        open_tab(page, "Identify")
        press(page, "#identify-examples [data-id='0']")
        expect(page.locator("#identify-result")).to_contain_text("1 recognised")
        expect(page.locator("#identify-result")).to_contain_text(known)
        expect(page.locator("#identify-result")).not_to_contain_text(unknown)
    one.reload()
    open_tab(one, "Enroll")
    expect(one.locator("#people")).to_contain_text(texts.PEOPLE_NONE)
    open_tab(other, "Enroll")
    expect(other.locator("#people .fs-name")).to_have_text([texts.COLLINS])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_every_tab_without_scrolling_sideways(new_page, local_app, scheme):
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    page = new_page(color_scheme=scheme, **phone)
    open_app(page, local_app)
    for name in ("Verify", "Identify", "Enroll", texts.ALBUM, "Style transfer"):
        open_tab(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    open_tab(page, "Verify")
    press(page, "#verify-examples [data-id='0']")
    verdict = page.locator("#verify-result .fs-sentence")
    expect(verdict).to_have_text(texts.VERIFY_SAME)
    expect(verdict).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 16, 32)"
    assert dark == (scheme == "dark")
