"""The Album tab's handlers, over played networks."""

import zipfile
from pathlib import Path

import pytest

from facestyle.settings import Settings
from facestyle.ui import album, album_view, texts
from facestyle.ui.context import make_context
from facestyle.ui.enroll import EnrollTab
from facestyle.ui.state import Sessions
from facestyle.ui.verify import VerifyTab
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, GREEN, PINK, RED, fake_services, picture

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def make_tab(blocks):
    def make(ctx):
        choices = VerifyTab(ctx).person
        return album.AlbumTab(ctx, EnrollTab(ctx, choices).people, choices)

    return make


@pytest.fixture
def tab(ctx, make_tab):
    return make_tab(ctx)


@pytest.fixture
def files(tmp_path):
    payload = []
    for name, faces in {"a": (RED, GREEN), "b": (PINK,), "c": (GREEN, BLUE), "d": ()}.items():
        picture(*faces, path=tmp_path / f"{name}.png")
        payload.append({"path": str(tmp_path / f"{name}.png"), "orig_name": f"{name}.png"})
    return payload


def group(tab, files, method="linkage", k=None, same_photo=False, session="a"):
    return list(tab.on_group(files, method, k, same_photo, request(session)))


def names(ctx, session="a"):
    return [person.name for person in ctx.session(request(session)).gallery.list()]


def test_groups_with_covers_counts_and_what_was_left_out(tab, ctx, files):
    *progress, shown = group(tab, files)
    assert texts.ALBUM_STARTING in progress[0]
    assert any("Grouping 5 faces" in part for part in progress)
    assert all('role="progressbar"' in part for part in progress)
    assert shown.count('class="fs-group-head"') == 2
    assert "2 faces in 2 pictures" in shown
    assert shown.count('data-action="enroll-group"') == 2
    assert 'id="album-not-grouped"' in shown
    assert "Left out: 1" in shown
    assert "d.png" in shown
    assert len(ctx.session(request()).album.groups) == 2


@pytest.mark.parametrize(
    ("method", "k", "expected"), [("kmeans_k", 3, 3), ("kmeans", 99, 3), ("density", None, 2), ("linkage", 99, 2)]
)
def test_every_choice_of_method(tab, ctx, files, method, k, expected):
    shown = group(tab, files, method, k)[-1]
    assert texts.ALBUM_METHODS[method] in shown
    if method != "density":  # five faces are few for a density
        assert len(ctx.session(request()).album.groups) == expected


@pytest.mark.parametrize(
    ("method", "k", "words"),
    [("kmeans_k", None, "K is missing"), ("kmeans_k", 99, "from 1 to 5"), ("spectral", None, "no method")],
)
def test_a_choice_that_makes_no_sense_is_explained(tab, ctx, files, method, k, words):
    shown = group(tab, files, method, k)[-1]
    assert 'role="alert"' in shown
    assert words in shown
    assert ctx.session(request()).album is None


def test_nothing_given_no_face_and_bad_zips_are_explained(tab, files, tmp_path):
    assert texts.REFUSED_TITLES["album_empty"] in group(tab, None)[-1]
    assert texts.REFUSED_TITLES["no_face"] in group(tab, files[3:])[-1]
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04 cut")
    assert texts.REFUSED_TITLES["archive_damaged"] in group(tab, [{"path": str(bad)}])[-1]


def test_names_in_a_zip_are_harmless(tab, tmp_path):
    picture(RED, path=tmp_path / "a.png")
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in (f"{EVIL}.png", "../../x.png"):
            made.write(tmp_path / "a.png", name)
        made.writestr(f"{EVIL}.txt", "words")
    shown = group(tab, [{"path": str(archive)}])[-1]
    assert EVIL not in shown
    assert "&lt;img src=x" in shown
    assert ".." not in shown.replace("base64", "")


