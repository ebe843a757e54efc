"""Copies of a gallery's file: made, rotated, put back, destroyed; and files of an older version."""

from __future__ import annotations

import logging
import sqlite3
import stat
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from facestyle.errors import BackupMissingError, GalleryDamagedError, GalleryUnavailableError
from facestyle.faces.gallery import SqliteGallery, backups, schema
from facestyle.faces.gallery.sqlite import restore
from tests.faces.gallery.conftest import CONSENT, MODEL, NOW, FakeClock, vectors

SEARCH = {**MODEL, "metric": "squared_euclidean", "top_k": 5}


def names(path):
    with SqliteGallery(path) as gallery:
        return [person.name for person in gallery.list()]


def files(path):
    return sorted(file.name for file in path.parent.iterdir())


# --- backing up and putting back --------------------------------------------------------------------------------------


def test_a_backup_is_a_whole_gallery_made_in_use(on_disk, path, tmp_path):
    on_disk.add("Ada", vectors(3), **MODEL)
    beside = on_disk.backup()
    elsewhere = on_disk.backup(tmp_path / "new" / "copy.sqlite")
    on_disk.add("Grace", vectors(1), **MODEL)
    assert beside.parent == path.parent
    assert backups.copies(path) == [beside]
    for copy in (beside, elsewhere):
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert names(copy) == ["Ada"]
    with pytest.raises(GalleryUnavailableError, match="File exists"):
        on_disk.backup(elsewhere)
    with pytest.raises(GalleryUnavailableError):
        on_disk.backup(tmp_path / "gallery.sqlite" / "copy")
    assert not list(tmp_path.rglob(".*"))


def test_backups_are_made_when_asked_for_and_rotated(path):
    with SqliteGallery(path):
        pass
    assert backups.copies(path) == []
    for i in range(4):
        with SqliteGallery(path, keep_backups=2) as gallery:
            gallery.add(f"P{i}", vectors(1, seed=i), **MODEL)
    newest, older = backups.copies(path)
    assert names(newest) == ["P0", "P1", "P2", "P3"]
    assert newest.name > older.name
    before = backups.copies(path)
    with SqliteGallery(path, keep_backups=2) as gallery:
        opened = backups.copies(path)
        gallery.list()
    assert backups.copies(path) == opened  # nothing changed since it was opened
    assert opened[1] == before[0]


def test_a_disk_without_room_for_a_backup_keeps_nobody_from_enrolling(path, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "back_up", full)
    with SqliteGallery(path, keep_backups=1) as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        with pytest.raises(GalleryUnavailableError, match="No space left"):
            gallery.backup()
    assert "no backup was made" in caplog.text
    assert names(path) == ["Ada"]


@pytest.mark.parametrize("damage", [b"", b"nothing", None])
def test_the_last_good_copy_replaces_a_damaged_file(path, damage):
    with SqliteGallery(path, keep_backups=1) as gallery:
        gallery.add("Ada", vectors(3), **MODEL, consent=CONSENT)
        ada = gallery.get("Ada")
    (backup,) = backups.copies(path)
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
        with pytest.raises(GalleryDamagedError, match="gallery restore"):
            SqliteGallery(path)
    used, aside = restore(path)
    assert used == backup
    assert (aside is None) == (damage is None)
    if aside is not None:
        assert aside.read_bytes() == damage
    with SqliteGallery(path) as gallery:
        assert gallery.list() == (ada,)
        np.testing.assert_array_equal(gallery.embeddings_of("Ada", **MODEL), vectors(3))


def test_a_damaged_backup_is_passed_over_or_named(path, tmp_path):
    with SqliteGallery(path) as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        good = gallery.backup()
        bad = gallery.backup()
    bad.write_bytes(bad.read_bytes()[:-5000])
    before = path.read_bytes()
    with pytest.raises(GalleryDamagedError, match="its end is missing"):
        restore(path, bad)
    with pytest.raises(GalleryUnavailableError):
        restore(path, tmp_path / "nothing")
    assert path.read_bytes() == before
    assert restore(path)[0] == good
    good.unlink()
    with pytest.raises(BackupMissingError, match="that is whole"):
        restore(path)
    bad.unlink()
    with pytest.raises(BackupMissingError, match="no backup:"):
        restore(path)
    assert names(path) == ["Ada"]


