"""Turns and bounds of the queue, and what is left of a session."""

import threading
from dataclasses import dataclass

import pytest

from facestyle.ui import admission, texts
from facestyle.ui.admission import in_turns
from tests.ui.server import Server


@dataclass(frozen=True)
class Call:
    who: str
    number: int = 0


def order(waiting, served=""):
    calls = [Call(who, number) for number, who in enumerate(waiting)]
    taken = in_turns(calls, lambda call: call.who, [Call(who) for who in served])
    for who in waiting:  # nobody's own calls change places
        own = [call.number for call in taken if call.who == who]
        assert own == sorted(own)
    return "".join(call.who for call in taken)


@pytest.mark.parametrize(
    ("waiting", "served", "turns"),
    [
        ("", "", ""),
        ("abc", "", "abc"),
        ("aaab", "", "abaa"),
        ("aaaabbc", "", "abcabaa"),
        ("aab", "a", "baa"),  # who is being served has had a turn
        ("aabb", "aaa", "bbaa"),
    ],
)
def test_callers_take_turns(waiting, served, turns):
    assert order(waiting, served) == turns


@pytest.fixture
def server():
    made = Server(public=True)
    yield made
    made.close()


@pytest.fixture
def held(server, monkeypatch):
    """A call in the lane of the networks that does not end before it may, and those that come behind it."""
    free, run = threading.Event(), server.handlers("on_run")[0]
    function = server.demo.fns[run]

    def hold(*_):
        free.wait(60)
        return [None] * len(function.outputs)

    monkeypatch.setattr(function, "fn", hold)
    yield run
    free.set()


def join(server, held, session):
    values = [part.value for part in server.demo.fns[held].inputs]
    body = {"fn_index": held, "data": values, "session_hash": session}
    return server.http.post("/queue/join", json=body)


def test_who_has_too_many_calls_waiting_is_told_so(server, held):
    answers = [join(server, held, "flood") for _ in range(admission.MOST_OF_A_SESSION + 4)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) in {2, 3}  # one or two of the rest are being served
    for answer in refused:
        assert answer.status_code == 429
        sentence = texts.CALLS_SESSION.format(count=admission.MOST_OF_A_SESSION)
        assert answer.json() == {"detail": sentence, "error": {"code": "too_many_calls", "message": sentence}}
    assert join(server, held, "honest").status_code == 200
    (lane,) = [lane for lane in server.demo._queue.event_queue_per_concurrency_id.values() if lane.queue]
    assert next(event.session_hash for event in lane.queue) == "honest"


@pytest.mark.parametrize(
    ("bound", "sentence"), [("MOST_OF_AN_ADDRESS", texts.CALLS_ADDRESS), ("MOST", texts.CALLS_ALL)]
)
def test_an_address_and_all_together_have_a_bound(server, held, monkeypatch, bound, sentence):
    monkeypatch.setattr(admission, bound, 4)
    for number in range(20):
        answer = join(server, held, f"{bound} {number}")
        if answer.status_code != 200:
            break
    assert answer.status_code == 429
    assert answer.json()["error"]["message"] == sentence.format(count=4)


def test_nothing_is_left_of_a_session_that_is_closed_and_no_copy_of_the_page_of_one_that_is_open(server):
    held = server.demo.state_holder
    for number in range(5):
        asked = server.http.post("/call/people", json={"data": [], "session_hash": f"closing {number}"})
        assert "complete" in server.http.get(f"/call/people/{asked.json()['event_id']}").text
    known = list(held.session_data.values())
    assert len(known) == 5
    for session in known:
        assert isinstance(session, admission.Remain)
        assert not session.config_values
        session.is_closed = True  # as Gradio notes it when the page's connection ends
    client = server.client()
    client.predict(api_name="/people")
    assert set(held.session_data) == set(held.time_last_used) == {client.session_hash}
    queue = server.demo._queue
    assert not queue.event_analytics
    assert {*queue.pending_messages_per_session, *queue.pending_event_ids_session} <= {client.session_hash}


def test_a_closed_session_that_its_unloading_made_anew_is_closed_still(server):
    held = server.demo.state_holder
    assert not held["closing"].is_closed  # as Gradio's call of the handler does
    server.demo.close_session("closing")
    server.demo.close_session("never seen")
    server.demo.close_session(None)
    assert held["another"]
    assert set(held.session_data) == {"another"}


def test_answers_may_be_dropped_twice_and_have_a_bound(server):
    queue = server.demo._queue
    for answers in (queue.pending_messages_per_session, queue.pending_event_ids_session):
        for number in range(answers.max_size + 5):
            answers[str(number)] = set()
        assert len(answers) == answers.max_size
        assert answers.pop("2000") == set()
    del queue.pending_messages_per_session["2000"]  # a stream that breaks off after its session was forgotten
    assert "2001" in queue.pending_messages_per_session
