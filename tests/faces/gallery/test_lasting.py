"""What an acknowledged change survives: killed writers, several at once, and readers all the while."""

from __future__ import annotations

import random
import signal
import subprocess
import sys

import numpy as np
import pytest

from facestyle.faces.gallery import SqliteGallery
from tests.conftest import ROOT
from tests.faces.gallery.conftest import MODEL

SEARCH = {**MODEL, "metric": "squared_euclidean", "top_k": 1}

WRITER = """
import sys
import numpy as np
from facestyle.faces.gallery import SqliteGallery
gallery = SqliteGallery(sys.argv[1])
for i in range(int(sys.argv[3]), int(sys.argv[4])):
    gallery.add(f"{sys.argv[2]} {i}", np.full((1, 8), i + 1, np.float32), model="resnet", preprocessing="mtcnn-1")
    print(i, flush=True)
"""
READER = """
import sys
import numpy as np
from facestyle.faces.gallery import SqliteGallery
seen = 0
with SqliteGallery(sys.argv[1]) as gallery:
    print("ready", flush=True)
    while seen < int(sys.argv[2]):
        people = gallery.list()
        found = gallery.search(
            np.ones((1, 8), np.float32), model="resnet", preprocessing="mtcnn-1", metric="cosine", top_k=10_000
        )
        assert len(people) >= seen and len(found[0]) >= len(people), (len(people), len(found[0]), seen)
        seen = len(people)
"""


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_twenty_killed_writers_lose_nothing_that_was_acknowledged(tmp_path):
    """Two writers at a time, each killed without warning somewhere in its work."""
    path, draw, acknowledged = tmp_path / "gallery.sqlite", random.Random(1), set()
    SqliteGallery(path).close()
    for turn in range(10):
        writers = {f"W{turn}{which}": draw.randint(3, 60) for which in "ab"}
        running = {name: start(WRITER, path, name, 0, 100_000) for name in writers}
        for name, process in running.items():
            for _ in range(writers[name]):
                acknowledged.add(f"{name} {process.stdout.readline().strip()}")
        for name, process in running.items():
            process.send_signal(signal.SIGKILL)
            acknowledged |= {f"{name} {line.strip()}" for line in process.stdout if line.endswith("\n")}
            process.wait()
        with SqliteGallery(path) as gallery:  # whole, or this raises
            stored = {person.name for person in gallery.list()}
            assert gallery.count(**MODEL) == len(stored)
        assert acknowledged <= stored
        assert len(stored) <= len(acknowledged) + 2 * (turn + 1)  # at most the one each was at
    print(f"20 kills: 0 of {len(acknowledged)} acknowledged people lost")
    assert len(acknowledged) > 60
    with SqliteGallery(path) as gallery:
        for name in sorted(acknowledged)[::50]:
            expected = np.full((1, 8), int(name.split()[1]) + 1, np.float32)
            np.testing.assert_array_equal(gallery.embeddings_of(name, **MODEL), expected)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_two_writers_and_eight_readers_see_each_other(tmp_path):
    """No reader ever sees fewer people than before, or a person without embedding."""
    path, each = tmp_path / "gallery.sqlite", 60
    with SqliteGallery(path) as gallery:
        gallery.add("First", np.ones((1, 8), np.float32), **MODEL)
    readers = [start(READER, path, 2 * each + 1) for _ in range(8)]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    writers = [start(WRITER, path, name, 0, each) for name in ("left", "right")]
    assert [len(writer.communicate()[0].split()) for writer in writers] == [each, each]
    assert [process.wait() for process in (*writers, *readers)] == [0] * 10
    with SqliteGallery(path) as gallery:
        assert gallery.count(**MODEL) == 2 * each + 1
        assert gallery._database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