def test_cancel_stops_and_keeps_nothing(tab, ctx, files):
    shown = tab.on_group(files, "linkage", None, False, request())
    next(shown)
    next(shown)
    assert tab.on_stop(request()).interactive is False
    rest = list(shown)
    assert texts.ALBUM_CANCELLED in rest[-1]
    session = ctx.session(request())
    assert session.album is None
    assert session.grouping.running is False
    assert len(group(tab, files)) > 2  # and the next run is not stopped by it


def test_a_closed_tab_stops_the_run_and_wipes_the_album(tab, ctx, files):
    group(tab, files)
    session = ctx.session(request())
    shown = tab.on_group(files, "linkage", None, False, request())
    next(shown)
    next(shown)
    ctx.sessions.forget("a")
    assert texts.ALBUM_CANCELLED in list(shown)[-1]
    assert session.album is None


def test_one_run_at_a_time_in_a_tab(tab, files):
    first = tab.on_group(files, "linkage", None, False, request())
    next(first)
    assert group(tab, files) == []
    assert all(isinstance(update, dict) for update in tab.on_lock(request()))
    first.close()
    assert len(group(tab, files)) > 2


def test_run_turns_into_cancel_and_back(tab):
    waiting, said, form, chosen, run, stop = tab.on_lock(request())
    assert texts.ALBUM_WAITING in waiting
    assert (said, chosen) == ("", "")
    assert (form.visible, run.visible, stop.visible) == (False, False, True)
    note, run, stop = tab.on_unlock(request())
    assert texts.QUEUE_FULL in note  # nothing ran between the two
    assert (run.visible, stop.visible) == (True, False)


def test_k_is_asked_for_only_where_it_counts(tab):
    for method in texts.ALBUM_METHODS:
        radio, k = tab.on_method(method)
        assert k.visible == (method == "kmeans_k")
        assert radio.info == texts.ALBUM_METHOD_HINTS[method]


def test_enrolling_a_group(tab, ctx, files):
    group(tab, files)
    said, form, question, *_, chosen, conflict = tab.on_choose(click(action="enroll-group", id="0"), request())
    assert said == ""
    assert form.visible
    assert "group 1" in question
    assert chosen == "0"
    assert conflict.visible is False
    said, form, conflict, people, choices = tab.on_enroll(chosen, "Ada", True, False, False, request())
    assert "Ada" in said
    assert "2 faces of the album were added" in said
    assert form.visible is False
    assert "Ada" in people
    assert [label for label, _ in choices.choices] == ["Ada"]
    (person,) = ctx.session(request()).gallery.list()
    assert (person.embeddings, person.thumbnail) == (2, None)
    said, *_ = tab.on_enroll("1", "Grace", True, True, False, request())
    assert ctx.session(request()).gallery.get("Grace").thumbnail.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("name", "consent", "code"),
    [("Ada", False, "consent_missing"), ("  ", True, "invalid_name"), (None, True, "invalid_name")],
)
def test_nobody_is_enrolled_without_consent_and_name(tab, ctx, files, name, consent, code):
    group(tab, files)
    said, form, *_ = tab.on_enroll("0", name, consent, False, False, request())
    assert texts.REFUSED_TITLES[code] in said
    assert isinstance(form, dict)  # the form stays as it was
    assert names(ctx) == []


@pytest.mark.parametrize("index", ["", "9", "-1", "²", EVIL])
def test_a_group_that_is_not_there(tab, ctx, files, index):
    group(tab, files)
    assert texts.ALBUM_GONE in tab.on_choose(click(action="enroll-group", id=index), request())[0]
    assert texts.ALBUM_GONE in tab.on_enroll(index, "Ada", True, False, False, request())[0]
    assert names(ctx) == []


def test_an_album_belongs_to_its_session(make_tab, public_ctx, files):
    tab = make_tab(public_ctx)
    group(tab, files, session="a")
    assert texts.ALBUM_GONE in tab.on_enroll("0", "Ada", True, False, False, request("b"))[0]
    assert names(public_ctx, "b") == []


