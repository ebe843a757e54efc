"""What only a gallery on a Milvus server does: be signed in to, be shared by replicas, and be away."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from facestyle.errors import (
    GalleryDriverMissingError,
    GalleryUnavailableError,
    NameTakenError,
    UnknownPersonError,
)
from facestyle.faces.gallery import EmbeddingSet, MemoryGallery, Record, open_gallery
from facestyle.faces.gallery.archive import export_gallery, import_gallery
from facestyle.faces.gallery.milvus_enrolment import Enrolment
from facestyle.faces.similarity import METRICS
from facestyle.settings import Settings
from tests.conftest import ROOT
from tests.faces.gallery.conftest import CONSENT, MODEL, vectors


def test_without_its_package_the_driver_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(GalleryDriverMissingError, match="pip install pymilvus"):
        open_gallery(Settings(gallery="milvus://127.0.0.1:19530"))


def test_a_server_that_is_away_is_named_without_the_token(monkeypatch):
    monkeypatch.setattr("facestyle.faces.gallery.milvus_tables._TIMEOUT_S", 0.5)
    with pytest.raises(GalleryUnavailableError, match="check that the server runs") as caught:
        open_gallery(Settings(gallery="milvus://127.0.0.1:9", gallery_token="root:secret"))  # noqa: S106
    assert "milvus://127.0.0.1:9" in caught.value.message
    assert "secret" not in caught.value.message


@pytest.fixture
def settings(server) -> Settings:
    """Of a real standalone server, which wants a password and talks TLS."""
    return Settings(
        gallery=server["address"].replace("https", "milvus"),
        gallery_tls=True,
        gallery_tls_ca=server["authority"],
        gallery_token=server["token"],
    )


def record(name, count, seed, **facts):
    return Record(name, (EmbeddingSet(**MODEL, vectors=vectors(count, seed=seed)),), **facts)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_replicas_share_a_server_and_two_namespaces_do_not(settings):
    people = [
        record(f"{'Pp'[i % 2]}erson {i}", 1 + i % 3, 100 + i, thumbnail=b"jpeg", consent=CONSENT) for i in range(9)
    ]
    with open_gallery(settings) as one, open_gallery(settings) as other, open_gallery(settings, namespace="b") as apart:
        with MemoryGallery() as expected:
            stored, wanted = one.upsert(people), expected.upsert(people)
            assert [(p.name, p.embeddings, p.consent, p.thumbnail) for p in stored] == [
                (p.name, p.embeddings, p.consent, p.thumbnail) for p in wanted
            ]
            probes = np.concatenate([vectors(2, seed=1), vectors(1, seed=103)])
            for metric in METRICS:
                for mean in (False, True):
                    found, right = (
                        gallery.search(probes, metric=metric, top_k=4, mean=mean, **MODEL)
                        for gallery in (other, expected)
                    )
                    assert [[(m.name, m.distance) for m in matches] for matches in found] == [
                        [(m.name, m.distance) for m in matches] for matches in right
                    ]
        assert [p.name for p in other.list(search="PERSON", limit=2, offset=1)] == ["person 1", "Person 2"]
        assert apart.list() == ()
        assert apart.search(probes, metric="cosine", top_k=1, **MODEL) == [(), (), ()]
        with pytest.raises(UnknownPersonError):
            apart.remove(stored[0].id)
        apart.add("Person 0", vectors(1, 4), **MODEL)  # the same name, and a length of its own

        assert other.rename("Person 0", 'Ada "\\" 山田').id == stored[0].id
        assert one.get('ADA "\\" 山田').embeddings == 1
        with pytest.raises(NameTakenError):
            one.rename("Person 2", "PERSON 4")
        other.remove("Person 4")
        assert one.count(**MODEL) == 8
        np.testing.assert_array_equal(one.embeddings_of("person 5", **MODEL), vectors(3, seed=105))

        archive = export_gallery(one)
        assert one.clear() == 8
        assert other.list() == ()
        assert len(import_gallery(other, archive, models=["resnet"])) == 8
        one.upsert([record("Soon", 1, 7, expires=datetime.now(UTC) + timedelta(seconds=3))])
        time.sleep(3)
        assert other.list(search="soon") == ()
        assert (one.clear(), apart.clear()) == (8, 1)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_replicas_that_enrol_one_name_at_once_end_with_one_person(settings, monkeypatch):
    with open_gallery(settings, namespace="c") as one, open_gallery(settings, namespace="c") as other:
        holders, late = Enrolment._holders, []

        def nobody_at_first(self, keys):
            if self is one._enrolment and not late:
                late.append(other.add("Ada", vectors(1, seed=1), **MODEL))
                return {}
            return holders(self, keys)

        monkeypatch.setattr(Enrolment, "_holders", nobody_at_first)
        _, ada, _ = one.upsert([record("Before", 1, 5), record("ada", 1, 2), record("After", 1, 6)])
        assert (ada.id, ada.embeddings) == (late[0].id, 2)
        assert [person.name for person in other.list()] == ["Ada", "After", "Before"]
        assert len(other.embeddings_of(ada.id, **MODEL)) == 2
        assert one.clear() == 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_people_come_in_by_few_requests(settings, monkeypatch):
    """A thousand people must not take a thousand times as long as one."""
    people = [record(f"{'Pp'[i % 2]}erson {i}", 1 + i % 3, 100 + i) for i in range(1200)]
    with open_gallery(settings, namespace="d") as gallery, MemoryGallery() as expected:
        requests, tables = [], gallery._tables
        for name in ("put", "rows", "delete", "any"):
            do = getattr(tables, name)
            monkeypatch.setattr(tables, name, lambda *a, _do=do, **b: requests.append(1) or _do(*a, **b))
        twice = [*people, record("PERSON 7", 1, 9999), *people[:600]]
        stored, wanted = gallery.upsert(twice), expected.upsert(twice)
        assert len(requests) < 60
        assert [(p.name, p.embeddings) for p in stored] == [(p.name, p.embeddings) for p in wanted]
        assert gallery.count(**MODEL) == 1200
        for name in ("person 7", "Person 1198"):
            np.testing.assert_array_equal(gallery.embeddings_of(name, **MODEL), expected.embeddings_of(name, **MODEL))
        assert gallery.clear() == 1200


OPEN = """
import sys
from facestyle.errors import GalleryUnavailableError
from facestyle.faces.gallery import open_gallery
from facestyle.settings import Settings
try:
    open_gallery(Settings()).close()
