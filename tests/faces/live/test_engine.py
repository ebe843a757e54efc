import dataclasses
import gc
import tracemalloc

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError, NotEnrolledWithModelError, UnknownPersonError
from facestyle.faces.live import LiveEngine, LiveOptions
from facestyle.faces.live.engine import AT_ONCE, EVERY
from facestyle.faces.results import Claim
from tests.faces.live.played import ADA, BOB, EVE, FRAME, Played, near


@pytest.fixture
def played():
    made = Played()
    made.enroll("Ada", ADA)
    made.enroll("Bob", BOB)
    return made


def play(engine, count, start=0.0, step=0.1):
    return [engine.update(FRAME, start + step * index) for index in range(count)]


def opened(frames):
    return any(frame.door.open for frame in frames)


def test_identify_names_the_face_and_opens_for_it(played):
    played.show((200, 160, near(ADA, 0.2)))
    frames = play(LiveEngine(played, LiveOptions(frames=3, seconds=2)), 4)
    assert [frame.faces[0].name for frame in frames] == [None, "Ada", "Ada", "Ada"]
    assert [frame.door.open for frame in frames] == [False, False, True, True]
    assert [frame.door.name for frame in frames] == ["Ada"] * 4
    assert [round(frame.faces[0].agreement, 2) for frame in frames[:3]] == [0.33, 0.67, 1.0]
    (face,) = frames[-1].faces
    assert (face.track, face.detected) == (1, True)
    assert face.distance == pytest.approx(0.2)
    assert (face.box.left, face.box.right) == pytest.approx((200, 360), abs=2)


def test_an_unknown_face_has_no_name_anywhere_and_opens_nothing(played):
    played.show((200, 160, near(ADA, 0.37)))
    frames = play(LiveEngine(played), 60)
    assert not opened(frames)
    assert "Ada" not in repr(frames)
    assert frames[-1].faces[0].distance == pytest.approx(0.37)
    assert frames[-1].door.why == "unknown"
    played.show((200, 160, EVE))
    assert not opened(play(LiveEngine(played), 60))


def test_an_empty_gallery_opens_nothing():
    played = Played()
    played.show((200, 160, ADA))
    frames = play(LiveEngine(played), 40)
    assert not opened(frames)
    assert frames[-1].faces[0].distance is None


def test_verify_opens_for_the_claimed_person_only(played):
    options = LiveOptions(claim=Claim("Ada"), frames=3)
    played.show((200, 160, ADA))
    assert opened(play(LiveEngine(played, options), 4))
    played.show((200, 160, BOB))
    frames = play(LiveEngine(played, options), 40)
    assert not opened(frames)
    assert frames[-1].faces[0].name is None
    assert frames[-1].faces[0].distance == pytest.approx(2.0)


def test_a_claim_of_nobody_or_of_another_models_person_is_refused(played):
    with pytest.raises(UnknownPersonError):
        LiveEngine(played, LiveOptions(claim=Claim("Nobody")))
    played.gallery.add("Old", ADA[None], model="another", preprocessing="1")
    played.show((200, 160, ADA))
    engine = LiveEngine(played, LiveOptions(claim=Claim("Old")))
    with pytest.raises(NotEnrolledWithModelError):
        engine.update(FRAME, 0.0)


@pytest.mark.parametrize(
    "others",
    [[(420, 160, EVE)], [(420, 160, BOB)], [(420, 100, EVE)]],
    ids=["stranger", "somebody enrolled", "somebody behind, not far"],
)
def test_several_faces_in_front_open_nothing(played, others):
    played.show((100, 160, ADA), *others)
    frames = play(LiveEngine(played, LiveOptions(frames=2)), 40)
    assert not opened(frames)
    assert frames[-1].door.why == "several_faces"
    assert frames[-1].faces[0].name == "Ada"


def test_somebody_far_behind_does_not_keep_it_shut(played):
    played.show((100, 200, ADA), (520, 60, EVE))
    assert opened(play(LiveEngine(played, LiveOptions(frames=3)), 20))


def test_a_second_face_that_leaves_for_a_moment_still_counts(played):
    engine = LiveEngine(played, LiveOptions(frames=4))
    frames = []
    for index in range(40):
        both = [(100, 160, ADA), (420, 160, EVE)]
        played.show(*(both if index % 3 == 0 else both[:1]))
        frames.append(engine.update(FRAME, 0.1 * index))
    assert not opened(frames)


