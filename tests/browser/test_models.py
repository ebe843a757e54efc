"""The Models accordion in a real browser: real networks, downloaded from a Hub on this computer."""

import re
import threading
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from facestyle.faces.liveness.passive import INSTEAD
from facestyle.ui import samples, texts, watched
from tests.browser.far_models import STYLE, far_hub, title, write_catalogue
from tests.browser.support import MOUNT_MS, open_app, press, running_app
from tests.browser.test_faces import open_tab

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ON_BOARD_DETECTOR = "RetinaFace (MobileNet-0.25)"
CLOSED_PORT = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def hub():
    with far_hub() as running:
        yield running


@pytest.fixture(autouse=True)
def _well_behaved(hub):
    yield
    release(hub)
    hub.faults.cuts = 0


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = tmp_path_factory.mktemp("far")
    for name in ("weights", "hf", "home"):
        (made / name).mkdir()
    write_catalogue(made / "weights")
    return made


def hold(hub, after):
    """From now on downloads come slowly enough to be seen, and stop after so many bytes until `release`."""
    hub.faults.chunk_delay_s = 1.5 * watched.EVERY_SECONDS  # else a step is left out, and the last one seen is old
    hub.faults.hold, hub.faults.hold_after = threading.Event(), after


def release(hub):
    """They go on, as fast as they can."""
    hub.faults.chunk_delay_s = 0
    if hub.faults.hold is not None:
        hub.faults.hold.set()
    hub.faults.hold = None


def environment(folders, endpoint):
    return {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(folders / "hf"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DOWNLOAD_TIMEOUT": "120",
        "FACESTYLE_WEIGHTS_DIR": str(folders / "weights"),
        "FACESTYLE_CACHE_DIR": str(folders / "own"),
    }


@pytest.fixture(scope="module")
def far_app(browser, hub, folders):
    with running_app(home=folders / "home", **environment(folders, hub.url)) as url:
        yield url


@pytest.fixture(scope="module")
def cut_off_app(browser, folders, tmp_path_factory):
    with running_app(home=tmp_path_factory.mktemp("home"), **environment(folders, CLOSED_PORT)) as url:
        yield url


def open_models(page, url):
    open_app(page, url)
    page.locator("#model > button").click()
    expect(page.locator("#model-table table")).to_be_visible()
    page.wait_for_timeout(MOUNT_MS)


def options(page, kind):
    page.locator(f"#model-{kind} input").click()
    expect(page.get_by_role("option").first).to_be_visible()
    listed = page.get_by_role("option").all_inner_texts()
    page.evaluate("document.activeElement.blur()")
    expect(page.get_by_role("option")).to_have_count(0)
    return [option.replace("✓", "").strip() for option in listed]


def choose(page, kind, name):
    page.locator(f"#model-{kind} input").click()
    page.get_by_role("option", name=name).click()
    page.click(f"#model-{kind}-run")


def in_use(page):
    return [
        row.removesuffix(texts.MODEL_IN_USE).strip()
        for row in page.locator("#model-table tr", has=page.locator("small")).locator("th").all_inner_texts()
    ]


def blobs(folders):
    """Everything of models that a download has left on the disk."""
    found = [path for name in ("hf", "own") for path in (folders / name).rglob("*") if path.is_file()]
    return [path for path in found if path.suffix != ".lock" and path.name not in {"CACHEDIR.TAG"}]


def same_person(page):
    open_tab(page, texts.VERIFY)
    press(page, "#verify-examples [data-id='0']")
    expect(page.locator("#verify-result .fs-sentence")).to_have_text(texts.VERIFY_SAME)


FADE_MS = 600


def violations(page):
    page.wait_for_timeout(FADE_MS)  # half-faded text has no contrast yet
    found = Axe().run(page, context="#model").response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


def test_by_keyboard_alone_a_model_is_downloaded_with_a_bar_and_used(page, far_app, hub):
    hold(hub, after=4_000_000)
    open_app(page, far_app)
    page.locator("#model > button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#model-table table")).to_be_visible()
    page.wait_for_timeout(MOUNT_MS)
    page.locator("#model-embedder input").focus()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(100)
        active = page.locator("#model-embedder input").get_attribute("aria-activedescendant")
        if active and title("dlib_far") in page.locator(f"#{active}").inner_text():
            break
    page.keyboard.press("Enter")
    expect(page.locator("#model-embedder input")).to_have_value(re.compile(re.escape(title("dlib_far"))))
    expect(page.locator("#model-cancel")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator("#model-embedder-run")).to_be_focused()
    page.keyboard.press("Enter")
    bar = page.locator("#model-state")
    expect(bar).to_contain_text(f"Downloading {title('dlib_far')}")
    expect(bar).to_contain_text(re.compile(r"[1-9]\.\d of 8\.8 MB, .* MB/s, about .* left"))
    expect(page.locator("#model-cancel")).to_be_visible()
    release(hub)
    expect(bar).to_contain_text(texts.MODEL_NOW.format(title=title("dlib_far")))
    expect(bar).to_contain_text("the author's Euclidean threshold")
    expect(page.locator("#model-cancel")).to_be_hidden()
    assert in_use(page) == [title("dlib_far"), ON_BOARD_DETECTOR, "VGG-16, conv1_1 to conv5_1"]
    same_person(page)
    expect(page.locator("#verify-result")).to_contain_text("dlib_far")
    expect(page.locator("#verify-details")).to_contain_text(f"{title('dlib_far')}: default threshold τ 0.360.")


