"""What only a gallery in a file does: last, be shared, forget for good, and refuse damage."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from facestyle.errors import GalleryDamagedError, GalleryError, GalleryUnavailableError
from facestyle.faces.gallery import MemoryGallery, SqliteGallery, schema
from tests.conftest import ROOT
from tests.faces.gallery.conftest import CONSENT, MODEL, vectors

SEARCH = {**MODEL, "metric": "squared_euclidean", "top_k": 5}


def bytes_on_disk(path):
    """The database, its write-ahead log and its shared memory, as they are now."""
    files = [file for suffix in ("", "-wal", "-shm") if (file := path.with_name(path.name + suffix)).exists()]
    return b"".join(file.read_bytes() for file in files)


def names(gallery, probe):
    return [match.name for match in gallery.search(probe, **SEARCH)[0]]


# --- lasting ----------------------------------------------------------------------------------------------------------


def test_people_are_there_after_reopening(path):
    with SqliteGallery(path) as gallery:
        ada = gallery.add("Ada", vectors(3), **MODEL, thumbnail=b"jpeg", consent=CONSENT)
    with SqliteGallery(str(path)) as gallery:
        assert gallery.list() == (ada,)
        np.testing.assert_array_equal(gallery.embeddings_of("ada", **MODEL), vectors(3))
        assert gallery.search(vectors(1), **SEARCH)[0][0].distance == 0.0
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_file_is_a_plain_database_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "new" / "folder #1 100%?" / "gallery.sqlite"
    with SqliteGallery(path) as gallery:
        gallery.add("Ada", vectors(2), **MODEL, consent=CONSENT)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == dict.fromkeys(("gallery.sqlite", "gallery.sqlite-wal", "gallery.sqlite-shm"), 0o600)
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
    assert database.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("SELECT consent, thumbnail FROM person").fetchall() == [(CONSENT.text, None)]
    stored = [row[0] for row in database.execute("SELECT vector FROM embedding ORDER BY id")]
    database.close()
    np.testing.assert_array_equal(np.array([np.frombuffer(row, "<f4") for row in stored]), vectors(2))


def test_commits_are_durable_and_deletion_overwrites(on_disk):
    settings = {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "temp_store": 2, "busy_timeout": 10_000}
    for name, value in settings.items():
        assert on_disk._database.execute(f"PRAGMA {name}").fetchone() == (value,), name


WRITER = """
import sys
from dataclasses import replace
import numpy as np
from facestyle.faces.gallery import SqliteGallery
gallery = SqliteGallery(sys.argv[1])
for i in range(100_000):
    gallery.add(f"P{i}", np.full((1, 8), i + 1, np.float32), model="resnet", preprocessing="mtcnn-1")
    print(i, flush=True)
