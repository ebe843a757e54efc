import threading

import pytest

from facestyle.errors import GalleryDamagedError, GalleryError
from facestyle.settings import Settings
from facestyle.ui.state import Sessions, start_clock
from tests.ui.fakes import RED, Fakes, fake_services, picture


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def make(public, fakes, clock=None, **options):
    services = fake_services(Settings(public=public), fakes)
    return Sessions(services, **({"clock": clock} if clock else {}), **options)


def enroll(session, name="Ada"):
    session.faces.enroll(name, [picture(RED)], consent=True)


def names(session):
    return [person.name for person in session.gallery.list()]


def test_sessions_of_a_public_app_never_see_each_other(fakes):
    sessions = make(True, fakes)
    enroll(sessions.get("a"))
    assert names(sessions.get("a")) == ["Ada"]
    assert names(sessions.get("b")) == []
    assert sessions.get("b").faces.identify(picture(RED)).enrolled == 0


def test_sessions_on_this_machine_share_the_gallery(fakes):
    sessions = make(False, fakes)
    enroll(sessions.get("a"))
    assert names(sessions.get("b")) == ["Ada"]
    sessions.forget("a")
    assert names(sessions.get("b")) == ["Ada"]


def test_a_closed_tab_leaves_nothing(fakes):
    sessions = make(True, fakes)
    session = sessions.get("a")
    enroll(session)
    session.last = session.faces.verify(picture(RED), picture(RED))
    sessions.forget("a")
    assert session.stop.is_set()
    assert session.last is None
    with pytest.raises(GalleryError):
        session.gallery.list()
    assert names(sessions.get("a")) == []


def test_without_a_session_hash_nobody_can_come_back(fakes):
    sessions = make(True, fakes)
    enroll(sessions.get(None))
    assert names(sessions.get(None)) == []
    assert len(sessions) == 0


def test_an_idle_session_is_wiped_by_the_clock(fakes, clock):
    sessions = make(True, fakes, clock, idle_seconds=60)
    enroll(sessions.get("a"))
    clock.now = 59
    sessions.sweep()
    assert names(sessions.get("a")) == ["Ada"]  # this call starts its time anew
    clock.now = 59 + 61
    sessions.sweep()
    assert len(sessions) == 0
    assert names(sessions.get("a")) == []


def test_a_busy_session_is_left_alone(fakes, clock):
    sessions = make(True, fakes, clock, idle_seconds=60)
    session = sessions.get("a")
    session.busy = 1
    clock.now = 1000
    sessions.sweep()
    assert not session.stop.is_set()
    assert sessions.get("a") is session


def test_too_many_sessions_make_the_idlest_go(fakes, clock):
    sessions = make(True, fakes, clock, max_sessions=2, idle_seconds=1e9)
    for index, key in enumerate("ab"):
        clock.now = index
        enroll(sessions.get(key))
    clock.now = 5
    sessions.get("a")
    sessions.get("c")
    assert len(sessions) == 2
    assert names(sessions.get("a")) == ["Ada"]
    assert len(sessions) == 2


def test_a_flood_of_sessions_meets_its_own_addresss_limit(fakes, clock):
    sessions = make(True, fakes, clock, max_sessions=50, max_of_an_address=20, idle_seconds=1e9)
    for address in ("10.0.0.1", "10.0.0.2"):
        enroll(sessions.get(address, address=address))
    for number in range(2000):
        clock.now += 1
        sessions.get(f"flood {number}", address="10.6.6.6")
    assert len(sessions) == 2 + 20
    for address in ("10.0.0.1", "10.0.0.2"):
        assert names(sessions.get(address, address=address)) == ["Ada"]


def test_floods_from_many_addresses_take_from_whoever_has_most(fakes, clock):
    sessions = make(True, fakes, clock, max_sessions=50, max_of_an_address=20, idle_seconds=1e9)
    enroll(sessions.get("a", address="10.0.0.1"))
    for number in range(500):
        clock.now += 1
        sessions.get(f"flood {number}", address=f"10.6.6.{number % 5}")
    assert len(sessions) == 50
    assert names(sessions.get("a", address="10.0.0.1")) == ["Ada"]


def test_a_damaged_gallery_refuses_only_those_who_need_it(fakes):
    def damaged():
        raise GalleryDamagedError("The gallery is damaged.")

    sessions = Sessions(fake_services(Settings(), fakes, local=damaged))
    session = sessions.get("a")
    session.stop.set()
    with pytest.raises(GalleryDamagedError):
        _ = session.gallery
    sessions.close()


def test_closing_wipes_every_session(fakes):
    sessions = make(True, fakes)
    kept = [sessions.get(key) for key in "abc"]
    for session in kept:
        enroll(session)
    sessions.close()
    for session in kept:
        with pytest.raises(GalleryError):
            session.gallery.list()


def test_many_threads_get_one_session(fakes):
    sessions = make(True, fakes)
    seen, barrier = [], threading.Barrier(8)

    def ask():
        barrier.wait()
        seen.append(sessions.get("a"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 1


def test_the_background_clock_sweeps(clock):
    sessions = make(True, Fakes(), clock, idle_seconds=60)
    sessions.get("a")
    clock.now = 100
    swept = threading.Event()
    original = sessions.sweep

    def sweep():
        original()
        swept.set()

    sessions.sweep = sweep
    ended = start_clock(sessions, every_seconds=0.01)
    assert swept.wait(5)
    ended.set()
    assert len(sessions) == 0
