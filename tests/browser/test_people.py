"""The list of people in a real browser: found, turned, deleted and brought back, exported, erased and imported."""

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from facestyle.accounts import Accounts
from facestyle.faces.gallery import EmbeddingSet, Record, SqliteGallery
from facestyle.ui import texts
from tests.browser.support import choose_tab, open_app, press, running_app

PARTS = "#people, #people-find, #people-undo, #people-where, #exchange"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def crowded_app(browser, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    vectors = np.random.default_rng(0).standard_normal((90, 1, 128)).astype(np.float32)
    crowd = [Record(f"Person {i:02}", (EmbeddingSet("dlib_resnet", "p", v),)) for i, v in enumerate(vectors)]
    with SqliteGallery(home / "people.sqlite") as gallery:
        gallery.upsert(crowd)
    with running_app(home=home, FACESTYLE_GALLERY=str(home / "people.sqlite"), FACESTYLE_GALLERY_DAYS="30") as url:
        yield url


@pytest.mark.parametrize("options", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE])
def test_pages_search_and_undo_by_keyboard(new_page, crowded_app, options):
    page = new_page(**options)
    open_app(page, crowded_app, "Enroll")
    people = page.locator("#people")
    expect(people.locator("li")).to_have_count(24)
    expect(page.locator("#people-where")).to_contain_text(texts.PEOPLE_KEPT.format(days=30))
    people.get_by_role("button", name=texts.PEOPLE_NEXT).focus()
    page.keyboard.press("Enter")
    expect(people.locator(".fs-pager")).to_contain_text("Page 2 of 4")
    expect(people.locator(".fs-count")).to_be_focused()
    people.get_by_role("button", name=f"{texts.PEOPLE_DELETE}: Person 24").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#delete-confirm")).to_be_focused()
    page.keyboard.press("Enter")
    expect(people.locator(".fs-count")).to_contain_text("89 people, 25 to 48 shown")
    page.get_by_role("button", name=texts.EXCHANGE).click()
    press(page, "#people-erase")
    expect(page.locator("#erase-cancel")).to_be_focused()
    undo = page.get_by_role("button", name=f"{texts.UNDO}: Person 24")
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#enroll-result")).to_contain_text("is back, with everything")
    expect(people.locator(".fs-count")).to_contain_text("90 people")
    expect(undo).to_have_count(0)
    page.locator("#people-search").locator("input, textarea").press_sequentially("SON 7")
    expect(people.locator(".fs-name")).to_have_text([f"Person 7{digit}" for digit in range(10)])
    assert [each["id"] for each in Axe().run(page, context=PARTS).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_way_back_disappears_in_time(page, crowded_app):
    open_app(page, crowded_app, "Enroll")
    page.get_by_role("button", name=f"{texts.PEOPLE_DELETE}: Person 00").click()
    press(page, "#delete-confirm")
    undo = page.locator(".fs-undo")
    expect(undo).to_be_visible()
    expect(undo).to_be_hidden(timeout=12_000)


def test_who_was_exported_comes_back_after_everything_was_erased(page, crowded_app, tmp_path):
    open_app(page, crowded_app, "Enroll")
    before = page.locator("#people .fs-count").inner_text().split(",")[0]
    page.get_by_role("button", name=texts.EXCHANGE).click()
    secret = page.locator("#exchange-passphrase input")
    secret.fill("correct horse battery")
    with page.expect_download() as saving:
        press(page, "#people-export")
    archive = tmp_path / saving.value.suggested_filename
    saving.value.save_as(archive)
    with page.expect_download() as saving:
        press(page, "#people-table")
    assert saving.value.suggested_filename.endswith(".csv")
    press(page, "#people-erase")
    press(page, "#erase-confirm")
    expect(page.locator("#people")).to_contain_text(texts.PEOPLE_NONE)
    expect(page.locator("#people-find")).to_be_hidden()
    page.set_input_files("#people-file input[type=file]", str(archive))
    expect(page.locator("#people-file")).to_contain_text(archive.suffix)
    secret.fill("another passphrase")
    press(page, "#people-import")
    expect(page.locator("#exchange-said")).to_contain_text(texts.REFUSED_TITLES["passphrase"])
    secret.fill("correct horse battery")
    press(page, "#people-import")
    expect(page.locator("#exchange-said")).to_contain_text(texts.IMPORTED.format(people=before))
    expect(page.locator("#people .fs-count")).to_contain_text(before)


ODD = ("=1+1", "<img src=x onerror=alert(1)>", "山田 花子", "עדה לאבלייס", "x" * 200)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"color_scheme": "light"}, PHONE])
def test_ten_thousand_people_with_names_of_all_kinds(browser, new_page, tmp_path, options):
    vectors = np.random.default_rng(0).standard_normal((10_000, 1, 128)).astype(np.float32)
    names = [*ODD, *(f"Person {i:05}" for i in range(len(ODD), 10_000))]
    path = tmp_path / "people.sqlite"
    with SqliteGallery(path) as gallery:
        gallery.upsert([Record(n, (EmbeddingSet("dlib_resnet", "p", v),)) for n, v in zip(names, vectors, strict=True)])
    with running_app(home=tmp_path, FACESTYLE_GALLERY=str(path)) as url:
        page = new_page(**options)
        open_app(page, url, "Enroll")
        people, search = page.locator("#people"), page.locator("#people-search").locator("input, textarea")
        expect(people.locator(".fs-count")).to_contain_text("10,000 people, 1 to 24 shown")
        people.get_by_role("button", name=texts.PEOPLE_LAST).click()
        expect(people.locator(".fs-pager")).to_contain_text("Page 417 of 417")
        for name in ODD:
            search.fill("")
            search.press_sequentially(name[:30])
            expect(people.locator(".fs-name")).to_have_text([name])
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        search.fill("")
        search.press_sequentially("person 0999")
        expect(people.locator("li")).to_have_count(10)
        people.get_by_role("button", name=f"{texts.PEOPLE_RENAME}: Person 09990").click()
        page.locator("#rename-name").locator("input, textarea").fill("Person 0999 ‹&›")
        press(page, "#rename-save")
        expect(people.locator(".fs-name").first).to_have_text("Person 0999 ‹&›")
        page.get_by_role("button", name=texts.EXCHANGE).click()
        with page.expect_download() as saving:
            press(page, "#people-table")
        table = tmp_path / "people.csv"
        saving.value.save_as(table)
        lines = table.read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == 10_001
        assert any(line.startswith("'=1+1,") for line in lines)