"""


def test_a_killed_process_loses_nothing_it_had_stored(path):
    with SqliteGallery(path) as here:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, cwd=ROOT)
        stored = 0
        while stored < 20:
            stored = int(writer.stdout.readline()) + 1
        assert names(here, np.full((1, 8), 5, np.float32))[0] == "P4"  # seen while the other process goes on
        writer.send_signal(signal.SIGKILL)
        stored += len(writer.stdout.read().split())
        writer.wait()
        writer.stdout.close()
    with SqliteGallery(path) as gallery:
        assert {f"P{i}" for i in range(stored)} <= {person.name for person in gallery.list()}
        assert names(gallery, np.full((1, 8), stored, np.float32))[0] == f"P{stored - 1}"


# --- sharing ----------------------------------------------------------------------------------------------------------


def test_two_open_galleries_see_each_others_changes(path):
    probe = vectors(1, seed=1)
    with SqliteGallery(path) as one, SqliteGallery(path) as other:
        assert names(one, probe) == names(other, probe) == []
        one.add("Ada", probe, **MODEL)
        assert names(other, probe) == ["Ada"]
        other.add("Grace", vectors(1, seed=2), **MODEL)
        assert names(one, probe) == ["Ada", "Grace"]
        other.rename("Ada", "Augusta")
        assert names(one, probe) == ["Augusta", "Grace"]
        one.remove("Grace")
        assert names(other, probe) == ["Augusta"]
        assert other.list() == one.list()
        other.add("augusta", vectors(1, seed=3), **MODEL)
        assert one.get("Augusta").embeddings == 2
        one.clear()
        assert names(other, probe) == []


def test_the_index_takes_in_only_what_changed(path):
    with SqliteGallery(path) as one, SqliteGallery(path) as other:
        one.add("Ada", vectors(1), **MODEL)
        one.search(vectors(1), **SEARCH)
        (index,) = one._indexes.values()
        other.add("Grace", vectors(1, seed=9), **MODEL)
        one.search(vectors(1), **SEARCH)
        assert one._indexes == {1: index}
        assert len(index) == 2
        held = index.snapshot().chunks[0][0].vectors[:2]
        np.testing.assert_array_equal(held, np.concatenate([vectors(1), vectors(1, seed=9)]))
        one.remove("Grace")
        assert not held[1].any()  # nothing of a removed person stays behind in memory
        assert len(index) == 1


def test_another_programs_lock_is_waited_for_and_then_named(path, monkeypatch):
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.2)
    with SqliteGallery(path) as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(GalleryUnavailableError, match="another program"):
            gallery.add("Grace", vectors(1), **MODEL)
        assert [person.name for person in gallery.list()] == ["Ada"]
        blocker.execute("ROLLBACK")
        blocker.close()
        gallery.add("Grace", vectors(1), **MODEL)


def test_a_failure_halfway_changes_nothing(on_disk, path, monkeypatch):
    on_disk.add("Ada", vectors(1), **MODEL)
    before = on_disk.list()
    on_disk._database.execute(
        "CREATE TEMP TRIGGER fail BEFORE INSERT ON main.embedding BEGIN SELECT raise(ABORT, 'stop'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="stop"):
        on_disk.add("Grace", vectors(1), **MODEL)
    assert on_disk.list() == before
    on_disk._database.execute("DROP TRIGGER fail")
    on_disk.add("Grace", vectors(1), **MODEL)


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_nothing_of_a_removed_person_stays_in_the_file(on_disk, path):
    on_disk.add("Grace", vectors(3, 128, seed=2), **MODEL)
    thumbnail = random.Random(1).randbytes(9_000)
    secret = vectors(5, 128, seed=1)
    on_disk.add("Zebulon Quux", secret, **MODEL, thumbnail=thumbnail, consent=replace(CONSENT, text="Zebulon agrees."))
    traces = [b"Zebulon Quux", b"zebulon quux", b"Zebulon agrees.", thumbnail[:16], thumbnail[5000:5016]]
    traces += [row.tobytes()[at : at + 16] for row in secret for at in (0, 256, 496)]
    assert all(trace in bytes_on_disk(path) for trace in traces)
    on_disk.remove("Zebulon Quux")
    assert not any(trace in bytes_on_disk(path) for trace in traces)
    assert vectors(1, 128, seed=2).tobytes() in bytes_on_disk(path)


def test_nothing_of_an_old_name_or_thumbnail_stays_in_the_file(on_disk, path):
    on_disk.add("Zebulon Quux", vectors(1), **MODEL, thumbnail=b"first thumbnail")
    on_disk.rename("Zebulon Quux", "Ada")
    on_disk.add("Ada", vectors(1), **MODEL, thumbnail=b"second thumbnail")
    left = bytes_on_disk(path)
    assert b"second thumbnail" in left
    assert not any(trace in left for trace in (b"Zebulon", b"zebulon", b"first thumbnail"))


def test_clearing_leaves_nothing_in_the_file(on_disk, path):
    fresh = path.stat().st_size
    for i in range(50):
        on_disk.add(f"Person {i}", vectors(2, seed=i), **MODEL)
    on_disk.clear()
    assert path.stat().st_size == fresh  # written anew, without the pages that were in use
    left = bytes_on_disk(path)
    assert b"erson" not in left.replace(b"person", b"")
    assert not any(row.tobytes() in left for i in range(50) for row in vectors(2, seed=i))


def test_records_that_sqlite_moved_about_leave_no_copies(on_disk, path):
    """However pages were split and merged meanwhile, and however records overflowed them."""
    draw = random.Random(3)
    here, gone = {}, []
    for step in range(150):
        if draw.random() < 0.6 or not here:
            values = np.frombuffer(draw.randbytes(16), np.uint8).astype(np.float32)[None] + 0.123 * step + 1
            thumbnail = draw.randbytes(draw.choice([40, 3000, 9000]))
            name = draw.randbytes(draw.choice([8, 60])).hex()
            on_disk.add(name, values, **MODEL, thumbnail=thumbnail)
            here[name] = [name.encode(), values.tobytes(), thumbnail[:16], thumbnail[-16:]]
        else:
            name = draw.choice(sorted(here))
            if draw.random() < 0.3:
                new = draw.randbytes(draw.choice([8, 60])).hex()
                here[new] = [new.encode(), *here[name][1:]]
                gone += here.pop(name)[:1]
                on_disk.rename(name, new)
            else:
                gone += here.pop(name)
                on_disk.remove(name)
    left = bytes_on_disk(path)
    assert len(gone) > 120
    assert [trace for trace in gone if trace in left] == []
    assert all(trace in left for traces in here.values() for trace in traces)


def test_what_a_reader_holds_up_is_forgotten_later(path, monkeypatch, caplog):
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.2)
    gallery = SqliteGallery(path)
    gallery.add("Zebulon Quux", vectors(1), **MODEL)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT name FROM person").fetchall()
    gallery.remove("Zebulon Quux")
    assert gallery.list() == ()
    assert b"Zebulon" in bytes_on_disk(path)
    assert "until its next change" in caplog.text
    assert "Zebulon" not in caplog.text
    reader.execute("COMMIT")
    gallery.add("Ada", vectors(1), **MODEL)
    assert b"Zebulon" not in bytes_on_disk(path)
    reader.close()
    gallery.close()


def test_a_gallery_in_memory_makes_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with MemoryGallery() as gallery:
        gallery.add("Ada", vectors(1), **MODEL)
        gallery.remove("Ada")
    assert list(tmp_path.iterdir()) == []


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def healthy(path):
    with SqliteGallery(path) as gallery:
        for i in range(60):
            gallery.add(f"P{i}", vectors(3, 128, seed=i), **MODEL)
    return path.read_bytes()


def overwritten(data, start, stop):
    return data[:start] + random.Random(0).randbytes(stop - start) + data[stop:]


DAMAGE = {
    "empty": lambda data: b"",
    "text": lambda data: b"this is not a gallery\n" * 50,
    "stump": lambda data: data[:50],
    "first page only": lambda data: data[:4096],
    "half": lambda data: data[: len(data) // 2],
    "last byte lost": lambda data: data[:-1],
    "header overwritten": lambda data: overwritten(data, 0, 100),
    "tables overwritten": lambda data: overwritten(data, 100, 4096),
    "pages overwritten": lambda data: overwritten(data, 4096, 8 * 4096),
    "end overwritten": lambda data: overwritten(data, len(data) // 2, len(data)),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_named_and_left_as_it_was(path, healthy, kind):
    damaged = DAMAGE[kind](healthy)
    path.write_bytes(damaged)
    with pytest.raises(GalleryDamagedError, match="put back a copy") as caught:
        SqliteGallery(path)
    assert str(path) in caught.value.message
    assert path.read_bytes() == damaged
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_link_to_a_gallery_is_followed(path, healthy, tmp_path):
    link = tmp_path / "link.sqlite"
    link.symlink_to(path)
    with SqliteGallery(link) as gallery, SqliteGallery(path) as same:
        gallery.add("Ada", vectors(1, 128), **MODEL)
        assert same.get("Ada") == gallery.get("Ada")


def test_the_database_of_another_program_is_left_alone(path):
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE person (id TEXT)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(GalleryDamagedError, match="another program"):
        SqliteGallery(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        ("UPDATE embedding SET vector = randomblob(800) WHERE id = 7", "search"),
        ("UPDATE embedding SET vector = zeroblob(length(vector)) WHERE id = 1", "embeddings"),
        ("UPDATE embedding SET vector = zeroblob(length(vector)) WHERE id = 1", "search"),
        ("UPDATE person SET created = 'yesterday'", "list"),
        ("UPDATE person SET name = CAST(x'ff' AS TEXT)", "list"),
        ("DROP TABLE embedding", "list"),
    ],
)
def test_damage_found_later_is_named_too(path, healthy, statement, asked):
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()
    with SqliteGallery(path) as gallery:
        calls = {
            "list": gallery.list,
            "search": lambda: gallery.search(vectors(1, 128), **SEARCH),
            "embeddings": lambda: gallery.embeddings_of("P0", **MODEL),
        }
        with pytest.raises(GalleryDamagedError, match="put back a copy"):
            calls[asked]()


def test_a_newer_gallery_is_left_alone(path, healthy):
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    database.close()
    before = path.read_bytes()
    with pytest.raises(GalleryUnavailableError, match="newer version of facestyle: update"):
        SqliteGallery(path)
    assert path.read_bytes() == before


def test_a_gallery_without_a_known_version_is_damaged(path, healthy):
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 0")
    database.close()
    with pytest.raises(GalleryDamagedError, match="version"):
        SqliteGallery(path)


def test_places_where_no_gallery_can_be(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "gallery.sqlite", tmp_path / "a\0b", tmp_path / ("x" * 300)):
        with pytest.raises(GalleryUnavailableError, match="choose another") as caught:
            SqliteGallery(place)
        assert isinstance(caught.value, GalleryError)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file"]


def test_a_folder_that_may_not_be_written_is_named(path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)  # as the superuser, for whom tests may run, is never refused
    with pytest.raises(GalleryUnavailableError, match=r"Permission denied.*check the path and its permissions"):
        SqliteGallery(path)


def test_a_file_that_may_not_be_written_can_still_be_read(on_disk):
    ada = on_disk.add("Ada", vectors(1), **MODEL)
    on_disk._database.execute("PRAGMA query_only = ON")  # the error that SQLite gives for a read-only file
    for change in (lambda: on_disk.add("Grace", vectors(1), **MODEL), lambda: on_disk.remove("Ada"), on_disk.clear):
        with pytest.raises(GalleryUnavailableError, match="permissions"):
            change()
    assert on_disk.list() == (ada,)
    assert on_disk.search(vectors(1), **SEARCH)[0][0].name == "Ada"


def test_a_full_disk_is_named_and_loses_nothing(on_disk):
    on_disk.add("Ada", vectors(1), **MODEL)
    before = on_disk.list()
    (pages,) = on_disk._database.execute("PRAGMA page_count").fetchone()
    on_disk._database.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to run out of room
    with pytest.raises(GalleryUnavailableError, match="full"):
        on_disk.add("Grace", vectors(500), **MODEL)
    assert on_disk.list() == before
    on_disk._database.execute("PRAGMA max_page_count = 1000000")
    on_disk.add("Grace", vectors(500), **MODEL)


CRAMPED = """
import resource, signal, sys
import numpy as np
from facestyle.errors import GalleryUnavailableError
from facestyle.faces.gallery import SqliteGallery
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
gallery = SqliteGallery(sys.argv[1])
done = 0
try:
    for done in range(1000):
        rows = np.full((20, 128), done + 1, np.float32)
        gallery.add(f"P{done}", rows, model="resnet", preprocessing="mtcnn-1")
