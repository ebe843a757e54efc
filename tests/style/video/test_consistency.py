"""Flow, what of it can be relied on, and that blending lowers flicker measured along the true motion."""

import numpy as np
import pytest

from facestyle.style.fast import fast_styles, stylize_fast
from facestyle.style.video import consistency, flow
from facestyle.style.video.consistency import Consistency, Motion, motion, warp_error
from tests.style.drawn import strokes
from tests.style.video.clips import picture

SPEED = 3


def true_motion(number, height=96, width=128):
    """Of picture `number` to the one before: known, as the clip is drawn. Not where the disc was or will be."""
    y, x = np.mgrid[0:height, 0:width].astype(float)

    def disc(which, radius):
        return (x - 30 - SPEED * which) ** 2 + (y - height / 2) ** 2 < radius**2

    backward = np.zeros((height, width, 2), np.float32)
    backward[disc(number, 20), 0] = -SPEED
    rim = disc(number, 23) & ~disc(number, 17) | disc(number - 1, 23) & ~disc(number, 17)
    return Motion(backward, ~rim)


def test_flow_finds_the_motion_that_was_drawn():
    found = flow.estimate(picture(5), picture(4))
    truth = true_motion(5)
    error = np.linalg.norm(found - truth.backward, axis=2)[truth.followed]
    assert error.mean() < 0.3
    inside = (truth.backward[..., 0] != 0) & truth.followed
    assert abs(np.median(found[inside][:, 0]) + SPEED) < 0.3


def test_a_picture_warped_along_the_flow_is_the_other():
    before, now = picture(4).astype(np.float32), picture(5).astype(np.float32)
    truth = true_motion(5)
    assert np.abs(flow.warp(before, truth.backward) - now)[truth.followed].mean() < 3
    assert (
        np.abs(before - now)[truth.followed].mean()
        > 2 * np.abs(flow.warp(before, truth.backward) - now)[truth.followed].mean()
    )


def test_warp_against_a_naive_loop_at_whole_pixels():
    generator = np.random.default_rng(0)
    there = generator.random((9, 11), dtype=np.float32)
    moves = generator.integers(-3, 4, (9, 11, 2)).astype(np.float32)
    expected = np.zeros_like(there)
    for y in range(9):
        for x in range(11):
            dx, dy = moves[y, x]
            expected[y, x] = there[np.clip(y + int(dy), 0, 8), np.clip(x + int(dx), 0, 10)]
    assert np.allclose(flow.warp(there, moves), expected, atol=1e-5)


def test_reliability_against_a_naive_loop():
    generator = np.random.default_rng(1)
    # smooth, so that some of it is reliable
    backward = np.stack([np.full((12, 14), 1.0), np.full((12, 14), -1.0)], axis=2).astype(np.float32)
    backward += generator.normal(0, 0.02, backward.shape).astype(np.float32)
    backward[5:, 9:] += 2
    forward = -np.roll(backward, (0, 0), (0, 1)) + generator.normal(0, 0.4, backward.shape).astype(np.float32)
    home = flow.warp(forward, backward)
    expected = np.zeros((12, 14), bool)
    for y in range(12):
        for x in range(14):
            ours, back = backward[y, x].astype(float), home[y, x].astype(float)
            disoccluded = ((back + ours) ** 2).sum() > 0.01 * ((back**2).sum() + (ours**2).sum()) + 0.5
            slope = 0.0
            for axis in (0, 1):
                up, down = max(y - 1, 0), min(y + 1, 11)
                left, right = max(x - 1, 0), min(x + 1, 13)
                slope += ((backward[down, x, axis] - backward[up, x, axis]) / (down - up)) ** 2
                slope += ((backward[y, right, axis] - backward[y, left, axis]) / (right - left)) ** 2
            boundary = slope > 0.01 * (ours**2).sum() + 0.002
            to_x, to_y = x + ours[0], y + ours[1]
            expected[y, x] = not disoccluded and not boundary and 0 <= to_x <= 13 and 0 <= to_y <= 11
    found = flow.reliable(backward, forward)
    assert np.array_equal(found, expected)
    assert 0.1 < found.mean() < 0.95


def test_what_the_disc_uncovers_is_not_followed():
    found = motion(picture(4, speed=8), picture(5, speed=8)).followed
    y, x = np.mgrid[0:96, 0:128]
    uncovered = ((x - 62) ** 2 + (y - 48) ** 2 < 18**2) & ((x - 70) ** 2 + (y - 48) ** 2 > 22**2)
    still = (x > 110) | (y < 20)
    assert uncovered.sum() > 50
    assert found[uncovered].mean() < 0.2
    assert found[still].mean() > 0.95


