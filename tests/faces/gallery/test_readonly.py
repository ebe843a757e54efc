"""A gallery that can be searched and not changed."""

import inspect

import numpy as np
import pytest

from facestyle.errors import GalleryError, NotAllowedError
from facestyle.faces.gallery import EmbeddingSet, Gallery, MemoryGallery, Record
from facestyle.faces.gallery.readonly import ReadOnlyGallery
from tests.faces.gallery.conftest import MODEL, vectors

RECORD = Record("Eve", (EmbeddingSet(**MODEL, vectors=vectors(1)),))
REFUSED = {
    "add": lambda g: g.add("Eve", vectors(1), **MODEL),
    "upsert": lambda g: g.upsert([RECORD]),
    "remove": lambda g: g.remove("Ada"),
    "take": lambda g: g.take("Ada"),
    "restore": lambda g: g.restore(RECORD),
    "rename": lambda g: g.rename("Ada", "Eve"),
    "clear": lambda g: g.clear(),
    "records": lambda g: g.records(),
}
ANSWERED = {"list", "get", "embeddings_of", "search", "count", "expire", "close"}


@pytest.fixture
def gallery():
    with MemoryGallery() as made:
        made.add("Ada", vectors(2), **MODEL)
        yield made


def test_every_call_is_either_refused_or_answered():
    calls = {name for name, _ in inspect.getmembers(Gallery, inspect.isfunction) if not name.startswith("_")}
    assert calls == REFUSED.keys() | ANSWERED


@pytest.mark.parametrize("call", REFUSED)
def test_nothing_is_changed_or_carried_away(gallery, call):
    before = gallery.list()
    with pytest.raises(NotAllowedError, match="administrators"):
        REFUSED[call](ReadOnlyGallery(gallery))
    assert gallery.list() == before


def test_people_are_found_as_in_the_other(gallery):
    with ReadOnlyGallery(gallery) as shown:
        assert shown.list(search="a", sort="newest", limit=1) == gallery.list()
        assert shown.get("ada") == gallery.get("Ada")
        assert shown.count(**MODEL) == shown.count(search="ad") == 1
        np.testing.assert_array_equal(shown.embeddings_of("Ada", **MODEL), vectors(2))
        probe = {"metric": "cosine", "top_k": 1, **MODEL}
        assert shown.search(vectors(1), **probe) == gallery.search(vectors(1), **probe)
        assert shown.expire() == 0
    assert gallery.count() == 1  # closed for nobody else
    gallery.close()
    with pytest.raises(GalleryError):
        shown.list()
