"""The filters do what they are called: on signals, pictures and clips whose answer is known."""

from fractions import Fraction

import numpy as np
import pytest

from facestyle import images
from facestyle.errors import InvalidRequestError, VideoNotFoundError
from facestyle.explain.convolution.filters import LINES, PICTURES, VOLUMES
from facestyle.explain.convolution.lessons import Sliding, lesson
from facestyle.explain.convolution.signals import (
    BEATS,
    RATE,
    beat_pattern,
    brightness,
    heartbeat,
    luma,
    peaks,
    strongest_pattern,
)
from facestyle.explain.convolution.volumes import read_volume, wandering
from facestyle.settings import Settings
from facestyle.style.video.writing import VideoWriter
from facestyle.ui import samples


@pytest.fixture(scope="module")
def photo():
    return images.decode(samples.path("china"))


@pytest.mark.parametrize("seed", range(5))
def test_the_matched_filter_finds_every_beat_and_nothing_else(seed):
    given = lesson(heartbeat(seed)[None], beat_pattern()[None], Sliding())
    found = [given.centre(position) / RATE for position in peaks(given.answers, apart=RATE // 4)]
    assert found == pytest.approx(BEATS, abs=1.5 / RATE)


def test_a_pattern_is_found_where_it_was_taken_from(photo):
    for row in (0.2, 0.5, 0.8):
        signal = brightness(photo, row)
        pattern, first = strongest_pattern(signal)
        assert int(lesson(signal[None], pattern[None], Sliding()).answers.argmax()) == first


def test_the_average_is_calmer_and_the_derivative_blind_to_what_is_even():
    signal = heartbeat()
    calm = lesson(signal[None], LINES["average"][None], Sliding()).answers
    assert np.abs(np.diff(calm)).mean() < 0.3 * np.abs(np.diff(signal)).mean()
    ramp = 0.25 * np.arange(30.0)
    assert np.allclose(lesson(ramp[None], LINES["derivative"][None], Sliding()).answers, 0.25)
    assert np.allclose(lesson(ramp[None], LINES["second_derivative"][None], Sliding()).answers, 0)


@pytest.mark.parametrize("name", [name for name in PICTURES if name != "blur"])
def test_edge_filters_see_nothing_in_a_plain_picture(name):
    assert np.allclose(lesson(np.full((1, 8, 8), 0.7), PICTURES[name][None], Sliding()).answers, 0)


@pytest.mark.parametrize("kind", ["", "sobel_", "scharr_"])
def test_edge_filters_see_their_own_direction(kind):
    names = (f"{kind}vertical", f"{kind}horizontal") if kind else ("vertical_edge", "horizontal_edge")
    left_bright = np.zeros((1, 6, 6))
    left_bright[:, :, :3] = 1
    vertical, horizontal = (lesson(left_bright, PICTURES[name][None], Sliding()).answers for name in names)
    assert np.allclose(horizontal, 0)
    # as in the course: a bright band down the middle of the answer
    assert np.allclose(vertical, vertical[:1])
    assert (vertical[0] > 0).tolist() == [False, True, True, False]


def test_the_courses_vertical_edge():
    picture = np.array([[10.0] * 3 + [0.0] * 3] * 6)
    assert lesson(picture[None], PICTURES["vertical_edge"][None], Sliding()).answers[0].tolist() == [0, 30, 30, 0]


def test_averages_keep_the_mean():
    for filters in (LINES["average"], PICTURES["blur"], VOLUMES["blur"], VOLUMES["time_average"]):
        assert filters.sum() == pytest.approx(1)
    assert VOLUMES["motion"].sum() == pytest.approx(0)


def test_the_motion_filter_sees_what_moves_and_nothing_that_stands_still(photo):
    clip = wandering(photo)
    assert clip.shape[0] == 16
    still = clip == clip[:1]
    given = lesson(clip[None], VOLUMES["motion"][None], Sliding(same=True))
    motion = np.abs(given.answers[1:-1])
    assert motion.max() > 0.2
    # three frames and a 3 x 3 neighbourhood that all stand still
    calm = still.all(axis=0)
    inner = calm[2:-2, 2:-2] & calm[:-4, 2:-2] & calm[4:, 2:-2] & calm[2:-2, :-4] & calm[2:-2, 4:]
    assert inner.mean() > 0.2
    assert motion[:, 2:-2, 2:-2][:, inner].max() < 1e-12
    photo_alone = np.repeat(clip[:1], 5, axis=0)
    assert np.allclose(lesson(photo_alone[None], VOLUMES["motion"][None], Sliding()).answers, 0)


@pytest.mark.parametrize("size", [(40, 640), (640, 90), (16, 16)])
def test_a_clip_is_made_of_any_photo(size):
    clip = wandering(np.full((*size, 3), 90, np.uint8), frames=5)
    assert clip.shape[0] == 5
    assert max(clip.shape[1:]) == 192


def test_an_uploaded_clip(tmp_path, photo):
    path = tmp_path / "clip.mp4"
    with VideoWriter(str(path), (120, 160), rate=Fraction(24)) as writer:
        for number in range(24):
            writer.add(np.full((120, 160, 3), 10 * number, np.uint8), number)
    volume = read_volume(path, Settings(), frames=8)
    assert volume.shape == (8, 144, 192)
    # every second of 24 frames a second
    assert np.allclose(volume.mean(axis=(1, 2)), 20 * np.arange(8) / 255, atol=0.03)
    with pytest.raises(VideoNotFoundError):
        read_volume(tmp_path / "gone.mp4", Settings())


def test_brightness():
    assert luma(np.array([[[255, 255, 255], [0, 255, 0]]], np.uint8))[0] == pytest.approx([1, 0.587])
    picture = np.zeros((3, 4, 3), np.uint8)
    picture[2] = 255
    assert brightness(picture, 1.0).tolist() == pytest.approx([1] * 4)
    with pytest.raises(InvalidRequestError):
        brightness(picture, 1.5)
    with pytest.raises(InvalidRequestError):
        strongest_pattern(np.zeros(20))


def test_peaks():
    answers = np.array([0, 5, 4.9, 0, 0, 3, 10, 0, -20.0])
    assert peaks(answers, share=0.4, apart=2) == (1, 6)
    assert peaks(np.zeros(5)) == ()
    assert peaks(-np.ones(5)) == ()
