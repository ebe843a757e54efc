import gc
import threading
import time
import weakref

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError, NameTakenError, UnknownPersonError
from facestyle.faces.gallery import EmbeddingSet, Record
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.ui.undo import Undo


@pytest.fixture
def gallery():
    with MemoryGallery() as opened:
        opened.upsert([record("Ada"), record("Bea")])
        yield opened


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def record(name):
    return Record(name, (EmbeddingSet("m", "p", np.ones((1, 3), np.float32)),), thumbnail=b"jpeg")


def names(gallery):
    return [person.name for person in gallery.list()]


def test_who_is_removed_is_gone_at_once_and_comes_back_as_before(gallery):
    undo, before = Undo(), gallery.get("Ada")
    assert undo.remove(gallery, "Ada") == "Ada"
    assert names(gallery) == ["Bea"]
    assert undo.put_back(gallery, before.id) == before
    assert gallery.get("Ada") == before
    assert undo.pending() == ()


def test_several_can_come_back_the_last_removed_first_to_be_offered(gallery):
    clock = Clock()
    undo = Undo(clock=clock)
    undo.remove(gallery, "Ada")
    clock.now += 4
    undo.remove(gallery, "Bea")
    assert [(name, left) for _, name, left in undo.pending()] == [("Bea", 10.0), ("Ada", 6.0)]
    for ident, _, _ in undo.pending():
        undo.put_back(gallery, ident)
    assert names(gallery) == ["Ada", "Bea"]


def test_after_ten_seconds_it_is_too_late(gallery):
    clock = Clock()
    undo = Undo(clock=clock)
    undo.remove(gallery, "Ada")
    ((ident, _, _),) = undo.pending()
    clock.now += 9.9
    assert len(undo.pending()) == 1
    clock.now += 0.1
    assert undo.pending() == ()
    with pytest.raises(InvalidRequestError, match="too late"):
        undo.put_back(gallery, ident)
    assert names(gallery) == ["Bea"]


def test_a_second_undo_adds_nothing(gallery):
    undo = Undo()
    undo.remove(gallery, "Ada")
    ((ident, _, _),) = undo.pending()
    undo.put_back(gallery, ident)
    with pytest.raises(InvalidRequestError):
        undo.put_back(gallery, ident)
    assert gallery.get("Ada").embeddings == 1


def test_under_a_name_given_away_nobody_comes_back_until_it_is_free(gallery):
    undo = Undo()
    undo.remove(gallery, "Ada")
    ((ident, _, _),) = undo.pending()
    gallery.rename("Bea", "ada")
    with pytest.raises(NameTakenError):
        undo.put_back(gallery, ident)
    gallery.rename("ada", "Bea")
    assert undo.put_back(gallery, ident).name == "Ada"


def test_who_is_not_there_cannot_be_removed(gallery):
    undo = Undo()
    with pytest.raises(UnknownPersonError):
        undo.remove(gallery, "Cy")
    assert undo.pending() == ()


def test_the_time_ends_though_nobody_calls(gallery):
    undo = Undo(seconds=0.2)
    taken = []
    take = gallery.take
    gallery.take = lambda person: taken.append(take(person)) or taken[-1]
    undo.remove(gallery, "Ada")
    vectors = weakref.ref(taken.pop().sets[0].vectors)
    end = time.monotonic() + 60
    while vectors() is not None and time.monotonic() < end:
        time.sleep(0.02)
        gc.collect()
    assert vectors() is None


def test_what_ends_the_time_holds_up_nothing_and_comes_not_too_early(gallery, monkeypatch):
    timers = []

    def note(timer):
        timers.append(timer)

    monkeypatch.setattr(threading.Timer, "start", note)
    undo = Undo(seconds=10.0)
    undo.remove(gallery, "Ada")
    (timer,) = timers
    assert timer.daemon  # the program ends without waiting for it
    assert 10.0 < timer.interval < 11.0
    timer.function()
    assert [name for _, name, _ in undo.pending()] == ["Ada"]


def test_all_is_erased_at_once_when_the_session_ends(gallery):
    undo = Undo()
    undo.remove(gallery, "Ada")
    ((ident, _, _),) = undo.pending()
    undo.clear()
    assert undo.pending() == ()
    with pytest.raises(InvalidRequestError):
        undo.put_back(gallery, ident)