def test_a_cut_is_not_blended():
    before, now = picture(0), np.ascontiguousarray(255 - picture(0)[::-1, ::-1])
    blender = Consistency()
    blender.add(before, before)
    assert np.abs(blender.add(now, now).astype(int) - now).mean() < 1.5


def test_a_still_scene_loses_its_noise_and_keeps_its_detail():
    generator = np.random.default_rng(2)
    content = picture(0)
    blender = Consistency()
    noisy = [np.clip(content + generator.normal(0, 15, content.shape), 0, 255).astype(np.uint8) for _ in range(8)]
    frames = [blender.add(content, each) for each in noisy]
    assert np.array_equal(frames[0], noisy[0])
    deviation = [float((frame.astype(float) - content).std()) for frame in (noisy[-1], frames[-1])]
    assert deviation[1] < 0.9 * deviation[0]  # what is left of it stands still
    assert blender.blended < 0.15 * blender.alone


def test_contrast_is_given_back_where_it_was_lost_and_nowhere_else():
    single = consistency.to_float(picture(0))
    dull = (0.9 * (single - 0.5) + 0.5).astype(np.float32)
    dull[:, 64:] = single[:, 64:]
    given = consistency.with_contrast_of(single, dull)
    assert (
        np.abs(given[:, :40] - given[:, :40].mean((0, 1))).mean()
        > 1.03 * np.abs(dull[:, :40] - dull[:, :40].mean((0, 1))).mean()
    )
    assert np.abs(given[:, 90:] - single[:, 90:]).max() < 1e-3
    assert np.allclose(consistency.with_contrast_of(dull * 0 + 0.5, single), single, atol=1e-6)
    assert np.isfinite(consistency.with_contrast_of(single, dull * 0)).all()


def test_strokes_that_lie_differently_in_each_frame_do_not_wash_out():
    # A scene that moves by 2 pixels a frame under paint that stays where it is: in a mean much of the paint cancels.
    y, x = np.mgrid[0:96, 0:160]
    paint = np.sin(x / 1.5)[:, :128, None]
    photo = np.stack([120 + 50 * np.sin(x / 9) * np.cos(y / 11)] * 3, axis=-1)
    blender = Consistency()
    for number in range(12):
        content = photo[:, 2 * number : 2 * number + 128].astype(np.uint8)
        single = np.clip(content + 40 * paint, 0, 255).astype(np.uint8)
        frame = blender.add(content, single)
    detail = [np.abs(np.diff(one.astype(float), axis=1)).mean() for one in (single, frame)]
    assert detail[1] > 0.5 * detail[0]  # 0.27 without contrast given back
    assert blender.blended < 0.3 * blender.alone


def test_warp_error_is_the_mean_square_where_it_can_be_followed():
    before, now = np.zeros((20, 20, 3), np.float32), np.full((20, 20, 3), 0.5, np.float32)
    now[:10] = 1
    followed = np.zeros((20, 20), bool)
    assert warp_error(before, now, Motion(np.zeros((20, 20, 2), np.float32), followed)) is None
    followed[15:] = True
    assert warp_error(before, now, Motion(np.zeros((20, 20, 2), np.float32), followed)) == pytest.approx(0.25)


def test_tiny_frames_are_taken_as_standing():
    small = picture(0)[:12, :20].copy()
    assert not flow.estimate(small, small).any()


@pytest.mark.parametrize("kind", ["trained", "painting"])
def test_ten_painted_frames_flicker_less_than_one_by_one(kind):
    # Measured along the motion that was drawn, not along the one that was estimated for blending.
    style = fast_styles()[0].id if kind == "trained" else strokes()
    contents = [picture(number) for number in range(10)]
    painted = [stylize_fast(content, style=style) for content in contents]
    blender = Consistency()
    frames = [blender.add(content, each) for content, each in zip(contents, painted, strict=True)]

    def flicker(film, within=None):
        film = [consistency.to_float(frame) for frame in film]
        motions = [true_motion(n) for n in range(1, 10)]
        if within is not None:
            motions = [Motion(moved.backward, moved.followed & within) for moved in motions]
        return np.mean([warp_error(film[n], film[n + 1], motions[n]) for n in range(9)])

    # All that moves as drawn, even the rim of the disc that no flow can be trusted at; then what the disc is far from.
    assert flicker(frames) < 0.75 * flicker(painted)
    far = np.zeros((96, 128), bool)
    far[:, 110:] = True
    assert flicker(frames, far) < 0.4 * flicker(painted, far)
    assert blender.blended < 0.5 * blender.alone
    # and it is still the painting, not a blur: the fine detail of the last frame is there
    detail = [np.abs(np.diff(frame.astype(float), axis=1)).mean() for frame in (painted[-1], frames[-1])]
    assert detail[1] > 0.75 * detail[0]
    assert np.abs(frames[-1].astype(float) - painted[-1]).mean() < 12