def test_whoever_has_a_replaced_gallery_open_is_told(path):
    gallery = SqliteGallery(path)
    gallery.add("Ada", vectors(1), **MODEL)
    gallery.backup()
    restore(path)
    for call in (gallery.list, lambda: gallery.add("Lost", vectors(1), **MODEL), gallery.backup):
        with pytest.raises(GalleryUnavailableError, match="replaced while it was open"):
            call()
    gallery.close()
    assert names(path) == ["Ada"]


# --- forgetting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["removed", "cleared", "expired", "renamed"])
def test_no_file_anywhere_holds_what_was_forgotten(tmp_path, monkeypatch, how):
    """The store, its backups, a replaced file, the cache and the temporary folder, byte by byte."""
    for variable, folder in {"TMPDIR": "tmp", "SQLITE_TMPDIR": "tmp", "XDG_CACHE_HOME": "cache"}.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.setenv(variable, str(tmp_path / folder))
    path = tmp_path / "store" / "gallery.sqlite"
    clock, secret = FakeClock(), vectors(4, 128, seed=1)
    gallery = SqliteGallery(path, keep_backups=3, retention=timedelta(days=30), clock=clock)
    gallery.add("Zebulon Quux", secret, **MODEL, thumbnail=b"a secret thumbnail", consent=CONSENT)
    gallery.search(secret, **SEARCH)
    gallery.backup()
    gallery.close()
    restore(path)
    gallery = SqliteGallery(path, keep_backups=3, retention=timedelta(days=30), clock=clock)
    clock.now += timedelta(days=15)
    gallery.add("Grace", vectors(2, 128, seed=2), **MODEL)
    gallery.search(secret, **SEARCH)
    traces = [b"Zebulon", b"zebulon"]
    if how != "renamed":
        traces += [b"a secret thumbnail", *(row.tobytes()[at : at + 16] for row in secret for at in (0, 256, 496))]
    assert sum(trace in file.read_bytes() for file in path.parent.iterdir() for trace in traces) > 3 * len(traces)
    match how:
        case "removed":
            gallery.remove("Zebulon Quux")
        case "cleared":
            gallery.clear()
        case "expired":
            clock.now += timedelta(days=15)
            assert gallery.expire() == 1
        case "renamed":
            gallery.rename("Zebulon Quux", "Mary")
    for _ in range(2):
        found = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert len(found) >= 2
        assert [(file.name, trace) for file in found for trace in traces if trace in file.read_bytes()] == []
        gallery.close()
    with SqliteGallery(path) as again:
        assert [person.name for person in again.list()] == {"cleared": [], "renamed": ["Grace", "Mary"]}.get(
            how, ["Grace"]
        )
    (copy,) = backups.copies(path)[:1]
    assert len(names(copy)) == len(names(path))


def test_a_file_of_the_same_beginning_is_not_taken_for_a_copy(path):
    path.parent.mkdir(exist_ok=True)
    other = path.with_name("gallery.sqlite.backup-mine")
    other.write_text("mine")
    with SqliteGallery(path) as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        gallery.remove("Ada")
    assert other.read_text() == "mine"


# --- older versions ---------------------------------------------------------------------------------------------------

VERSION_1 = """
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    consent TEXT,
    thumbnail BLOB
);
CREATE TABLE embedding (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    created TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    vector BLOB NOT NULL CHECK (length(vector) = 4 * dimension)
);
CREATE INDEX embedding_person ON embedding (person, model);
CREATE INDEX embedding_model ON embedding (model, preprocessing, dimension);
"""