except GalleryUnavailableError as error:
    assert "Nothing was changed" in error.message
    assert gallery.count() == done + 1
    print(done, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    gallery.add("Last", rows, model="resnet", preprocessing="mtcnn-1")
gallery.close()
"""


def test_files_that_may_not_grow_refuse_the_enrolment_and_keep_the_rest(path):
    """The system itself refuses to write on; what was acknowledged stays, and it goes on once there is room."""
    with SqliteGallery(path) as gallery:
        gallery.add("First", vectors(20, 128), **MODEL)
    room = path.stat().st_size + 100_000
    code = [sys.executable, "-c", CRAMPED, path, str(room)]
    said = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, check=True)
    done = int(said.stdout)
    assert done > 0
    with SqliteGallery(path) as gallery:
        everybody = {"First", "Last", *(f"P{i}" for i in range(done))}
        assert {person.name for person in gallery.list()} == everybody
        assert gallery.count(**MODEL) == len(everybody)
        assert gallery._database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_many_processes_may_make_the_same_gallery_at_once(path):
    code = (
        "import sys, numpy as np\n"
        "from facestyle.faces.gallery import SqliteGallery\n"
        "with SqliteGallery(sys.argv[1]) as g:\n"
        "    g.add(sys.argv[2], np.ones((1, 4), np.float32), model='m', preprocessing='1')\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, path, f"P{i}"], cwd=ROOT) for i in range(4)]
    assert [process.wait() for process in started] == [0] * 4
    with SqliteGallery(path) as gallery:
        assert [person.name for person in gallery.list()] == ["P0", "P1", "P2", "P3"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]
