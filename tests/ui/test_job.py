"""Long work of one session, and what its buttons show."""

from __future__ import annotations

import pytest

from facestyle.ui import texts
from facestyle.ui.job import Job
from facestyle.ui.job_buttons import stopping, unlocked


def test_a_job_that_begins_no_longer_waits_and_runs_until_its_end():
    job = Job(waiting=True)
    with job.going_on():
        assert (job.waiting, job.running) == (False, True)
    assert not job.running


def test_a_job_that_fails_is_over():
    job = Job()
    with pytest.raises(ZeroDivisionError), job.going_on():
        raise ZeroDivisionError
    assert not job.running


def test_a_generator_that_is_closed_in_the_middle_ends_its_job():
    job = Job()

    def work():
        with job.going_on():
            yield 1
            yield 2

    steps = work()
    next(steps)
    assert job.running
    steps.close()
    assert not job.running


def test_a_job_that_never_ran_says_that_the_queue_was_full_and_says_so_once():
    job = Job(waiting=True)
    note, run, stop = unlocked(job)
    assert texts.QUEUE_FULL in note
    assert (run.visible, stop.visible) == (True, False)
    assert not isinstance(unlocked(job)[0], str)


def test_a_second_click_leaves_the_buttons_of_a_running_job():
    job = Job(running=True, waiting=True)
    assert all(isinstance(one, dict) and one.get("__type__") == "update" for one in unlocked(job))
    assert job.waiting


def test_stop_is_heard():
    job = Job()
    button = stopping(job)
    assert job.stop.is_set()
    assert (button.value, button.interactive) == (texts.STYLE_STOPPING, False)