def test_cancel_keeps_what_was_in_use_and_the_next_try_succeeds(page, far_app, hub, folders):
    hold(hub, after=3_000_000)
    open_models(page, far_app)
    before = {path.name for path in blobs(folders)}
    choose(page, "backbone", title("vgg16_far"))
    expect(page.locator("#model-state")).to_contain_text(re.compile(r"[1-9]\.\d of 5\.8 MB"))
    press(page, "#model-cancel")
    expect(page.locator("#model-cancel")).to_have_text(texts.MODEL_CANCELLING)
    release(hub)
    expect(page.locator("#model-state")).to_contain_text(texts.MODEL_CANCELLED)
    expect(page.locator("#model-state")).to_contain_text("VGG-16, conv1_1 to conv5_1 stays in use.")
    expect(page.locator("#model-cancel")).to_be_hidden()
    expect(page.locator("#model-backbone input")).to_have_value(re.compile("on board"))
    assert not {path.name for path in blobs(folders) if "incomplete" not in path.name} - before
    assert in_use(page)[2] == "VGG-16, conv1_1 to conv5_1"

    choose(page, "backbone", title("vgg16_far"))
    expect(page.locator("#model-state")).to_contain_text(texts.MODEL_NOW_HINTS["backbone"])
    expect(page.locator("#model-cancel")).to_be_hidden()
    assert in_use(page)[2] == title("vgg16_far")


def test_another_detector_says_that_people_must_be_enrolled_again_and_mixes_nothing(page, far_app):
    open_models(page, far_app)
    open_tab(page, texts.ENROLL)
    press(page, "#enroll-examples [data-id='0']")
    expect(page.locator("#enroll-result")).to_contain_text(texts.HOPPER)
    choose(page, "detector", title("mtcnn_far"))
    expect(page.locator("#model-state")).to_contain_text(texts.MODEL_ENROLL_AGAIN_ONE)
    open_tab(page, texts.IDENTIFY)
    press(page, "#identify-examples [data-id='0']")
    expect(page.locator("#identify-result")).to_contain_text(texts.IDENTIFY_NO_GALLERY_TITLE)
    open_tab(page, texts.ENROLL)
    press(page, "#enroll-examples [data-id='0']")
    expect(page.locator("#people li")).to_have_count(1)
    expect(page.locator("#people li")).to_contain_text(texts.PEOPLE_PICTURES.format(count=2))
    open_tab(page, texts.IDENTIFY)
    press(page, "#identify-run")
    expect(page.locator("#identify-result .fs-tag").nth(1)).to_contain_text(texts.HOPPER)
    choose(page, "detector", f"{ON_BOARD_DETECTOR} (on board)")
    expect(page.locator("#model-state")).to_contain_text(texts.MODEL_NOW.format(title=ON_BOARD_DETECTOR))
    expect(page.locator("#model-state")).not_to_contain_text("must be enrolled again")


def test_a_style_of_the_hub_is_downloaded_at_its_first_click_and_paints(page, far_app, hub):
    open_app(page, far_app, texts.FAST)
    button = page.locator(f"#style-hub [data-id='{STYLE}']")
    expect(button).to_contain_text("7 MB")
    page.wait_for_timeout(MOUNT_MS)
    button.click()
    expect(page.locator("#fast-status [role=alert]")).to_be_visible()  # there is no photo yet
    page.locator("#fast-content input[type=file]").set_input_files(samples.path("coffee"))
    expect(page.locator("#fast-content img")).to_be_visible()
    hold(hub, after=3_000_000)
    button.click()
    status = page.locator("#fast-status")
    expect(status).to_contain_text(re.compile(r"Candy: \d\.\d of 6\.7 MB"))
    press(page, "#style-cancel")
    expect(page.locator("#style-cancel")).to_have_text(texts.MODEL_CANCELLING)
    release(hub)
    expect(status).to_contain_text(texts.MODEL_CANCELLED)
    expect(page.locator("#style-cancel")).to_be_hidden()
    expect(button).to_contain_text("7 MB")
    button.click()
    expect(status).to_contain_text(re.compile("Painted in .*: Candy"))
    expect(button).to_have_text("Candy")
    pair = page.locator("#fast-pair img").first
    expect(pair).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#fast-pair img')].every(image => image.naturalWidth > 0)")
    asked = len(hub.requests)
    button.click()
    expect(page.locator("#fast-download")).to_be_visible()
    assert len(hub.requests) == asked