def test_people_in_turns_open_nothing(played):
    engine = LiveEngine(played, LiveOptions(frames=2))
    frames = []
    for index in range(100):
        played.show((200, 160, ADA if index % 2 else BOB))
        frames.append(engine.update(FRAME, 0.1 * index))
    assert not opened(frames)
    assert {face.name for frame in frames for face in frame.faces} == {None}


def test_frames_with_a_stranger_between_open_nothing(played):
    engine = LiveEngine(played, LiveOptions(frames=3))
    frames = []
    for index in range(100):
        played.show((200, 160, EVE if index % 3 == 2 else ADA))
        frames.append(engine.update(FRAME, 0.1 * index))
    assert not opened(frames)


def test_rare_frames_and_a_clock_going_back_open_nothing(played):
    played.show((200, 160, ADA))
    assert not opened(play(LiveEngine(played, LiveOptions(frames=3, seconds=10)), 30, step=1.1))
    assert not opened(play(LiveEngine(played, LiveOptions(frames=2)), 50, start=100, step=-0.1))
    assert not opened(play(LiveEngine(played, LiveOptions(frames=2)), 50, step=0.0))


def test_a_pause_begins_everything_anew_and_numbers_are_not_used_again(played):
    played.show((200, 160, ADA))
    engine = LiveEngine(played, LiveOptions(frames=3, hold=2))
    assert opened(play(engine, 4))
    later = engine.update(FRAME, 60.0)
    assert not later.door.open
    assert later.faces[0].name is None
    assert later.faces[0].track == 2


def test_the_door_closes_when_the_person_is_gone(played):
    played.show((200, 160, ADA))
    engine = LiveEngine(played, LiveOptions(frames=3, hold=1))
    assert opened(play(engine, 4))
    played.show()
    frames = play(engine, 20, start=0.4)
    assert frames[0].door.open
    assert not frames[-1].door.open
    assert frames[-1].door.why == "no_face"
    assert frames[-1].faces == ()


def test_a_deleted_person_is_named_no_more_and_the_door_closes(played):
    played.show((200, 160, ADA))
    engine = LiveEngine(played, LiveOptions(frames=3))
    assert opened(play(engine, 10))
    played.gallery.remove("Ada")
    frame = engine.update(FRAME, 1.0)
    assert not frame.door.open
    assert "Ada" not in repr(frame)
    claimed = LiveEngine(played, LiveOptions(claim=Claim("Bob")))
    played.gallery.remove("Bob")
    with pytest.raises(UnknownPersonError):
        claimed.update(FRAME, 0.0)
    assert not claimed.door.is_open


def test_a_renamed_person_has_the_new_name_at_once(played):
    played.show((200, 160, ADA))
    engine = LiveEngine(played, LiveOptions(frames=3))
    play(engine, 10)
    played.gallery.rename("Ada", "Augusta")
    frame = engine.update(FRAME, 1.0)
    assert (frame.faces[0].name, frame.door.name) == ("Augusta", "Augusta")


def test_tau_zero_is_zero(played):
    played.show((200, 160, ADA))
    assert opened(play(LiveEngine(played, LiveOptions(tau=0.0, frames=2)), 5))
    played.show((200, 160, near(ADA, 0.001)))
    assert not opened(play(LiveEngine(played, LiveOptions(tau=0.0, frames=2)), 30))


def test_an_uncertain_detection_is_nobody(played):
    played.show((200, 160, ADA))
    played.score = 0.5
    frames = play(LiveEngine(played), 10)
    assert frames[-1].faces == ()
    assert not opened(frames)


def test_faces_that_are_known_are_embedded_rarely_and_new_ones_at_once(played):
    played.show((20, 160, ADA), (240, 160, EVE))
    engine = LiveEngine(played)
    frames = play(engine, 42)
    assert sum(frame.embedded for frame in frames[2:]) <= 2 * 40 / EVERY
    played.show((20, 160, ADA), (240, 160, EVE), (460, 160, BOB))
    assert engine.update(FRAME, 4.2).embedded >= 1
    plainly = LiveEngine(played, LiveOptions(adaptive=False))
    assert [frame.embedded for frame in play(plainly, 5)] == [3] * 5


