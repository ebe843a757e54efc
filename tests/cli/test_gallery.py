"""`gallery`, from the terminal's side: pages, archives, backups."""

from __future__ import annotations

import getpass
import io
import json
import sqlite3
import sys

import numpy as np
import pytest

from facestyle.faces.gallery import SqliteGallery, schema
from facestyle.faces.gallery.backups import copies

MODEL = {"model": "dlib_resnet", "preprocessing": "test"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gallery.sqlite"


@pytest.fixture
def people(path):
    with SqliteGallery(path) as gallery:
        for i, name in enumerate(["Ada", "Grace", "Mary", "Adam"]):
            gallery.add(name, np.full((1, 8), i + 1, np.float32), **MODEL)


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery\n")
    return file


def listed(run_json, *arguments):
    return [person["name"] for person in run_json("gallery", "list", *arguments)[1]["people"]]


@pytest.mark.usefixtures("people")
def test_list_searches_sorts_and_pages(run, run_json):
    assert listed(run_json, "--search", "ad") == ["Ada", "Adam"]
    assert listed(run_json, "--sort", "oldest") == ["Ada", "Grace", "Mary", "Adam"]
    assert listed(run_json, "--limit", 2, "--offset", 1) == ["Adam", "Grace"]
    assert run_json("gallery", "list", "--limit", 1)[1]["total"] == 4
    assert "1 of 4 people" in run("gallery", "list", "--limit", 1)[1]
    assert "Nobody of that name" in run("gallery", "list", "--search", "zoe")[1]
    assert run_json("gallery", "list", "--limit", -1)[1]["error"]["code"] == "invalid_request"


@pytest.mark.usefixtures("people")
def test_the_time_until_people_are_forgotten_is_shown(run, run_json, monkeypatch):
    assert run_json("gallery", "list")[1]["people"][0]["expires"] is None
    monkeypatch.setenv("FACESTYLE_GALLERY_DAYS", "7")
    before = run_json("gallery", "list")[1]["people"][0]["expires"]  # the time begins when there is one
    assert before is not None
    assert run_json("gallery", "list")[1]["people"][0]["expires"] == before
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACESTYLE_GALLERY_DAYS", "-1")
        assert run_json("gallery", "list")[1]["error"]["code"] == "invalid_request"


@pytest.mark.usefixtures("people")
def test_a_gallery_is_exported_and_imported_elsewhere(run, run_json, tmp_path):
    file, other = tmp_path / "people.zip", tmp_path / "other.sqlite"
    status, _, err = run("gallery", "export", file)
    assert status == 0
    assert "not encrypted" in err
    assert run_json("gallery", "import", file, "--gallery", f"sqlite:///{other}")[1] == {"imported": 4, "people": 4}
    assert listed(run_json, "--gallery", other) == ["Ada", "Adam", "Grace", "Mary"]
    assert run_json("gallery", "import", file, "--model", "sface")[1]["error"]["code"] == "archive_error"
    assert run_json("gallery", "export", file)[1]["error"]["code"] == "archive_error"  # is there already
    assert run_json("gallery", "import", tmp_path / "nothing")[1]["error"]["code"] == "archive_error"


@pytest.mark.usefixtures("people")
def test_an_encrypted_export_needs_its_passphrase(run, run_json, tmp_path, passphrase, monkeypatch):
    file, other = tmp_path / "sealed", tmp_path / "other.sqlite"
    assert run_json("gallery", "export", file, "--encrypt")[1]["error"]["code"] == "passphrase"
    assert not file.exists()
    status, out, err = run("gallery", "export", file, "--passphrase-file", passphrase, "--json")
    assert (status, json.loads(out)["encrypted"], err) == (0, True, "")
    assert b"Grace" not in file.read_bytes()
    assert run_json("gallery", "import", file, "--gallery", other)[1]["error"]["code"] == "passphrase"
    monkeypatch.setenv("FACESTYLE_GALLERY_PASSPHRASE", "wrong horse battery")
    assert run_json("gallery", "import", file, "--gallery", other)[1]["error"]["code"] == "passphrase"
    imported = run_json("gallery", "import", file, "--gallery", other, "--passphrase-file", passphrase)[1]
    assert imported == {"imported": 4, "people": 4}
    passphrase.write_text("\n")
    assert run_json("gallery", "export", tmp_path / "b", "--passphrase-file", passphrase)[0] == 2


@pytest.mark.usefixtures("people")
def test_a_passphrase_is_typed_twice(run_json, tmp_path, monkeypatch):
    typed = iter(["correct horse", "correct house"])
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(typed))
    assert "differ" in run_json("gallery", "export", tmp_path / "sealed", "--encrypt")[1]["error"]["message"]
    assert not (tmp_path / "sealed").exists()