except GalleryUnavailableError as error:
    print(error.message)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, False),
        ({"FACESTYLE_GALLERY_TOKEN": "root:secret"}, True),
        ({"FACESTYLE_GALLERY_TOKEN": ""}, True),
        ({"FACESTYLE_GALLERY_TLS": "false", "FACESTYLE_GALLERY_TLS_CA": ""}, True),
        ({"FACESTYLE_GALLERY_TLS_CA": ""}, True),  # who signed the certificate is then unknown
    ],
)
def test_only_who_signs_in_over_tls_gets_in(server, settings, changed, refused):
    """Each in a process of its own, as pymilvus shares connections."""
    variables = {
        "FACESTYLE_GALLERY": settings.gallery,
        "FACESTYLE_GALLERY_TOKEN": server["token"],
        "FACESTYLE_GALLERY_TLS": "true",
        "FACESTYLE_GALLERY_TLS_CA": str(server["authority"]),
        **changed,
    }
    given = {name: value for name, value in (os.environ | variables).items() if value or name not in variables}
    said = subprocess.run([sys.executable, "-c", OPEN], cwd=ROOT, env=given, capture_output=True, text=True, check=True)
    assert ("check that the server runs, its address and FACESTYLE_GALLERY_TOKEN" in said.stdout) == refused
    assert "secret" not in said.stdout


STARTER = """
import json, time
from tests.faces.gallery.milvus_server import running_server
with running_server() as found:
    print(json.dumps(found), flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_servers_of_two_runs_do_not_meet_and_end_with_whoever_is_killed(server):
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    other = json.loads(starter.stdout.readline())
    folder = Path(other["authority"]).parent
    assert f":{other['port']}" not in server["address"]
    assert folder.is_dir()
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    until = time.monotonic() + 60
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", other["port"]), 5).close()
