import pytest

from facestyle.errors import InvalidRequestError
from facestyle.faces.live.door import GAP_SECONDS, Door, Sighting

AGREE = Sighting("agree", 1, "ada")
WAIT = Sighting("wait", 1)
AGAINST = Sighting("against")


def play(door, *frames):
    """(time, sighting) pairs -> whether it was open after each."""
    states = []
    for t, sighting in frames:
        door.update(t, sighting)
        states.append(door.is_open)
    return states


def every(step, count, sighting=AGREE, start=0.0):
    return [(start + step * index, sighting) for index in range(count)]


def test_opens_with_the_nth_agreeing_frame_and_not_before():
    assert play(Door(4, 3.0), *every(0.1, 5)) == [False, False, False, True, True]


def test_one_frame_is_enough_where_one_is_asked_for():
    assert play(Door(1, 1.0), (0.0, AGREE)) == [True]


def test_frames_must_fall_within_the_seconds():
    # 4 frames 0.5 s apart span 1.5 s
    assert play(Door(4, 1.4), *every(0.5, 40)) == [False] * 40
    assert play(Door(4, 1.5), *every(0.5, 4))[-1]


def test_frames_without_an_embedding_count_neither_way():
    frames = [(0.0, AGREE), (0.1, WAIT), (0.2, AGREE), (0.3, WAIT), (0.4, AGREE)]
    assert play(Door(3, 3.0), *frames) == [False, False, False, False, True]
    assert not any(play(Door(3, 3.0), *every(0.1, 50, WAIT)))


@pytest.mark.parametrize(
    "doubt",
    [
        AGAINST,
        Sighting("against", 1),
        Sighting("agree", 1, "bob"),
        Sighting("agree", 2, "ada"),
        Sighting("wait", 2),
        Sighting("wait", None),
    ],
)
def test_any_doubt_begins_the_count_anew(doubt):
    door = Door(3, 3.0)
    assert not any(play(door, (0.0, AGREE), (0.1, AGREE), (0.2, doubt), (0.3, AGREE), (0.4, AGREE)))
    assert play(door, (0.5, AGREE)) == [True]


def test_two_people_in_turns_never_open_it():
    frames = [(0.1 * i, Sighting("agree", 1, "ada" if i % 2 else "bob")) for i in range(200)]
    assert not any(play(Door(2, 3.0), *frames))


def test_one_person_on_two_tracks_in_turns_never_opens_it():
    frames = [(0.1 * i, Sighting("agree", i % 2, "ada")) for i in range(200)]
    assert not any(play(Door(2, 3.0), *frames))


def test_a_gap_begins_the_count_anew():
    door = Door(3, 60.0)
    assert not any(play(door, (0.0, AGREE), (0.1, AGREE), (0.2 + GAP_SECONDS, AGREE)))
    assert not any(play(Door(2, 60.0), *every(GAP_SECONDS + 0.01, 50)))


def test_a_gap_filled_with_frames_that_say_nothing_is_a_gap():
    frames = [(0.0, AGREE), *every(0.1, 12, WAIT, start=0.1), (1.35, AGREE)]
    assert not any(play(Door(2, 60.0), *frames))


def test_a_clock_that_goes_back_never_opens_it():
    door = Door(3, 3.0)
    assert not any(play(door, (5.0, AGREE), (5.1, AGREE), (1.0, AGREE), (1.1, AGREE), (1.2, AGREE)))
    assert play(door, (1.3, AGREE)) == [True]
    assert not any(play(Door(2, 3.0), *[(10.0 - 0.1 * i, AGREE) for i in range(100)]))


def test_a_clock_that_goes_back_closes_it():
    door = Door(2, 3.0)
    assert play(door, (5.0, AGREE), (5.1, AGREE), (4.0, AGREE)) == [False, True, False]


def test_the_same_frame_again_is_no_new_frame():
    assert not any(play(Door(2, 3.0), *[(1.0, AGREE)] * 100))


def test_closes_after_the_hold_and_asks_for_all_frames_again():
    door = Door(2, 3.0, hold=1.0)
    assert play(door, (0.0, AGREE), (0.1, AGREE), (1.0, AGAINST), (1.1, AGAINST)) == [False, True, True, False]
    assert play(door, (1.2, AGREE), (1.3, AGREE)) == [False, True]


def test_who_stays_in_view_keeps_it_open_and_a_stranger_does_not():
    door = Door(2, 3.0, hold=1.0)
    assert all(play(door, *every(0.1, 60))[1:])
    assert door.closes_in(5.9) == pytest.approx(1.0)
    stranger = play(door, *every(0.1, 30, Sighting("against", 1), start=6.0))
    assert stranger[:8] == [True] * 8
    assert not any(stranger[10:])


def test_somebody_else_does_not_keep_it_open_with_fewer_frames():
    door = Door(3, 3.0, hold=1.0)
    play(door, *every(0.1, 3))
    assert door.person_id == "ada"
    other = [(0.3 + 0.6 * i, Sighting("agree", 2, "bob")) for i in range(2)]
    assert play(door, *other) == [True, True]
    assert (door.person_id, door.closes_in(0.9)) == ("ada", pytest.approx(0.3))
    assert play(door, (1.25, AGAINST)) == [False]


def test_the_first_frame_after_the_hold_does_not_count_what_was_before():
    door = Door(2, 3.0, hold=0.5)
    play(door, (0.0, AGREE), (0.1, AGREE))
    assert play(door, (0.7, AGREE), (0.8, AGREE)) == [False, True]


@pytest.mark.parametrize("t", [float("nan"), float("inf"), float("-inf")])
def test_a_time_that_is_none_is_refused_and_closes_it(t):
    door = Door(1, 3.0)
    play(door, (0.0, AGREE))
    with pytest.raises(InvalidRequestError):
        door.update(t, AGREE)
    assert not door.is_open


@pytest.mark.parametrize(
    "options", [(0, 3.0, 5.0), (1001, 3.0, 5.0), (3, 0.0, 5.0), (3, float("nan"), 5.0), (3, 3.0, -1.0)]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(InvalidRequestError):
        Door(*options)


def test_progress_is_the_share_of_frames():
    door = Door(4, 3.0)
    shares = []
    for t, sighting in every(0.1, 6):
        door.update(t, sighting)
        shares.append(door.progress)
    assert shares == [0.25, 0.5, 0.75, 1, 1, 1]
