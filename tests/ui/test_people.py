import time

import numpy as np
import pytest

from facestyle.errors import GalleryDamagedError
from facestyle.faces.gallery import EmbeddingSet, Record
from facestyle.settings import Settings
from facestyle.ui import people, texts
from facestyle.ui.context import make_context
from facestyle.ui.people_html import PAGE
from facestyle.ui.state import Sessions
from facestyle.ui.verify import VerifyTab
from tests.ui.conftest import click, request
from tests.ui.fakes import fake_services

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def make_panel(blocks):
    def make(ctx):
        choices = VerifyTab(ctx).person
        return people.PeoplePanel(ctx, choices, choices)

    return make


@pytest.fixture
def panel(make_panel, ctx):
    return make_panel(ctx)


def put(ctx, *names, count=1, session="a"):
    gallery = ctx.session(request(session)).gallery
    vectors = np.ones((count, 3), np.float32)
    return gallery.upsert([Record(name, (EmbeddingSet("fake_embedder", "1", vectors),), b"jpeg") for name in names])


def names(ctx, session="a"):
    return [person.name for person in ctx.session(request(session)).gallery.list()]


def order(shown):
    return [part.split("<")[0] for part in shown.split('<bdi class="fs-name">')[1:]]


# --- finding ----------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_as_one_types(panel, ctx, blocks):
    put(ctx, "Ada", "Grace", "Adam")
    shown = panel.on_look("ad", "name", request())
    assert order(shown) == ["Ada", "Adam"]
    assert "2 of 3 people" in shown
    assert order(panel.on_look("", "name", request())) == ["Ada", "Adam", "Grace"]
    (typing,) = [each for each in blocks.fns.values() if ("input", panel.search._id) in map(target, each.targets)]
    assert typing.trigger_mode == "always_last"


def target(of):
    return of[1], of[0]


def test_a_search_that_finds_nobody_says_so_and_keeps_the_box(panel, ctx):
    put(ctx, "Ada")
    shown = panel.on_look(EVIL, "name", request())
    assert "None of 1 people" in shown
    assert "<img src=x" not in shown
    assert "fs-nobody" not in shown


def test_the_list_is_sorted(panel, ctx):
    for name, count in (("Bea", 1), ("Cy", 3), ("Ada", 2)):
        put(ctx, name, count=count)
        time.sleep(0.002)
    assert order(panel.on_look("", "name", request())) == ["Ada", "Bea", "Cy"]
    assert order(panel.on_look("", "newest", request())) == ["Ada", "Cy", "Bea"]
    assert order(panel.on_look("", "pictures", request())) == ["Cy", "Ada", "Bea"]
    assert order(panel.on_look("", "height", request())) == ["Ada", "Bea", "Cy"]


def test_the_list_keeps_search_and_page_through_changes(panel, ctx):
    crowd = put(ctx, *(f"p{number:02}" for number in range(60)), "other")
    panel.on_look("p", "name", request())
    _, shown, *_ = panel.on_people(click(action="page", id="2"), request())
    assert order(shown) == [f"p{number}" for number in range(48, 60)]
    assert "60 of 61 people, 49 to 60 shown" in shown
    _, shown, *_ = panel.on_save(crowd[50].id, "p50 renamed", request())
    assert "p50 renamed" in order(shown)
    assert "Page 3 of 3" in shown
    assert "Page 1 of 3" in panel.on_look("p", "newest", request())


def test_a_page_emptied_by_deleting_gives_way_to_the_one_before(panel, ctx):
    crowd = put(ctx, *(f"p{number:02}" for number in range(PAGE + 1)))
    panel.on_people(click(action="page", id="1"), request())
    _, shown, *_ = panel.on_confirm(crowd[-1].id, request())
    assert len(order(shown)) == PAGE
    assert "<nav" not in shown


@pytest.mark.parametrize("page", ["999999", "-1", "x", "", "9" * 30])
def test_a_page_that_is_none_is_the_nearest(panel, ctx, page):
    put(ctx, *(f"p{number:02}" for number in range(30)))
    _, shown, *_ = panel.on_people(click(action="page", id=page), request())
    assert ("Page 2 of 2" if page == "999999" else "Page 1 of 2") in shown


def test_ten_thousand_people_are_shown_a_page_at_a_time(panel, ctx):
    put(ctx, *(f"Person {number:05}" for number in range(10_000)))
    asked = []
    gallery = ctx.session(request()).gallery
    real = gallery.list
    gallery.list = lambda **which: asked.append(which) or real(**which)
    seconds = []
    for page in (0, 208, 416):
        began = time.perf_counter()
        _, shown, *_ = panel.on_people(click(action="page", id=str(page)), request())
        seconds.append(time.perf_counter() - began)
        assert shown.count("<li>") == min(PAGE, 10_000 - page * PAGE)
        assert len(shown) < 40_000
        assert "10,000 people" in shown
    found = panel.on_look("07777", "pictures", request())
    assert order(found) == ["Person 07777"]
    assert [which["limit"] for which in asked] == [PAGE] * 4
    assert max(seconds) < 0.5