@pytest.mark.slow
def test_a_server_that_goes_away_in_the_middle_is_said_and_the_session_goes_on(page, far_app, hub):
    hold(hub, after=2_000_000)
    hub.faults.cuts, hub.faults.cut_after = 1000, 3_000_000
    open_models(page, far_app)
    choose(page, "embedder", title("dlib_gone"))
    expect(page.locator("#model-state")).to_contain_text("of 8.8 MB")
    hub.faults.status = 503
    release(hub)
    try:
        alert = page.locator("#model-state [role=alert]")
        expect(alert).to_contain_text(texts.REFUSED_TITLES["hub_unreachable"], timeout=60_000)
        expect(alert).to_contain_text("dlib face ResNet stays in use.")
    finally:
        hub.faults.status = None
    expect(page.locator("#model-cancel")).to_be_hidden()
    expect(page.locator("#model-embedder input")).to_have_value(re.compile("^dlib face ResNet .on board"))
    same_person(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(new_page, far_app, scheme):
    page = new_page(color_scheme=scheme)
    open_models(page, far_app)
    assert violations(page) == []
    choose(page, "detector", "MTCNN (on board)")
    expect(page.locator("#model-state")).to_contain_text(texts.MODEL_NOW.format(title="MTCNN"))
    assert violations(page) == []


def test_a_phone_scrolls_the_table_and_not_the_page(new_page, far_app):
    page = new_page(**PHONE)
    open_models(page, far_app)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    region = page.locator("#model-table [role=region]")
    assert region.evaluate("region => region.scrollWidth > region.clientWidth")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#model-table [role=region]').scrollLeft > 0")
    for kind in ("embedder", "detector", "backbone"):
        assert page.locator(f"#model-{kind}-run").bounding_box()["width"] > 250


def test_in_public_only_what_is_here_is_offered(page, public_app):
    open_models(page, public_app)
    offered = {kind: options(page, kind) for kind in ("embedder", "detector", "backbone")}
    assert offered == {
        "embedder": ["dlib face ResNet (on board)"],
        "detector": [f"{ON_BOARD_DETECTOR} (on board)", "MTCNN (on board)"],
        "backbone": ["VGG-16, conv1_1 to conv5_1 (on board)"],
    }
    row = page.locator("#model-table tr", has_text="YuNet")
    expect(row).to_contain_text(texts.MODEL_PLACE_PUBLIC)
    expect(page.locator("#model")).not_to_contain_text(texts.MODEL_PLACES["hub"])


def refused_soon(page, kind, name):
    begin = time.monotonic()
    choose(page, kind, name)
    alert = page.locator("#model-state [role=alert]")
    expect(alert).to_contain_text(texts.REFUSED_TITLES["hub_unreachable"])
    expect(alert).to_contain_text("Check the network")
    expect(alert).to_contain_text("stays in use")
    assert time.monotonic() - begin < 20  # the client's own retries would take 23
    expect(page.locator("#model-cancel")).to_be_hidden()


@pytest.mark.slow
def test_started_without_a_network_the_page_opens_and_the_default_answers_at_once(page, cut_off_app):
    open_app(page, cut_off_app)
    same_person(page)
    page.locator("#model > button").click()
    page.wait_for_timeout(MOUNT_MS)
    for kind, name in (("embedder", "SFace"), ("detector", "YuNet"), ("backbone", "VGG-19")):
        refused_soon(page, kind, name)
    same_person(page)


@pytest.mark.slow
def test_liveness_without_a_network_is_not_checked_at_once_and_says_what_to_do(page, cut_off_app):
    open_app(page, cut_off_app)
    page.locator("#verify-liveness input").check()
    begin = time.monotonic()
    same_person(page)
    assert time.monotonic() - begin < 20
    details = page.locator("#verify-details")
    for words in (texts.LIVENESS_UNCHECKED, "can't be reached", INSTEAD):
        expect(details).to_contain_text(words)
    expect(details.locator(".fs-warn, .fs-bad, [role=alert]")).to_have_count(0)


def test_a_hub_that_is_gone_is_noticed_soon_and_the_default_goes_on(page, far_app, hub):
    """Last in this file: the Hub does not come back."""
    asked = len(hub.requests)
    open_models(page, far_app)
    same_person(page)
    assert len(hub.requests) == asked  # a page that opens, and a network on board, ask nobody
    hub.close()
    for kind, name in (("embedder", "SFace"), ("detector", "YuNet"), ("backbone", "VGG-19")):
        refused_soon(page, kind, name)
    same_person(page)
