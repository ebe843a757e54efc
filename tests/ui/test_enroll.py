from datetime import UTC, datetime, timedelta

import pytest

from facestyle.ui import enroll, people, texts
from facestyle.ui.verify import VerifyTab
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, GREEN, PINK, RED, picture

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
    shown, people, choices, *form = tab.on_run("Ada", uploads((RED,), (PINK,)), True, False, False, False, request())
    assert "Ada" in shown
    assert "2 pictures were added; 2 pictures in all." in shown
    assert shown.count('class="fs-chip"') == 2
    assert "Ada" in people
    assert [label for label, _ in choices.choices] == ["Ada"]
    *filled, poor, conflict = form
    assert filled == ["", None, False, False]
    assert (poor.visible, conflict.visible) == (False, False)
    assert names(ctx) == ["Ada"]


def test_a_name_again_adds_pictures(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, False, False, request())
    shown, people, *_ = tab.on_run("Ada", uploads((PINK,)), True, False, False, False, request())
    assert "1 picture was added; 2 pictures in all." in shown
    assert people.count("<li>") == 1


def test_without_consent_nothing_is_stored_and_nothing_is_lost(tab, ctx, uploads):
    shown, people, _, *form = tab.on_run("Ada", uploads((RED,)), False, False, False, False, request())
    assert texts.REFUSED_TITLES["consent_missing"] in shown
    *filled, poor, conflict = form
    assert all(map(skipped, filled))
    assert (poor.visible, conflict.visible) == (False, False)
    assert texts.PEOPLE_NONE in people
    assert names(ctx) == []


def test_several_faces_are_numbered(tab, ctx, uploads):
    shown, *_ = tab.on_run("Ada", uploads((RED,), (GREEN, BLUE)), True, False, False, False, request())
    assert texts.REFUSED_TITLES["several_faces"] in shown
    assert texts.CROP_HINT in shown
    assert shown.count("fs-box") == 2
    assert names(ctx) == []


@pytest.mark.parametrize("name", ["", "   ", "a\nb", None])
def test_a_name_that_is_none_is_refused(tab, ctx, uploads, name):
    shown, *_ = tab.on_run(name, uploads((RED,)), True, False, False, False, request())
    assert texts.REFUSED_TITLES["invalid_name"] in shown
    assert names(ctx) == []


@pytest.mark.parametrize("pictures", [None, []])
def test_no_pictures_is_said(tab, ctx, pictures):
    shown, *_ = tab.on_run("Ada", pictures, True, False, False, False, request())
    assert 'role="alert"' in shown
    assert texts.UNEXPECTED_TITLE not in shown


def test_a_text_file_among_the_pictures_is_named(tab, ctx, uploads, tmp_path):
    path = tmp_path / "note.jpg"
    path.write_text("not a picture")
    shown, *_ = tab.on_run(
        "Ada", [*uploads((RED,)), {"image": {"path": str(path)}}], True, False, False, False, request()
    )
    assert f"Picture 2: {texts.REFUSED_TITLES['image_unreadable']}" in shown
    assert names(ctx) == []


def test_a_thumbnail_is_kept_only_if_asked_for(tab, ctx, uploads):
    tab.on_run("Ada", uploads((RED,)), True, False, False, False, request())
    assert "data:image/jpeg" not in people.refresh(ctx.session(request()))[0]
    tab.on_run("Bea", uploads((GREEN,)), True, True, False, False, request())
    assert people.refresh(ctx.session(request()))[0].count("data:image/jpeg") == 1


def test_a_name_is_escaped(tab, uploads):
    shown, people, *_ = tab.on_run(EVIL, uploads((RED,)), True, False, False, False, request())
    for piece in (shown, people):
        assert "<img src=x" not in piece
        assert "&lt;img src=x" in piece


@pytest.mark.parametrize("public", [False, True])
def test_what_was_agreed_to_is_recorded_as_it_was_shown(make_ctx, blocks, uploads, public):
    ctx = make_ctx(public)
    tab = enroll.EnrollTab(ctx, VerifyTab(ctx).person)
    before = datetime.now(UTC)
    tab.on_run("Ada", uploads((RED,)), True, False, False, False, request())
    consent = ctx.session(request()).gallery.get("Ada").consent
    assert tab.consent.label in consent.text
    assert tab.consent.info in consent.text
    assert consent.version == f"{texts.CONSENT_VERSION}-{'public' if public else 'local'}"
    assert before - timedelta(seconds=1) <= consent.given <= datetime.now(UTC)


def test_examples_fill_in_name_picture_and_consent(tab):
    name, pictures, consent = tab.on_example(click(id="0"))
    assert name == texts.HOPPER
    assert len(pictures) == 1
    assert consent is True