def test_another_model_wipes_the_album(tab, ctx, files):
    group(tab, files)
    session = ctx.session(request())
    session.use(ctx.services.faces(session.gallery, "cached"))
    assert texts.ALBUM_GONE in tab.on_enroll("0", "Ada", True, False, False, request())[0]
    group(tab, files)
    assert ctx.session(request()).album.model == "cached"


def test_strangers_get_a_deadline_and_fewer_pictures(make_tab, public_ctx, files, monkeypatch):
    monkeypatch.setattr(album, "PUBLIC_DEADLINE_SECONDS", 0.0)
    assert "Time is up" in group(make_tab(public_ctx), files)[-1]


def test_limits_of_the_settings_reach_the_album(tmp_path, fakes, blocks, make_tab, files):
    settings = Settings(gallery=tmp_path / "g.sqlite", max_album_pictures=2)
    services = fake_services(settings, fakes)
    tab = make_tab(make_context(services, Sessions(services)))
    assert "2 more were left out" in group(tab, files)[-1]


def test_an_unexpected_failure_says_nothing_of_pictures(tab, ctx, fakes, files):
    fakes.embedder.fail = RuntimeError("secret.png")
    shown = group(tab, files)[-1]
    assert texts.UNEXPECTED_TITLE in shown
    assert "secret" not in shown
    assert ctx.session(request()).grouping.running is False


def test_the_example_is_real_files(tab):
    paths = tab.on_example()
    assert len(paths) == 6
    assert all(Path(path).read_bytes().startswith(b"\xff\xd8") for path in paths)


def test_a_large_album_does_not_make_an_endless_page(tab, ctx, tmp_path, monkeypatch):
    monkeypatch.setattr(album_view, "SHOWN_GROUPS", 1)
    monkeypatch.setattr(album_view, "SHOWN_IN_GROUP", 2)
    payload = []
    for number, color in enumerate([RED] * 5 + [GREEN] * 3):
        picture(color, path=tmp_path / f"{number}.png")
        payload.append({"path": str(tmp_path / f"{number}.png")})
    shown = group(tab, payload)[-1]
    assert shown.count('class="fs-chip"') == 3
    assert "and 3 more" in shown
    assert texts.ALBUM_MORE_GROUPS.format(count=1) in shown


def test_a_group_that_looks_like_somebody_enrolled_needs_a_tick_for_that_name(tab, ctx, files):
    ctx.session(request()).faces.enroll("Ada", [picture(RED)], consent=True)
    group(tab, files)
    red = next(
        index
        for index, each in enumerate(ctx.session(request()).album.groups)
        if ctx.session(request()).album.faces[each.cover].embedding[0] > 0.8
    )
    # a tick without a refusal before counts for nothing
    said, form, conflict, *_ = tab.on_enroll(str(red), "<b>Bea", True, False, True, request())
    assert texts.REFUSED_TITLES["resembles_another"] in said
    assert "looks like Ada" in said
    assert isinstance(form, dict)
    assert (conflict.visible, conflict.value) == (True, False)
    assert conflict.label == texts.ENROLL_ANYWAY_CONFLICT["resembles_another"]
    # nor does one for another name
    said, _, conflict, *_ = tab.on_enroll(str(red), "Cleo", True, False, True, request())
    assert texts.REFUSED_TITLES["resembles_another"] in said
    assert conflict.value is False
    assert names(ctx) == ["Ada"]
    said, form, conflict, *_ = tab.on_enroll(str(red), "Cleo", True, False, True, request())
    assert names(ctx) == ["Ada", "Cleo"]
    assert (form.visible, conflict.visible) == (False, False)
    # used up: the next one is asked again
    tab.on_enroll(str(red), "Dora", True, False, True, request())
    assert names(ctx) == ["Ada", "Cleo"]


def test_a_group_goes_to_the_person_it_looks_like_without_a_question(tab, ctx, files):
    ctx.session(request()).faces.enroll("Ada", [picture(RED)], consent=True)
    group(tab, files)
    for index in range(2):
        tab.on_enroll(str(index), "Ada", True, False, False, request())
    assert ctx.session(request()).gallery.get("Ada").embeddings == 3  # the red group; the green one is refused
