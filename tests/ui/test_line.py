"""The line of those who wait for a painting."""

import threading

import pytest

from facestyle.ui import line, painting, style, texts
from facestyle.ui.line import USUAL_SECONDS, Line, Place
from tests.ui.conftest import request
from tests.ui.fakes import BLUE, RED


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def told_often(monkeypatch):
    monkeypatch.setattr(line, "EVERY_SECONDS", 0.01)


def never():
    return False


def test_who_comes_first_is_served_first_and_the_others_know_where_they_stand():
    clock = Clock()
    queue = Line(clock)
    with queue.standing() as first:
        assert list(queue.waiting(first, give_up=never)) == []
        with queue.standing() as second, queue.standing() as third:
            assert next(queue.waiting(second, give_up=never)) == Place(1, USUAL_SECONDS)
            first.left = 12.0
            assert next(queue.waiting(second, give_up=never)) == Place(1, 12.0)
            assert next(queue.waiting(third, give_up=never)) == Place(2, 12.0 + USUAL_SECONDS)
            assert len(queue) == 3
    assert len(queue) == 0


def test_the_estimate_learns_from_what_was_painted():
    clock = Clock()
    queue = Line(clock)
    for _ in range(20):
        with queue.standing() as ticket:
            list(queue.waiting(ticket, give_up=never))
            clock.now += 6.0
    with queue.standing(), queue.standing() as ticket:
        assert next(queue.waiting(ticket, give_up=never)).seconds == pytest.approx(6.0, abs=0.1)


def test_who_gives_up_or_is_closed_makes_room_and_teaches_nothing():
    queue = Line()
    with queue.standing() as first:
        list(queue.waiting(first, give_up=never))
        with queue.standing() as second:
            waiting = queue.waiting(second, give_up=iter([False, True]).__next__)
            assert len(list(waiting)) == 1
        with queue.standing() as third:
            assert next(queue.waiting(third, give_up=never)).ahead == 1
        assert len(queue) == 1


def test_a_turn_comes_as_soon_as_the_one_before_leaves(monkeypatch):
    monkeypatch.setattr(line, "EVERY_SECONDS", 30.0)
    queue = Line()
    served = threading.Event()
    waits = threading.Event()

    def wait():
        with queue.standing() as ticket:
            for _ in queue.waiting(ticket, give_up=never):
                waits.set()
            served.set()

    with queue.standing() as first:
        list(queue.waiting(first, give_up=never))
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(10)
        assert not served.is_set()
    assert served.wait(10)
    thread.join(10)


# --- on the page --------------------------------------------------------------------------------------------------


@pytest.fixture
def tab(ctx, blocks):
    return style.StyleTab(ctx)


def values(tab, upload):
    given = {knob: knob.value for knob in tab.controls.knobs} | {tab.controls.second: None}
    return given | {tab.content: upload(RED), tab.style: upload(BLUE), tab.controls.steps: 5, tab.controls.size: 128}


def test_a_second_person_waits_with_words_and_is_then_served(tab, upload, fakes):
    first = tab.on_paint(values(tab, upload), request("a"))
    next(first)
    second = tab.on_paint(values(tab, upload), request("b"))
    said = next(second)[0]
    assert texts.STYLE_AHEAD_ONE in said
    assert "about 40 s left" in said
    next(first)
    assert len(fakes.painter.requests) == 1
    list(first)
    *_, last = second
    assert "Done" in last[0]
    assert len(fakes.painter.requests) == 2


def test_a_person_who_waits_may_stop(tab, upload, fakes):
    first = tab.on_paint(values(tab, upload), request("a"))
    next(first)
    second = tab.on_paint(values(tab, upload), request("b"))
    next(second)
    tab.on_stop(request("b"))
    *_, last = second
    assert texts.STYLE_STOPPED_BEFORE in last[0]
    *_, last = first
    assert "Done" in last[0]
    assert len(fakes.painter.requests) == 1


def test_a_closed_run_gives_its_place_to_the_next(tab, upload, ctx):
    first = tab.on_paint(values(tab, upload), request("a"))
    next(first)
    first.close()
    assert len(ctx.line) == 0
    *_, last = tab.on_paint(values(tab, upload), request("b"))
    assert "Done" in last[0]


def test_several_ahead_are_counted():
    assert "3 paintings are ahead" in painting.in_line(Place(3, 100.0))