def test_a_crowd_is_embedded_by_and_by_and_nobody_is_forgotten(played):
    faces = [(160 * (i % 4), 60 + i, ADA if i == 3 else EVE) for i in range(4)]
    played.show(*faces)
    frames = play(LiveEngine(played), 12)
    assert max(frame.embedded for frame in frames) == AT_ONCE
    assert all(face.distance is not None for face in frames[1].faces)
    assert [face.name for face in frames[-1].faces].count("Ada") == 1


def test_looks_are_as_small_as_the_face_allows_and_wide_every_half_second(played):
    played.show((200, 240, ADA))
    play(LiveEngine(played), 50)
    assert played.sizes[0] == 640
    assert set(played.sizes[1:]) == {160, 320}
    assert 8 <= played.sizes.count(320) <= 12
    played.sizes.clear()
    played.show((200, 90, ADA))
    play(LiveEngine(played), 50)
    assert min(played.sizes) in {398, 399}  # 640 * 56 / 90
    played.sizes.clear()
    played.show()
    play(LiveEngine(played), 50)
    assert set(played.sizes) == {320, 640}
    assert 4 <= played.sizes.count(640) <= 6
    played.sizes.clear()
    play(LiveEngine(played, LiveOptions(adaptive=False)), 5)
    assert played.sizes == [640] * 5


@pytest.mark.parametrize(
    "options",
    [{"tau": -0.1}, {"tau": float("nan")}, {"frames": 0}, {"seconds": 0.0}, {"hold": float("inf")}],
)
def test_options_out_of_range_are_refused(played, options):
    with pytest.raises(InvalidRequestError):
        LiveEngine(played, LiveOptions(**options))


@pytest.mark.parametrize(
    ("frame", "t"),
    [
        (FRAME, float("nan")),
        (FRAME[..., 0], 0.0),
        (FRAME.astype(float), 0.0),
        (np.zeros((0, 4, 3), np.uint8), 0.0),
        (np.zeros((4, 4, 4), np.uint8), 0.0),
    ],
)
def test_what_is_no_frame_is_refused(played, frame, t):
    with pytest.raises(InvalidRequestError):
        LiveEngine(played).update(frame, t)


@dataclasses.dataclass
class Asked:
    """A challenge that is passed from some time on; it notes what it was given."""

    passed_at: float
    given: list = dataclasses.field(default_factory=list)
    passed: bool = False

    def update(self, faces, embedding, t):
        self.given.append((len(faces), embedding))
        self.passed = t >= self.passed_at
        return self


def test_a_challenge_must_be_passed_as_well(played):
    played.show((200, 160, ADA))
    never = Asked(1e9)
    frames = play(LiveEngine(played, LiveOptions(frames=3), challenge=never), 60)
    assert not opened(frames)
    assert frames[-1].door.why == "challenge"
    assert frames[-1].challenge is never
    assert never.given[0][0] == 1
    np.testing.assert_array_equal(never.given[0][1], ADA)
    frames = play(LiveEngine(played, LiveOptions(frames=3), challenge=Asked(1.0)), 60)
    first = next(frame.t for frame in frames if frame.door.open)
    assert 1.2 <= first < 3


def wandering(played, count):
    """People who come, move and go, as frames go by."""
    rng = np.random.default_rng(1)
    for index in range(count):
        faces = [(100 + 80 * np.sin(index / 30), 150, ADA)] if index % 200 < 150 else []
        if index % 90 > 70:
            faces.append((430 + rng.normal(0, 3), 120, EVE))
        played.show(*faces)
        yield 0.1 * index


def test_memory_is_flat_over_a_thousand_frames(played):
    engine = LiveEngine(played)
    seen, size = set(), []
    tracemalloc.start()
    try:
        for index, t in enumerate(wandering(played, 1000)):
            frame = engine.update(np.zeros((480, 640, 3), np.uint8), t)
            seen |= {face.track for face in frame.faces}
            played.sizes.clear()
            played.embedded.clear()
            if index % 200 == 199:
                gc.collect()
                size.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(seen) > 10
    # One frame kept would be 900 KiB, one answer kept for each frame more than 100 KiB.
    assert size[-1] - size[1] < 64 * 1024
