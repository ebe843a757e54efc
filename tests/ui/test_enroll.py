import pytest

from facestyle.errors import GalleryDamagedError
from facestyle.settings import Settings
from facestyle.ui import enroll, texts
from facestyle.ui.context import make_context
from facestyle.ui.state import Sessions
from facestyle.ui.verify import VerifyTab
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, GREEN, PINK, RED, fake_services, picture

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def uploads(tmp_path):
    def make(*pictures):
        payload = []
        for faces in pictures:
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
            picture(*faces, path=path)
            payload.append({"image": {"path": str(path)}, "caption": None})
        return payload

    return make


@pytest.fixture
def tab(ctx, blocks):
    return enroll.EnrollTab(ctx, VerifyTab(ctx).person)


def names(ctx, session="a"):
    return [person.name for person in ctx.session(request(session)).gallery.list()]


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def test_enrolling_shows_the_faces_and_empties_the_form(tab, ctx, uploads):
    shown, people, choices, *form = tab.on_run("Ada", uploads((RED,), (PINK,)), True, False, request())
    assert "Ada" in shown
    assert "2 pictures were added; 2 pictures in all." in shown
    assert shown.count('class="fs-chip"') == 2
    assert "Ada" in people
    assert [label for label, _ in choices.choices] == ["Ada"]
    assert form == ["", None, False, False]
    assert names(ctx) == ["Ada"]


def test_a_name_again_adds_pictures(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, request())
    shown, people, *_ = tab.on_run("Ada", uploads((PINK,)), True, False, request())
    assert "1 picture was added; 2 pictures in all." in shown
    assert people.count("<li>") == 1


def test_without_consent_nothing_is_stored_and_nothing_is_lost(tab, ctx, uploads):
    shown, people, _, *form = tab.on_run("Ada", uploads((RED,)), False, False, request())
    assert texts.REFUSED_TITLES["consent_missing"] in shown
    assert all(map(skipped, form))
    assert texts.PEOPLE_NONE in people
    assert names(ctx) == []


def test_several_faces_are_numbered(tab, ctx, uploads):
    shown, *_ = tab.on_run("Ada", uploads((RED,), (GREEN, BLUE)), True, False, request())
    assert texts.REFUSED_TITLES["several_faces"] in shown
    assert texts.CROP_HINT in shown
    assert shown.count("fs-box") == 2
    assert names(ctx) == []


@pytest.mark.parametrize("name", ["", "   ", "a\nb", None])
def test_a_name_that_is_none_is_refused(tab, ctx, uploads, name):
    shown, *_ = tab.on_run(name, uploads((RED,)), True, False, request())
    assert texts.REFUSED_TITLES["invalid_name"] in shown
    assert names(ctx) == []


@pytest.mark.parametrize("pictures", [None, []])
def test_no_pictures_is_said(tab, ctx, pictures):
    shown, *_ = tab.on_run("Ada", pictures, True, False, request())
    assert 'role="alert"' in shown
    assert texts.UNEXPECTED_TITLE not in shown


def test_a_text_file_among_the_pictures_is_named(tab, ctx, uploads, tmp_path):
    path = tmp_path / "note.jpg"
    path.write_text("not a picture")
    shown, *_ = tab.on_run("Ada", [*uploads((RED,)), {"image": {"path": str(path)}}], True, False, request())
    assert f"Picture 2: {texts.REFUSED_TITLES['image_unreadable']}" in shown
    assert names(ctx) == []


def test_a_thumbnail_is_kept_only_if_asked_for(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, request())
    assert "data:image/jpeg" not in enroll.refresh(ctx.session(request()))[0]
    tab.on_run("Bea", uploads((GREEN,)), True, True, request())
    assert enroll.refresh(ctx.session(request()))[0].count("data:image/jpeg") == 1