@pytest.mark.usefixtures("people")
def test_a_table_is_for_people(run, run_json, tmp_path):
    file = tmp_path / "people.csv"
    assert run("gallery", "export", file)[0] == 0
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("name,enrolled")
    assert [line.split(",")[0] for line in lines[1:]] == ["Ada", "Adam", "Grace", "Mary"]
    assert run_json("gallery", "export", tmp_path / "b.csv", "--encrypt")[1]["error"]["code"] == "invalid_request"


@pytest.mark.usefixtures("people")
def test_a_backup_is_put_back(run_json, path, tmp_path):
    assert run_json("gallery", "backup", tmp_path / "copy")[0] == 0
    beside = run_json("gallery", "backup")[1]["backup"]
    assert [str(copy) for copy in copies(path)] == [beside]
    path.write_bytes(b"ruined")
    assert run_json("gallery", "list")[1]["error"]["code"] == "gallery_damaged"
    restored = run_json("gallery", "restore")[1]
    assert restored["restored"] == beside
    assert listed(run_json) == ["Ada", "Adam", "Grace", "Mary"]
    run_json("gallery", "delete", "Mary")
    assert copies(path) == []
    assert run_json("gallery", "restore")[1]["error"]["code"] == "backup_missing"
    assert run_json("gallery", "restore", tmp_path / "copy")[0] == 0
    assert "Mary" in listed(run_json)


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_only_files_are_backed_up(run_json, verb):
    status, answer = run_json("gallery", verb, "--gallery", "memory")
    assert (status, answer["error"]["code"]) == (2, "invalid_request")


@pytest.mark.usefixtures("people")
def test_a_gallery_is_brought_to_this_version_and_copied(run_json, path, tmp_path):
    assert run_json("gallery", "migrate")[1] == {"from_version": None}
    other = tmp_path / "other.sqlite"
    assert run_json("gallery", "migrate", "--to", other)[1] == {"from_version": None, "copied": 4}
    assert listed(run_json, "--gallery", other) == listed(run_json)
    assert run_json("gallery", "migrate", "--to", path)[1]["error"]["code"] == "invalid_request"
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    database.close()
    assert run_json("gallery", "migrate")[1]["error"]["code"] == "gallery_unavailable"


@pytest.mark.parametrize(
    "place", ["ftp://host/gallery", "milvus://", "milvus://user:word@host", "milvus://host:port", "sqlite://x", " "]
)
def test_what_is_no_place_of_a_gallery_is_refused(run_json, place):
    status, answer = run_json("gallery", "list", "--gallery", place)
    assert (status, answer["error"]["code"]) == (2, "invalid_request")
    assert "word@" not in answer["error"]["message"]


@pytest.mark.usefixtures("people")
def test_everybody_is_forgotten_only_when_that_is_said(run, run_json, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))  # a script's input is no answer
    status, answer = run_json("gallery", "clear")
    assert (status, answer["error"]["code"]) == (2, "invalid_request")
    assert "--yes" in answer["error"]["message"]
    for typed, status in (("no\n", 2), ("", 2), ("yes\n", 0)):
        terminal = io.StringIO(typed)
        terminal.isatty = lambda: True
        monkeypatch.setattr("sys.stdin", terminal)
        before = len(listed(run_json))
        done, out, said = run("gallery", "clear")
        assert done == status
        assert "Forget 4 people for good?" in said
        assert len(listed(run_json)) == (before if status else 0)
    assert out.strip() == "4 people forgotten."


@pytest.mark.usefixtures("people")
def test_names_that_look_like_options_and_formulas(run, run_json, tmp_path):
    assert run("gallery", "rename", "--", "Ada", "-1+1")[1] == "Renamed to -1+1.\n"
    assert run_json("gallery", "rename", "Adam", "\x1b[31mAdam")[1]["error"]["code"] == "invalid_name"
    assert run("gallery", "export", tmp_path / "people.csv")[1].startswith("4 people in ")
    assert "\n'-1+1," in (tmp_path / "people.csv").read_text(encoding="utf-8-sig")
    assert run("gallery", "delete", "--", "-1+1")[1] == "-1+1 is forgotten.\n"