# --- changing ---------------------------------------------------------------------------------------------------------


def test_names_are_escaped_in_every_place(panel, ctx):
    (person,) = put(ctx, EVIL)
    *_, question = panel.on_people(click(action="delete", id=person.id), request())
    renamed, listed, *_ = panel.on_save(person.id, EVIL + "2", request())
    *_, undoable = panel.on_confirm(person.id, request())
    back, *_ = panel.on_undo(click(action="undo", id=person.id), request())
    for piece in (question, renamed, listed, undoable, back):
        assert "<img src=x" not in piece
        assert "&lt;img src=x" in piece


def test_rename(panel, ctx):
    (person,) = put(ctx, "Ada")
    _, _, chosen, renaming, field, deleting, _ = panel.on_people(click(action="rename", id=person.id), request())
    assert chosen == person.id
    assert (renaming.visible, deleting.visible) == (True, False)
    assert field.value == "Ada"
    shown, listed, choices, *closed = panel.on_save(person.id, "山田 花子", request())
    assert "山田 花子" in shown
    assert order(listed) == ["山田 花子"]
    assert choices.choices == [("山田 花子", person.id)]
    assert [column.visible for column in closed] == [False, False]


def test_a_taken_name_is_refused_and_nothing_changes(panel, ctx):
    _, bea = put(ctx, "Ada", "Bea")
    shown, *_ = panel.on_save(bea.id, "ada", request())
    assert texts.REFUSED_TITLES["name_taken"] in shown
    assert names(ctx) == ["Ada", "Bea"]


def test_delete_asks_first_and_can_be_undone(panel, ctx):
    (person,) = put(ctx, "Ada", count=2)
    _, _, chosen, renaming, _, deleting, question = panel.on_people(click(action="delete", id=person.id), request())
    assert (renaming.visible, deleting.visible) == (False, True)
    assert texts.PEOPLE_DELETE_HINT.format(seconds=10) in question
    assert names(ctx) == ["Ada"]
    _, listed, choices, *_, undoable = panel.on_confirm(chosen, request())
    assert texts.PEOPLE_NONE in listed
    assert choices.choices == []
    assert names(ctx) == []
    assert "Ada" in undoable
    shown, listed, choices, *_, undoable = panel.on_undo(click(action="undo", id=person.id), request())
    assert "Ada" in shown
    assert order(listed) == ["Ada"]
    assert choices.choices == [("Ada", person.id)]
    assert undoable == ""
    assert ctx.session(request()).gallery.get(person.id) == person


def test_another_tab_cannot_undo(panel, ctx):
    (person,) = put(ctx, "Ada")
    panel.on_confirm(person.id, request("a"))
    shown, *_ = panel.on_undo(click(action="undo", id=person.id), request("b"))
    assert 'role="alert"' in shown
    assert "Ada" not in shown
    assert names(ctx) == []


def test_a_tab_that_closes_takes_the_way_back_with_it(panel, ctx):
    (person,) = put(ctx, "Ada")
    panel.on_confirm(person.id, request())
    session = ctx.session(request())
    ctx.sessions.forget("a")
    assert session.undo.pending() == ()
    shown, *_ = panel.on_undo(click(action="undo", id=person.id), request())
    assert 'role="alert"' in shown
    assert names(ctx) == []


def test_somebody_deleted_meanwhile_is_said(panel):
    shown, *_ = panel.on_people(click(action="rename", id="gone"), request())
    assert texts.REFUSED_TITLES["unknown_person"] in shown
    assert texts.REFUSED_TITLES["unknown_person"] in panel.on_confirm("gone", request())[0]
    assert texts.REFUSED_TITLES["unknown_person"] in panel.on_save("gone", "Ada", request())[0]


def test_one_public_session_can_neither_see_nor_touch_anothers_people(make_panel, public_ctx):
    panel = make_panel(public_ctx)
    (ada,) = put(public_ctx, "Ada")
    for action in ("delete", "rename"):
        assert "Ada" not in "".join(map(str, panel.on_people(click(action=action, id=ada.id), request("b"))))
    panel.on_confirm(ada.id, request("b"))
    panel.on_save(ada.id, "Mine", request("b"))
    assert names(public_ctx, "a") == ["Ada"]
    assert names(public_ctx, "b") == []


def test_a_damaged_gallery_is_said_in_the_list(fakes, blocks):
    def damaged():
        raise GalleryDamagedError("The gallery is damaged. Move it away.")

    services = fake_services(Settings(), fakes, local=damaged)
    ctx = make_context(services, Sessions(services))
    listed, choices = people.refresh(ctx.session(request()))
    assert "The gallery is damaged. Move it away." in listed
    assert choices.choices == []
