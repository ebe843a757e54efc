import pytest

from facestyle.faces.live.identity import Answer, Evidence

TAU = 0.36


def told(*answers):
    """(person, distance) answers in order -> the evidence, and the name after each."""
    evidence, names = Evidence(), []
    for index, (person, distance) in enumerate(answers):
        evidence.add(Answer(0.1 * index, person, distance), TAU)
        names.append(evidence.person_id)
    return evidence, names


def test_a_name_needs_two_answers_and_outlives_one_doubt():
    near, far = ("ada", 0.1), ("ada", 0.9)
    assert told(near, near)[1] == [None, "ada"]
    assert told(near, near, far, near)[1] == [None, "ada", "ada", "ada"]
    assert told(near, near, far, far)[1] == [None, "ada", "ada", None]
    assert told(near, far, near, far, near, far)[1] == [None] * 6


def test_another_persons_answer_takes_the_name_at_once():
    assert told(("ada", 0.1), ("ada", 0.1), ("bob", 0.1), ("bob", 0.1))[1] == [None, "ada", None, "bob"]


def test_far_or_nobody_is_no_name():
    assert told(("ada", 0.37), ("ada", 0.37), ("ada", 0.37))[1] == [None] * 3
    assert told((None, None), (None, None))[1] == [None] * 2
    assert told(("ada", 0.36), ("ada", 0.36))[1] == [None, "ada"]


def test_distance_is_the_median_to_the_last_person():
    assert told(("ada", 0.1), ("ada", 0.5), ("ada", 0.2))[0].distance() == pytest.approx(0.2)
    assert told(("bob", 0.9), ("ada", 0.2))[0].distance() == pytest.approx(0.2)
    assert told((None, None))[0].distance() is None
    assert Evidence().distance() is None


def test_settled_when_the_last_answers_say_what_is_shown():
    assert not told(("ada", 0.1))[0].settled(TAU)
    assert told(("ada", 0.1), ("ada", 0.1))[0].settled(TAU)
    assert not told(("ada", 0.1), ("ada", 0.1), ("ada", 0.9))[0].settled(TAU)
    assert told(("ada", 0.9), ("ada", 0.9))[0].settled(TAU)
