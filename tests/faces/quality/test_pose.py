"""Angles from five points: exact on projections of the model, and blind to what happens in the picture's plane."""

import numpy as np
import pytest

from facestyle.faces.quality.pose import FACE, head_pose


def turned(yaw=0.0, pitch=0.0, roll=0.0, scale=40.0, shift=(300.0, 200.0), model=FACE):
    """The model's points as a distant camera sees them: rotation matrices written out, nothing of the code under test.

    Yaw turns the nose to the right of the picture, pitch up, roll clockwise; y runs down, z away from the camera.
    """
    y, p, r = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return scale * (model @ (about_z @ about_x @ about_y).T)[:, :2] + np.array(shift)


@pytest.mark.parametrize("yaw", [-60, -25, 0, 10, 45])
@pytest.mark.parametrize("pitch", [-30, 0, 20])
@pytest.mark.parametrize("roll", [-90, 0, 15])
def test_angles_of_a_projection_are_found_again(yaw, pitch, roll):
    pose = head_pose(turned(yaw, pitch, roll))
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=1e-6)
    assert pose.residual < 1e-9


def test_signs_are_as_documented():
    straight = turned()
    nose = 2
    assert head_pose(turned(yaw=20)).yaw > 0
    assert turned(yaw=20)[nose, 0] > straight[nose, 0]
    assert turned(pitch=20)[nose, 1] < straight[nose, 1]
    assert turned(roll=20)[1, 1] > straight[1, 1]


def test_nothing_in_the_plane_changes_yaw_or_pitch():
    rng = np.random.default_rng(1)
    points = turned(12, -7) + rng.normal(0, 2, (5, 2))  # not the model's own proportions
    before = head_pose(points)
    for _ in range(50):
        angle, size, shift = rng.uniform(-np.pi, np.pi), rng.uniform(0.1, 9), rng.uniform(-500, 500, 2)
        spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        after = head_pose(size * points @ spin.T + shift)
        assert (after.yaw, after.pitch) == pytest.approx((before.yaw, before.pitch), abs=1e-6)
        assert after.residual == pytest.approx(before.residual)


def test_a_mirrored_face_looks_the_other_way():
    points = turned(18, 5, 3)
    mirrored = points[[1, 0, 2, 4, 3]] * [-1, 1]
    pose = head_pose(mirrored)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((-18, 5, -3), abs=1e-6)


def test_points_on_one_spot_have_no_pose():
    assert head_pose(np.full((5, 2), 7.0)).residual == float("inf")


def test_noise_of_a_landmark_detector_moves_yaw_by_degrees_only():
    rng = np.random.default_rng(2)
    yaws = [head_pose(turned(20) + rng.normal(0, 0.02 * 40, (5, 2))).yaw for _ in range(200)]
    assert np.std(yaws) < 4
    assert np.mean(yaws) == pytest.approx(20, abs=1)
