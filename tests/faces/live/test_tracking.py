from itertools import permutations

import numpy as np
import pytest

from facestyle.faces.live.tracking import FORBIDDEN, MAX_TRACKS, MISSING_SECONDS, Tracker, assign, costs
from tests.faces.live.played import face_at


def naive_costs(tracks, found):
    table = np.full((len(tracks), len(found)), FORBIDDEN)
    for i, a in enumerate(tracks):
        for j, b in enumerate(found):
            width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
            height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
            area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
            iou = width * height / (area_a + area_b - width * height)
            dx, dy = (a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2
            apart = (dx * dx + dy * dy) ** 0.5 / ((area_a**0.5 + area_b**0.5) / 2)
            alike = max(area_a, area_b) <= 1.6**2 * min(area_a, area_b)
            if iou >= 0.2 or (apart <= 0.6 and alike):
                table[i, j] = 1 - iou + apart
    return table


def naive_assign(cost):
    """Every way to pair rows with columns: most pairs first, then least cost."""
    rows, columns = cost.shape
    if rows > columns:
        return sorted((r, c) for c, r in naive_assign(cost.T))
    best = min(
        permutations(range(columns), rows),
        key=lambda way: (
            sum(cost[r, c] >= FORBIDDEN for r, c in enumerate(way)),
            sum(cost[r, c] for r, c in enumerate(way) if cost[r, c] < FORBIDDEN),
        ),
    )
    return [(r, c) for r, c in enumerate(best) if cost[r, c] < FORBIDDEN]


def random_boxes(rng, count):
    corner, side = rng.uniform(0, 300, (count, 2)), rng.uniform(40, 160, (count, 2))
    return np.concatenate([corner, corner + side], axis=1)


@pytest.mark.parametrize("seed", range(20))
def test_costs_and_assignment_are_those_of_a_naive_search(seed):
    rng = np.random.default_rng(seed)
    tracks, found = random_boxes(rng, rng.integers(1, 6)), random_boxes(rng, rng.integers(1, 6))
    cost = costs(tracks, found)
    np.testing.assert_allclose(cost, naive_costs(tracks, found), rtol=1e-9)
    assert sorted(assign(cost)) == naive_assign(cost)


def test_faces_keep_their_numbers_while_they_move():
    tracker = Tracker()
    for step in range(60):
        tracks = tracker.update([face_at(10 + 3 * step), face_at(400 - 2 * step, side=100)], 0.1 * step)
        by_side = {track.face.box.width: track.id for track in tracks}
        assert {round(side): number for side, number in by_side.items()} == {160: 1, 100: 2}


def test_a_jump_across_the_frame_is_somebody_new():
    tracker = Tracker()
    tracker.update([face_at(0)], 0.0)
    ids = [track.id for track in tracker.update([face_at(450)], 0.1) if track.detected]
    assert ids == [2]


def test_a_miss_is_bridged_and_a_long_absence_is_not():
    tracker = Tracker()
    tracker.update([face_at(100)], 0.0)
    (bridged,) = tracker.update([], 0.2)
    assert (bridged.id, bridged.detected) == (1, False)
    assert [track.id for track in tracker.update([face_at(105)], 0.3)] == [1]
    assert tracker.update([], 0.3 + MISSING_SECONDS) == []
    assert [track.id for track in tracker.update([face_at(105)], 1.0)] == [2]


def test_a_box_at_rest_is_steadied_and_a_moving_one_followed():
    rng = np.random.default_rng(0)
    tracker = Tracker()
    raw, smooth = [], []
    for step in range(100):
        face = face_at(200 + rng.normal(0, 4))
        (track,) = tracker.update([face], 0.05 * step)
        raw.append(face.box.left)
        smooth.append(track.box.left)
    assert np.std(np.diff(smooth)) < 0.4 * np.std(np.diff(raw))
    for step in range(30):  # four face widths a second would be a run; this is a brisk step
        (track,) = tracker.update([face_at(200 + 10 * step)], 5 + 0.05 * step)
    assert track.box.left == pytest.approx(490, abs=0.25 * 160)


def test_a_crowd_is_bounded():
    tracker = Tracker()
    for step in range(20):
        tracker.update([face_at(1000.0 * i + 170 * step, score=0.9 + i / 1e4) for i in range(200)], 0.1 * step)
        assert len(tracker.tracks) <= MAX_TRACKS
