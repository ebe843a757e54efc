import base64
import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from facestyle.errors import ArchiveError
from facestyle.faces.gallery import EmbeddingSet, Record
from facestyle.ui import exchange, people, texts
from facestyle.ui.verify import VerifyTab
from tests.ui.conftest import request

WORDS = "correct horse battery"


@pytest.fixture
def make_panel(blocks):
    def make(ctx):
        choices = VerifyTab(ctx).person
        return exchange.ExchangePanel(ctx, people.PeoplePanel(ctx, choices, choices))

    return make


@pytest.fixture
def panel(make_panel, public_ctx):
    """In public each session has its own gallery: one exports, another imports."""
    return make_panel(public_ctx)


def gallery(panel, session="a"):
    return panel.ctx.session(request(session)).gallery


def put(panel, *names, model="fake_embedder", session="a"):
    vectors = np.random.default_rng(0).random((2, 3)).astype(np.float32)
    gallery(panel, session).upsert([Record(name, (EmbeddingSet(model, "1", vectors),), b"jpeg") for name in names])


def names(panel, session):
    return [person.name for person in gallery(panel, session).list()]


@pytest.fixture
def save(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))

    def write(answer):
        file = json.loads(answer)
        path = tmp_path / "uploads" / "digest" / file["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(file["data"]))
        return {"path": str(path)}

    return write


@pytest.mark.parametrize("secret", ["", WORDS])
def test_who_is_exported_can_be_imported(panel, save, secret):
    put(panel, "Ada", "山田 花子")
    said, file = panel.on_export(secret, request("a"))
    assert texts.EXPORTED.format(people="2 people") in said
    assert (texts.EXPORT_SEALED if secret else texts.EXPORT_OPEN) in said
    upload = save(file)
    assert zipfile.is_zipfile(upload["path"]) is not bool(secret)
    said, chosen, passphrase, listed, choices = panel.on_import(upload, secret, request("b"))
    assert texts.IMPORTED.format(people="2 people") in said
    assert (chosen, passphrase) == (None, "")
    assert "山田 花子" in listed
    assert [label for label, _ in choices.choices] == ["Ada", "山田 花子"] == names(panel, "b")
    assert gallery(panel, "b").get("Ada").thumbnail == b"jpeg"
    assert not Path(upload["path"]).exists()


def test_who_is_here_already_is_told_apart(panel, save):
    put(panel, "Ada", "Bea")
    upload = save(panel.on_export("", request("a"))[1])
    put(panel, "ada", session="b")
    said, *_ = panel.on_import(upload, "", request("b"))
    assert texts.IMPORTED.format(people="1 person") in said
    assert texts.IMPORTED_MERGED.format(people="1 person") in said
    assert gallery(panel, "b").get("Ada").embeddings == 2


@pytest.mark.parametrize("given", ["", "another passphrase"])
def test_without_the_right_passphrase_nobody_comes_in_and_the_file_stays_for_another_try(panel, save, given):
    put(panel, "Ada")
    upload = save(panel.on_export(WORDS, request("a"))[1])
    said, chosen, passphrase, *_ = panel.on_import(upload, given, request("b"))
    assert texts.REFUSED_TITLES["passphrase"] in said
    assert chosen == passphrase != ""
    assert names(panel, "b") == []
    assert texts.IMPORTED.format(people="1 person") in panel.on_import(upload, WORDS, request("b"))[0]


def test_a_short_passphrase_exports_nothing(panel):
    put(panel, "Ada")
    said, file = panel.on_export("short", request("a"))
    assert texts.REFUSED_TITLES["passphrase"] in said
    assert file == ""


def test_another_models_archive_is_refused(panel, save):
    put(panel, "Ada", model="of_another")
    upload = save(panel.on_export("", request("a"))[1])
    said, *_ = panel.on_import(upload, "", request("b"))
    assert texts.REFUSED_TITLES["archive_error"] in said
    assert "of_another" in said
    assert names(panel, "b") == []


def test_a_changed_archive_is_refused(panel, save):
    put(panel, "Ada")
    upload = save(panel.on_export("", request("a"))[1])
    path = Path(upload["path"])
    path.write_bytes(path.read_bytes().replace(b"Ada", b"Eva"))
    said, *_ = panel.on_import(upload, "", request("b"))
    assert texts.REFUSED_TITLES["archive_error"] in said
    assert names(panel, "b") == []


@pytest.mark.parametrize("content", [b"", b"words", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(panel, tmp_path, content):
    path = tmp_path / "file.zip"
    path.write_bytes(content)
    said, *_ = panel.on_import({"path": str(path)}, "", request("b"))
    assert texts.REFUSED_TITLES["archive_error"] in said


def test_no_file_is_said(panel):
    assert texts.IMPORT_NO_FILE in panel.on_import(None, "", request("b"))[0]


def test_a_shared_page_takes_no_huge_archive(panel, tmp_path):
    path = tmp_path / "file.zip"
    with path.open("wb") as file:
        file.truncate(panel.ctx.settings.max_image_bytes + 1)
    said, *_ = panel.on_import({"path": str(path)}, "", request("b"))
    assert "the most that is taken on a shared page" in said


def test_the_table_has_names_and_times(panel, save):
    put(panel, "Ada", "=1+1")
    said, file = panel.on_table(request("a"))
    assert texts.EXPORT_TABLE_HINT in said
    rows = list(csv.reader(io.StringIO(Path(save(file)["path"]).read_text("utf-8-sig"))))
    assert [row[0] for row in rows] == ["name", "'=1+1", "Ada"]


def test_nobody_is_nothing_to_export(panel):
    for said, file in (panel.on_export("", request("a")), panel.on_table(request("a"))):
        assert texts.EXPORT_NOBODY in said
        assert file == ""


def test_too_many_for_a_page_are_left_to_the_command_line(panel, monkeypatch):
    put(panel, "Ada", "Bea")
    monkeypatch.setattr(exchange, "MOST_PEOPLE", 1)
    said, file = panel.on_export("", request("a"))
    assert "gallery export" in said
    assert file == ""


def test_nothing_exported_is_written_anywhere(panel, monkeypatch):
    written = []
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: written.append(path))
    put(panel, "Ada")
    assert panel.on_export("", request("a"))[1]
    assert written == []


def test_erasing_forgets_everybody_of_this_session_and_whoever_could_come_back(panel):
    put(panel, "Ada", "Bea")
    put(panel, "Cy", session="b")
    person = gallery(panel).get("Ada")
    panel.panel.on_confirm(person.id, request("a"))
    said, erasing, undoable, listed, choices = panel.on_erase(request("a"))
    assert texts.ERASED.format(people="1 person") in said
    assert erasing.visible is False
    assert undoable == ""
    assert texts.PEOPLE_NONE in listed
    assert choices.choices == []
    assert panel.ctx.session(request("a")).undo.pending() == ()
    assert names(panel, "a") == []
    assert names(panel, "b") == ["Cy"]


def test_a_gallery_that_fails_is_explained(panel, monkeypatch):
    put(panel, "Ada")

    def fail(*_, **__):
        raise ArchiveError("The archive cannot be made.")

    monkeypatch.setattr(exchange, "export_gallery", fail)
    said, file = panel.on_export("", request("a"))
    assert "The archive cannot be made." in said
    assert file == ""