@pytest.mark.slow
def test_members_sign_in_and_look_and_administrators_change(browser, new_page, watch, tmp_path):
    watch.expected = ["401", "400"]  # how a page that nobody signed in to is answered, and a wrong password
    accounts, path = Accounts(tmp_path / "accounts.json"), tmp_path / "people.sqlite"
    accounts.put("ada", "correct horse", admin=True)
    accounts.put("eve", "battery staple", admin=False)
    with SqliteGallery(path) as gallery:
        gallery.add("Grace", np.ones((1, 128), np.float32), model="dlib_resnet", preprocessing="p")
    variables = {"FACESTYLE_GALLERY": str(path), "FACESTYLE_ACCOUNTS": str(accounts.path)}
    with running_app("--public", home=tmp_path, **variables) as url:

        def signed_in(name, *passwords):
            page = new_page()
            page.goto(url)
            for password in passwords:
                page.get_by_label("username").fill(name)
                page.get_by_label("password").fill(password)
                page.get_by_role("button", name="Login").click()
            page.wait_for_selector("#verify-run")
            choose_tab(page, "Enroll")
            expect(page.locator("#people .fs-name")).to_have_text(["Grace"])
            expect(page.locator("#people-where")).to_contain_text("shared by everybody who signs in")
            return page

        member = signed_in("eve", "battery staple")
        expect(member.locator("#people")).to_contain_text(texts.PEOPLE_LOOK_ONLY)
        expect(member.locator("#people button")).to_have_count(0)
        member.get_by_role("button", name=texts.EXCHANGE).click()
        press(member, "#people-erase")
        press(member, "#erase-confirm")
        expect(member.locator("#exchange-said")).to_contain_text(texts.REFUSED_TITLES["not_allowed"])
        admin = signed_in("ada", "battery staple", "correct horse")
        admin.get_by_role("button", name=f"{texts.PEOPLE_DELETE}: Grace").click()
        press(admin, "#delete-confirm")
        expect(admin.locator("#people")).to_contain_text(texts.PEOPLE_NONE)