@pytest.fixture
def version_1(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 1; {VERSION_1}")
    for i in range(40):
        when = (NOW - timedelta(days=i)).isoformat()
        person = (f"{i:032x}", f"Person {i}", f"person {i}", when, "I agree." if i % 2 else None, b"jpeg")
        database.execute("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", person)
        for model, dimension in (("resnet", 8), ("facenet", 4)):
            for row in vectors(2, dimension, seed=i):
                database.execute(
                    "INSERT INTO embedding (person, model, preprocessing, created, dimension, vector)"
                    " VALUES (?, ?, 'mtcnn-1', ?, ?, ?)",
                    (person[0], model, when, dimension, row.tobytes()),
                )
    database.close()
    return path


def test_an_older_file_is_brought_to_this_version_with_a_backup(version_1):
    path, before = version_1, version_1.read_bytes()
    with SqliteGallery(path) as gallery:
        assert gallery.migrated == 1
        assert gallery.count() == gallery.count(**MODEL) == 40
        ada = gallery.get("PERSON 7")
        assert (ada.id, ada.embeddings, ada.models) == (f"{7:032x}", 4, ("facenet", "resnet"))
        assert (ada.created, ada.expires, ada.thumbnail) == (NOW - timedelta(days=7), None, b"jpeg")
        assert (ada.consent.text, ada.consent.version, ada.consent.given) == ("I agree.", "1", ada.created)
        assert gallery.get("Person 8").consent is None
        np.testing.assert_array_equal(gallery.embeddings_of("Person 9", **MODEL), vectors(2, seed=9))
        assert gallery.search(vectors(1, seed=9), **SEARCH)[0][0].name == "Person 9"
        gallery.add("Grace", vectors(1), **MODEL)
        assert gallery._database.execute("PRAGMA foreign_key_check").fetchall() == []
    (backup,) = backups.copies(path)
    database = sqlite3.connect(backup)
    assert database.execute("SELECT count(*) FROM embedding").fetchone() == (160,)
    assert database.execute("PRAGMA user_version").fetchone() == (1,)
    database.close()
    with SqliteGallery(path) as gallery:
        assert gallery.migrated is None
        gallery.remove("Person 7")
    assert backups.copies(path) == []  # it would still hold Person 7
    assert b"Person 7" in before
    assert not any(b"Person 7" in file.read_bytes() for file in path.parent.iterdir())


def test_a_migration_that_fails_leaves_the_file_as_it_was(version_1):
    database = sqlite3.connect(version_1)
    database.execute("UPDATE person SET created = 'yesterday' WHERE key = 'person 30'")
    database.commit()
    database.close()
    with pytest.raises(GalleryDamagedError):
        SqliteGallery(version_1)
    database = sqlite3.connect(version_1)
    assert database.execute("PRAGMA user_version").fetchone() == (1,)
    assert database.execute("SELECT count(*) FROM person").fetchone() == (40,)
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    assert tables == ["embedding", "person"]
    database.close()


def test_a_migrated_backup_can_be_put_back(version_1):
    with SqliteGallery(version_1) as gallery:
        gallery.add("Grace", vectors(1), **MODEL)
    restore(version_1)
    assert len(names(version_1)) == 40


def test_time_runs_out_for_whoever_only_reads(path):
    """Two programs, one file: whoever comes first after the end forgets the person for both."""
    with SqliteGallery(path, retention=timedelta(seconds=0.5)) as one, SqliteGallery(path) as other:
        end = one.add("Ada", vectors(1), **MODEL).expires
        assert other.search(vectors(1), **SEARCH)[0][0].name == "Ada"
        time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 0.01)
        assert other.search(vectors(1), **SEARCH) == [()]
        assert one.list() == ()


def test_logs_name_nobody(path, caplog):
    caplog.set_level(logging.DEBUG)
    with SqliteGallery(path, keep_backups=1) as gallery:
        gallery.add("Zebulon", vectors(1), **MODEL)
        gallery.rename("Zebulon", "Quux")
        gallery.remove("Quux")
    assert "Zebulon" not in caplog.text
    assert "Quux" not in caplog.text
