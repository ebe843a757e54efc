"""A disk that takes nothing more: people are still recognised, changes are refused, nobody is kept too long."""

from datetime import timedelta

import numpy as np
import pytest

from facestyle.errors import GalleryUnavailableError
from facestyle.faces.gallery import SqliteGallery
from facestyle.faces.gallery.checks import utc_now
from tests.faces.gallery.conftest import MODEL
from tests.full_disk import full_disk

ROWS = np.eye(2, 512, dtype=np.float32)


@pytest.fixture
def path(tmp_path):
    with SqliteGallery(tmp_path / "gallery.sqlite") as gallery:
        for name, row in zip(("Ada", "Grace"), ROWS, strict=True):
            gallery.add(name, row[None], **MODEL)
    return gallery.path


def names(gallery):
    """As the list has them, and as they are recognised."""
    found = gallery.search(ROWS, metric="cosine", top_k=1, **MODEL)
    listed = [person.name for person in gallery.list()]
    assert [match.name for matches in found for match in matches] == listed
    return listed


def refused(gallery):
    for change in (
        lambda: gallery.add("Mary", ROWS[:1], **MODEL),
        lambda: gallery.rename("Ada", "Mary"),
        lambda: gallery.remove("Ada"),
        gallery.clear,
    ):
        with pytest.raises(GalleryUnavailableError, match="Nothing was changed"):
            change()


def test_a_gallery_that_is_opened_then(path):
    with full_disk():
        gallery = SqliteGallery(path, keep_backups=1)
        assert names(gallery) == ["Ada", "Grace"]
        refused(gallery)
        assert names(gallery) == ["Ada", "Grace"]
    gallery.add("Mary", ROWS[:1], **MODEL)  # as soon as there is room
    gallery.remove("Ada")
    gallery.close()
    with SqliteGallery(path) as gallery:
        assert [person.name for person in gallery.list()] == ["Grace", "Mary"]


def test_a_gallery_that_was_open(path):
    with SqliteGallery(path) as gallery:
        assert names(gallery) == ["Ada", "Grace"]
        with full_disk():
            refused(gallery)
            assert names(gallery) == ["Ada", "Grace"]
        gallery.remove("Ada")
        assert [person.name for person in gallery.list()] == ["Grace"]


@pytest.mark.parametrize("opened", ["before", "then"])
def test_whose_time_is_over_is_not_recognised(path, opened):
    now = utc_now()
    days = {"retention": timedelta(days=30), "clock": lambda: now}
    gallery = SqliteGallery(path, **days)
    if opened == "then":
        gallery.close()
    with full_disk():
        if opened == "then":
            gallery = SqliteGallery(path, **days)
        assert names(gallery) == ["Ada", "Grace"]
        now += timedelta(days=31)
        assert gallery.list() == ()
        assert gallery.count() == 0
        with pytest.raises(GalleryUnavailableError):
            gallery.add("Mary", ROWS[:1], **MODEL)
        assert gallery.list() == ()
    gallery.add("Mary", ROWS[:1], **MODEL)
    gallery.close()
    assert b"Grace" not in path.read_bytes()


def test_what_others_change_meanwhile_is_seen(path):
    with full_disk():
        gallery = SqliteGallery(path)
        assert names(gallery) == ["Ada", "Grace"]
    with SqliteGallery(path) as other:
        other.remove("Ada")
    assert [person.name for person in gallery.list()] == ["Grace"]
    gallery.close()
