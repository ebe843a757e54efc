"""The challenge on a stream: who comes, fails, tries again, passes, goes and is followed by somebody else."""

import dataclasses

import numpy as np
import pytest

from facestyle.faces.live import LiveEngine, LiveOptions
from facestyle.faces.live.head_turn import AGAIN_SECONDS, WAITING, HeadTurn
from facestyle.faces.liveness.challenge import LOST_SECONDS, STEP_SECONDS, Outcome, Step
from facestyle.faces.results import Box, Face
from tests.faces.live.played import ADA, BOB, FRAME, Played
from tests.faces.quality.test_pose import turned

TICK = 0.1
YAW = {None: 0.0, Step.STRAIGHT: 0.0, Step.LEFT: -32.0, Step.RIGHT: 32.0}


def face(yaw=0.0, shift=0.0):
    points = turned(yaw=yaw, pitch=4, roll=3, scale=60) + np.array([200 + shift, 200])
    low, high = points.min(0) - 20, points.max(0) + 20
    return Face(Box(*low, *high), 0.99, tuple(map(tuple, points)))


class Person:
    """In front of the camera: turns the head as asked, smoothly."""

    def __init__(self, turn, embedding=ADA):
        self.turn, self.embedding, self.t, self.yaw, self.state = turn, embedding, 0.0, 0.0, WAITING

    def frames(self, seconds, *, follow=True, faces=None, embedding=None):
        states = []
        for _ in range(round(seconds / TICK)):
            aim = YAW[self.state.step] if follow else 0.0
            self.yaw += np.clip(aim - self.yaw, -8, 8)
            seen = [face(self.yaw)] if faces is None else faces
            self.state = self.turn.update(seen, self.embedding if embedding is None else embedding, self.t)
            states.append(self.state)
            self.t += TICK
        return states


@pytest.fixture
def person():
    return Person(HeadTurn(np.random.default_rng(1)))


def test_who_follows_passes_and_stays_passed(person):
    states = person.frames(6)
    assert states[-1].passed
    assert {state.step for state in states} == {Step.STRAIGHT, Step.LEFT, Step.RIGHT, None}
    progress = [state.progress for state in states]
    assert progress == sorted(progress)
    assert all(state.passed for state in person.frames(30))


def test_no_time_runs_for_nobody(person):
    assert set(person.frames(3 * STEP_SECONDS, faces=[])) == {WAITING}
    assert person.frames(6)[-1].passed


def test_who_does_nothing_is_told_and_can_try_again(person):
    states = person.frames(STEP_SECONDS + 2, follow=False)
    assert states[-1].outcome is Outcome.TOO_SLOW
    assert states[-1].step is None
    assert 0 < states[-1].seconds_left <= AGAIN_SECONDS
    again = person.frames(AGAIN_SECONDS + 6)
    assert Outcome.RUNNING in {state.outcome for state in again}
    assert again[-1].passed


def test_a_second_face_fails_the_attempt_and_ends_a_pass(person):
    person.frames(0.5)
    two = [face(), face(shift=300)]
    assert person.frames(TICK, faces=two)[-1].outcome is Outcome.SEVERAL_FACES
    assert person.frames(AGAIN_SECONDS + 6)[-1].passed
    assert person.frames(TICK, faces=two)[-1] is WAITING


def test_a_pass_ends_when_the_face_goes_jumps_or_becomes_anothers(person):
    person.frames(6)
    assert person.frames(LOST_SECONDS - 0.2, faces=[])[-1].passed  # a blurred moment
    assert person.frames(TICK)[-1].passed
    assert person.frames(LOST_SECONDS + 0.2, faces=[])[-1] is WAITING
    assert person.frames(6)[-1].passed
    assert not person.frames(TICK, faces=[face(shift=300)])[-1].passed
    person.frames(AGAIN_SECONDS + 12)
    assert person.state.passed
    assert not person.frames(TICK, embedding=BOB)[-1].passed


def test_a_gap_between_frames_ends_a_pass(person):
    person.frames(6)
    person.t += 5
    assert not person.frames(TICK)[-1].passed


def test_who_goes_before_the_first_step_has_not_failed(person):
    states = person.frames(TICK) + person.frames(3, faces=[])
    assert states[-1] is WAITING
    assert {state.outcome for state in states} == {None, Outcome.RUNNING}


def test_a_clock_that_goes_back_begins_anew(person):
    person.frames(6)
    person.t = 0.0
    assert not person.frames(TICK)[-1].passed


# --- with the engine: the door ------------------------------------------------------------------------------------


@dataclasses.dataclass
class Turning(Played):
    """Played faces whose landmarks show a yaw."""

    yaw: float = 0.0

    def detect(self, image):
        scale = max(image.shape[:2]) / 640
        found = []
        for each in super().detect(image):
            points = turned(yaw=self.yaw, pitch=0, roll=0, scale=60 * scale)
            middle = (each.box.left + each.box.width / 2, each.box.top + each.box.height / 2)
            found.append(dataclasses.replace(each, landmarks=tuple(map(tuple, points - points.mean(0) + middle))))
        return tuple(found)


def run(engine, played, frames, start=0.0, follow=True):
    answers = []
    for index in range(frames):
        asked = answers[-1].challenge.step if answers else None
        played.yaw += np.clip((YAW[asked] if follow else 0.0) - played.yaw, -8, 8)
        answers.append(engine.update(FRAME, start + TICK * index))
    return answers


@pytest.fixture
def played():
    made = Turning()
    made.enroll("Ada", ADA)
    made.enroll("Bob", BOB)
    made.show((200, 160, ADA))
    return made


def test_the_door_opens_only_after_the_turn(played):
    answers = run(LiveEngine(played, LiveOptions(frames=3, head_turn=True)), played, 90)
    opened = next(answer for answer in answers if answer.door.open)
    assert opened.challenge.passed
    assert opened.door.name == "Ada"
    before = [answer for answer in answers if answer.t < opened.t]
    assert {answer.challenge.step for answer in before} >= {Step.STRAIGHT, Step.LEFT, Step.RIGHT}


def test_who_only_looks_never_gets_in(played):
    answers = run(LiveEngine(played, LiveOptions(frames=3, head_turn=True)), played, 300, follow=False)
    assert not any(answer.door.open for answer in answers)
    assert Outcome.TOO_SLOW in {answer.challenge.outcome for answer in answers}


def test_a_pass_is_no_ticket_for_the_next_person(played):
    engine = LiveEngine(played, LiveOptions(frames=3, head_turn=True, hold=1.0))
    assert run(engine, played, 90)[-1].door.open
    played.show((210, 160, BOB))
    answers = run(engine, played, 60, start=9.0, follow=False)
    assert not any(answer.door.open and answer.door.name == "Bob" for answer in answers)
    assert not answers[-1].door.open


def test_without_it_nothing_is_asked(played):
    assert LiveEngine(played, LiveOptions(frames=3)).update(FRAME, 0.0).challenge is None
