"""Steering a run: pause, other weights, an end, and going on from a picture."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.style.control import RunControl, RunWeights, between
from facestyle.style.results import STYLE_LAYERS, StyleRequest
from facestyle.style.service import stylize
from tests.style.drawn import scene, strokes

ONES = dict.fromkeys(STYLE_LAYERS, 1.0)
SMALL = StyleRequest(content=scene(), style=strokes(), size=96, steps=6)


def run(request=SMALL, control=None, **options):
    return stylize(request, device="cpu", control=control, **options)


def test_without_a_word_a_steered_run_is_the_plain_one():
    plain, steered = list(run()), list(run(control=RunControl()))
    assert [frame.losses for frame in plain] == [frame.losses for frame in steered]
    assert np.array_equal(plain[-1].image, steered[-1].image)


def test_a_paused_run_hands_out_its_picture_and_waits_until_it_may_go_on():
    control = RunControl()
    frames = run(control=control, frame_every=100)
    assert next(frames).step == 0
    control.pause()
    assert next(frames).step == 1  # frames come every 100 steps: this one is due to the pause
    came = threading.Event()
    rest = []

    def work():
        rest.append(next(frames))
        came.set()

    waiting = threading.Thread(target=work)
    waiting.start()
    assert not came.wait(0.3)
    control.resume()
    waiting.join(60)
    assert rest[0].step == 6
    assert not control.paused


def test_a_pause_changes_nothing_about_the_picture():
    control = RunControl(patience=0)
    steered = []
    for frame in run(control=control):
        steered.append(frame)
        control.pause()
    assert np.array_equal(steered[-1].image, list(run())[-1].image)


def test_patience_ends_a_forgotten_pause():
    control = RunControl(patience=0)
    control.pause()
    assert [frame.step for frame in run(control=control)][-1] == 6
    assert not control.paused


def test_a_stop_ends_the_run_with_its_picture_also_while_it_pauses():
    control = RunControl()
    frames = run(control=control)
    next(frames), next(frames)
    control.pause()
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(frames))
    thread.start()
    control.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert seen == []  # its picture, that of step 1, was handed out before
    control.pause()
    assert not control.paused


def test_a_stop_between_two_frames_hands_out_the_last_picture():
    control = RunControl()
    frames = run(control=control, frame_every=100)
    next(frames)
    control.stop()
    assert [frame.step for frame in frames] == [1]


def test_other_weights_from_the_start_make_the_other_run():
    control = RunControl()
    control.reweigh(RunWeights(5.0, 0.5, {"relu1_1": 2.0}))
    wanted = replace(SMALL, alpha=5.0, beta=0.5, layer_weights={"relu1_1": 2.0})
    found, direct = list(run(control=control)), list(run(wanted))
    assert np.array_equal(found[-1].image, direct[-1].image)
    assert found[-1].losses == direct[-1].losses


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "sgd"])
def test_the_run_follows_weights_that_change(optimizer):
    """Towards the photo: J_content falls where it rose; and J that is told is the new one."""
    request = replace(SMALL, steps=16, optimizer=optimizer, alpha=0.01)
    control = RunControl()
    content = []
    for frame in run(request, control):
        content.append(frame.losses.content)
        if frame.step == 8:
            control.reweigh(RunWeights(10.0, 0.0, ONES))
    assert content[8] > content[1]
    assert content[-1] < 0.7 * content[8]
    # J is normalised by a constant, so with beta = 0 it is alpha times that constant times J_content.
    same = list(run(replace(request, alpha=10.0, beta=0.0, steps=1, init="noise")))
    factor = same[-1].losses.total / same[-1].losses.content
    assert frame.losses.total == pytest.approx(factor * frame.losses.content, rel=1e-3)


def test_changed_weights_hold_through_the_stages():
    request = replace(SMALL, size=256, steps=40, content=scene(192, 256))
    control = RunControl()
    control.reweigh(RunWeights(1.0, 0.0, ONES))
    *_, last = run(request, control)
    assert np.abs(last.image.astype(int) - scene(192, 256)).mean() < 2  # J_content alone: the photo


@pytest.mark.parametrize(
    "weights",
    [
        RunWeights(0.0, 0.0, ONES),
        RunWeights(-1.0, 1.0, ONES),
        RunWeights(float("nan"), 1.0, ONES),
        RunWeights(1.0, 1.0, {}),
        RunWeights(1.0, 1.0, {"relu9_9": 1.0}),
    ],
)
def test_weights_that_cannot_be_are_refused_and_the_run_keeps_its_own(weights):
    control = RunControl()
    frames = run(control=control)
    next(frames)
    with pytest.raises(InvalidRequestError):
        control.reweigh(weights)
    assert np.array_equal(list(frames)[-1].image, list(run())[-1].image)


def test_weights_asked_for_before_the_run_are_checked_when_it_starts():
    control = RunControl()
    control.reweigh(RunWeights(1.0, 1.0, {"relu9_9": 1.0}))
    with pytest.raises(InvalidRequestError):
        run(control=control)
    with pytest.raises(InvalidRequestError):
        RunControl().reweigh(RunWeights(0.0, 0.0, ONES))


def test_going_on_starts_at_the_picture_and_lowers_its_loss():
    *_, first = run()
    again = list(run(replace(SMALL, start=first.image)))
    assert np.array_equal(again[0].image, first.image)
    assert again[0].losses.total == pytest.approx(first.losses.total, rel=1e-4)
    assert again[-1].losses.total < again[0].losses.total


def test_going_on_takes_all_steps_at_full_size():
    request = replace(SMALL, size=256, steps=20, content=scene(192, 256))
    *_, first = run(request, frame_every=100)
    frames = list(run(replace(request, start=first.image), frame_every=1))
    assert [frame.step for frame in frames] == list(range(21))


def test_going_on_keeps_transparency_and_takes_any_size():
    content = np.dstack([scene(), np.full((72, 96), 77, np.uint8)])
    *_, last = run(replace(SMALL, content=content, start=content[::2, ::2], steps=1))
    assert last.image.shape == (72, 96, 4)
    assert (last.image[..., 3] == 77).all()


def test_a_start_that_is_no_picture_is_refused():
    with pytest.raises(InvalidRequestError, match="start"):
        run(replace(SMALL, start=np.zeros((4, 4), np.uint8)))


def test_between_two_settings_lies_their_mean():
    a, b = (
        RunWeights(1.0, 2.0, {"relu1_1": 1.0, "relu2_1": 0.5}),
        RunWeights(3.0, 0.0, {"relu1_1": 0.0, "relu3_1": 2.0}),
    )
    assert between(a, b, 0.5) == RunWeights(2.0, 1.0, {"relu1_1": 0.5, "relu2_1": 0.25, "relu3_1": 1.0})
    assert between(a, b, 0.0).layer_weights == {"relu1_1": 1.0, "relu2_1": 0.5, "relu3_1": 0.0}
    assert between(a, b, 1.0).alpha == 3.0


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    weights = RunWeights(1.0, 1.0, ONES)
    with pytest.raises(InvalidRequestError, match="share"):
        between(weights, weights, share)
