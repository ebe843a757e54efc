import threading

import pytest

from facestyle.ui.watched import watched


def drain(steps):
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return seen, end.value


def never():
    pytest.fail("gave up")


def test_steps_come_in_order_then_the_answer():
    def work(listener):
        for number in range(5):
            listener(number)
        return "done"

    assert drain(watched(work, never, every=0)) == ([0, 1, 2, 3, 4], "done")


def test_steps_that_come_too_fast_are_left_out():
    def work(listener):
        for number in range(1000):
            listener(number)

    seen, _ = drain(watched(work, never, every=60))
    assert seen == [0]


def test_a_failure_is_handed_on_after_the_steps_before_it():
    def work(listener):
        listener(1)
        raise KeyError("lost")

    steps = watched(work, never)
    assert next(steps) == 1
    with pytest.raises(KeyError, match="lost"):
        next(steps)


def test_the_work_goes_on_while_a_step_is_shown():
    second = threading.Event()

    def work(listener):
        listener(1)
        second.set()

    steps = watched(work, never)
    next(steps)
    assert second.wait(10)
    assert drain(steps) == ([], None)


def test_closing_it_gives_the_work_up():
    enough, ended = threading.Event(), threading.Event()

    def work(listener):
        listener(1)
        assert enough.wait(10)
        ended.set()

    steps = watched(work, enough.set)
    next(steps)
    steps.close()
    assert ended.wait(10)


def test_work_that_stalls_leaves_its_latest_step_in_view():
    seen_last = threading.Event()

    def work(listener):
        for number in range(5):
            listener(number)
        assert seen_last.wait(20)  # nothing more comes until the last one was shown

    shown = []
    for step in watched(work, never, every=0.2):
        shown.append(step)
        if step == 4:
            seen_last.set()
    assert (shown[0], shown[-1]) == (0, 4)
    assert shown == sorted(shown)