def test_names_are_escaped_in_every_place(tab, ctx, uploads):
    shown, people, *_ = tab.on_run(EVIL, uploads((RED,)), True, False, request())
    person = ctx.session(request()).gallery.list()[0]
    *_, question = tab.on_people(click(action="delete", id=person.id), request())
    renamed, *_ = tab.on_save(person.id, EVIL + "2", request())
    deleted, *_ = tab.on_confirm(person.id, request())
    for piece in (shown, people, question, renamed, deleted):
        assert "<img src=x" not in piece
        assert "&lt;img src=x" in piece


def test_rename(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, request())
    person = ctx.session(request()).gallery.list()[0]
    _, chosen, renaming, field, deleting, _ = tab.on_people(click(action="rename", id=person.id), request())
    assert chosen == person.id
    assert (renaming.visible, deleting.visible) == (True, False)
    assert field.value == "Ada"
    shown, people, choices, *closed = tab.on_save(person.id, "山田 花子", request())
    assert "山田 花子" in shown
    assert "山田 花子" in people
    assert choices.choices == [("山田 花子", person.id)]
    assert [column.visible for column in closed] == [False, False]
    assert names(ctx) == ["山田 花子"]


def test_a_taken_name_is_refused_and_nothing_changes(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, request())
    tab.on_run("Bea", uploads((GREEN,)), True, False, request())
    bea = ctx.session(request()).gallery.get("Bea")
    shown, *_ = tab.on_save(bea.id, "ada", request())
    assert texts.REFUSED_TITLES["name_taken"] in shown
    assert names(ctx) == ["Ada", "Bea"]


def test_delete_asks_first(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, request())
    person = ctx.session(request()).gallery.list()[0]
    _, chosen, renaming, _, deleting, question = tab.on_people(click(action="delete", id=person.id), request())
    assert (renaming.visible, deleting.visible) == (False, True)
    assert texts.PEOPLE_DELETE_HINT in question
    assert names(ctx) == ["Ada"]
    shown, people, choices, *_ = tab.on_confirm(chosen, request())
    assert "Ada" in shown
    assert texts.PEOPLE_NONE in people
    assert choices.choices == []
    assert names(ctx) == []


def test_somebody_deleted_meanwhile_is_said(tab, ctx):
    shown, *_ = tab.on_people(click(action="rename", id="gone"), request())
    assert texts.REFUSED_TITLES["unknown_person"] in shown
    assert texts.REFUSED_TITLES["unknown_person"] in tab.on_confirm("gone", request())[0]
    assert texts.REFUSED_TITLES["unknown_person"] in tab.on_save("gone", "Ada", request())[0]


def test_one_public_session_can_neither_see_nor_touch_anothers_people(public_ctx, blocks, uploads):
    tab = enroll.EnrollTab(public_ctx, VerifyTab(public_ctx).person)
    tab.on_run("Ada", uploads((RED,)), True, False, request("a"))
    ada = public_ctx.session(request("a")).gallery.list()[0]
    assert "Ada" not in "".join(map(str, tab.on_people(click(action="delete", id=ada.id), request("b"))))
    tab.on_confirm(ada.id, request("b"))
    tab.on_save(ada.id, "Mine", request("b"))
    assert names(public_ctx, "a") == ["Ada"]
    assert names(public_ctx, "b") == []


def test_where_people_are_kept_is_always_said(ctx, public_ctx):
    assert str(ctx.settings.gallery) in enroll.where(ctx)
    assert "this tab" in enroll.where(public_ctx)
    assert str(public_ctx.settings.gallery) not in enroll.where(public_ctx)


def test_a_damaged_gallery_is_said_in_the_list(fakes, blocks):
    def damaged():
        raise GalleryDamagedError("The gallery is damaged. Move it away.")

    services = fake_services(Settings(), fakes, local=damaged)
    ctx = make_context(services, Sessions(services))
    people, choices = enroll.refresh(ctx.session(request()))
    assert "The gallery is damaged. Move it away." in people
    assert choices.choices == []


def test_examples_fill_in_name_picture_and_consent(tab):
    name, pictures, consent = tab.on_example(click(id="0"))
    assert name == texts.HOPPER
    assert len(pictures) == 1
    assert consent is True
