"""What is left of somebody who was enrolled on the page: neither name nor embedding nor picture, in any file."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from gradio_client import handle_file

from facestyle.faces.gallery import SqliteGallery
from facestyle.ui import samples, uploads
from tests.ui.fakes import BLUE, RED, picture
from tests.ui.server import Server

NAME = "Zebulon Quux"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where everything goes: the gallery's file, the cache, uploads and other temporary files."""
    for variable, name in {
        "GRADIO_TEMP_DIR": "uploads",
        "TMPDIR": "tmp",
        "SQLITE_TMPDIR": "tmp",
        "XDG_CACHE_HOME": "cache",
        "FACESTYLE_CACHE_DIR": "cache",
    }.items():
        (tmp_path / "all" / name).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(variable, str(tmp_path / "all" / name))
    return tmp_path / "all"


@pytest.fixture
def portrait(tmp_path):
    path = tmp_path / f"{NAME}.png"
    picture(RED, path=path)
    return path


def call(server, client, name, data=(), **event):
    (index,) = server.handlers(name)
    answer = server.call(index, list(data), client.session_hash, **event)
    assert answer["success"], answer
    return answer["data"]


def traces(server, client, portrait):
    """Everything by which the person could be told, as bytes."""
    gallery = server.sessions.get(client.session_hash).gallery
    (record,) = [record for record in gallery.records() if record.name == NAME]
    rows = [row.tobytes() for item in record.sets for row in item.vectors]
    assert record.thumbnail is not None
    names = [text.encode(code) for text in (NAME, NAME.casefold()) for code in ("utf-8", "utf-16-le")]
    pictures = [record.thumbnail, portrait.read_bytes()]
    return [*names, *rows, *(base64.b64encode(row)[:-4] for row in rows), *(each[-64:] for each in pictures)]


def found_in(folder, marks):
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if NAME in file.name or any(mark in file.read_bytes() for mark in marks)]


def enrol_and_export(server, client, portrait):
    client.predict(picture=handle_file(str(portrait)), api_name="/identify")
    client.predict(
        name=NAME, pictures=[handle_file(str(portrait))], consent=True, keep_thumbnail=True, api_name="/enroll"
    )
    call(server, client, "on_table")
    return call(server, client, "on_export", [""])[1]


@pytest.mark.parametrize("how", ["erased", "tab closed", "program ended"])
def test_in_public_nothing_is_left(folder, portrait, how):
    server = Server(public=True)
    try:
        client = server.client()
        archive = enrol_and_export(server, client, portrait)
        marks = traces(server, client, portrait)
        assert found_in(folder, marks)  # the picture that was uploaded
        # an archive that is refused stays for another try
        refused = folder.parent / "theirs.zip"
        refused.write_bytes(base64.b64decode(json.loads(archive)["data"]).replace(b"fake_embedder", b"some_embedder"))
        with refused.open("rb") as file:
            url = f"{server.url}/gradio_api/upload"
            (path,) = httpx.post(url, files={"files": (f"{NAME}.zip", file)}, timeout=30).json()
        meta = {"path": path, "meta": {"_type": "gradio.FileData"}}
        assert "Nothing was imported" in call(server, client, "on_import", [meta, ""])[0]
        assert len(found_in(folder, marks)) >= 2
        match how:
            case "erased":
                call(server, client, "on_erase")
            case "tab closed":
                server.sessions.forget(client.session_hash)
            case "program ended":
                server.sessions.close()
        assert found_in(folder, marks) == []
    finally:
        server.close()


@pytest.mark.parametrize("how", ["deleted", "erased", "expired"])
def test_on_this_machine_no_file_has_name_or_embedding(folder, portrait, how):
    path = folder / "gallery" / "people.sqlite"
    clock_ahead = timedelta(0)

    def open_here():
        from facestyle.faces.gallery.checks import utc_now

        return SqliteGallery(path, keep_backups=2, retention=timedelta(days=30), clock=lambda: utc_now() + clock_ahead)

    server = Server(public=False, local=open_here, gallery=str(path))
    try:
        client = server.client()
        enrol_and_export(server, client, portrait)
        other = portrait.with_name("other.png")
        picture(BLUE, path=other)
        added = client.predict(name="Grace", pictures=[handle_file(str(other))], consent=True, api_name="/enroll")
        assert "error" not in added
        marks = traces(server, client, portrait)[:-1]  # the upload itself goes with the tab, or within the hour
        server.sessions.get(client.session_hash).gallery.backup()
        assert len(found_in(folder / "gallery", marks)) >= 2
        person = server.sessions.get(client.session_hash).gallery.get(NAME).id
        match how:
            case "deleted":
                call(server, client, "on_people", action="delete", id=person)
                call(server, client, "on_confirm", [""])
            case "erased":
                call(server, client, "on_erase")
            case "expired":
                clock_ahead = timedelta(days=31)
                server.sessions.sweep()
        assert found_in(folder / "gallery", marks) == []
        server.sessions.forget(client.session_hash)
        assert found_in(folder, marks) == []
    finally:
        server.close()
    assert found_in(folder, marks) == []


def test_only_the_very_file_that_was_uploaded_is_discarded(folder, portrait):
    first, second = (folder / "uploads" / name / "a.png" for name in ("digest", "other"))
    for upload in (first, second):
        upload.parent.mkdir()
        upload.write_bytes(b"x")
    noted = {}
    for path in (first, second, portrait, folder / "none", Path("a\0b"), Path()):
        uploads.note(noted, path)
    assert len(noted) == 2
    again = folder / "again.png"
    again.write_bytes(b"x")
    again.replace(second)  # another visitor uploads the same picture
    uploads.discard(noted)
    assert noted == {}
    assert not first.exists()
    assert second.exists()
    assert portrait.exists()


def test_two_visitors_with_the_same_picture_do_not_meet(folder, portrait):
    server = Server(public=True)
    try:
        for _ in range(3):
            one, other = server.client(), server.client()
            one.predict(name=NAME, pictures=[handle_file(str(portrait))], consent=True, api_name="/enroll")
            url = f"{server.url}/gradio_api/upload"
            with portrait.open("rb") as file:
                (path,) = httpx.post(url, files={"files": (portrait.name, file)}, timeout=30).json()
            server.sessions.forget(one.session_hash)
            picture_there = {"path": path, "meta": {"_type": "gradio.FileData"}}
            found = other.predict(picture=picture_there, api_name="/identify")
            assert len(found["faces"]) == 1
    finally:
        server.close()


def test_a_sample_that_somebody_uploads_stays_for_all(folder):
    """The page's own copy of it lies at the same place, under the hash of the same content."""
    sample = Path(samples.path("hopper"))
    kept, altered = (folder / "uploads" / name / sample.name for name in ("digest", "other"))
    for upload, content in ((kept, sample.read_bytes()), (altered, sample.read_bytes()[:-1])):
        upload.parent.mkdir()
        upload.write_bytes(content)
    noted = {}
    for upload in (kept, altered):
        uploads.note(noted, upload)
    uploads.discard(noted)
    assert kept.exists()
    assert not altered.exists()
