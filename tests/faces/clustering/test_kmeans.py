"""K-means against a naive loop and against scikit-learn, and on inputs that leave little to cluster."""

import itertools

import numpy as np
import pytest
from sklearn.cluster import KMeans

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.constraints import CannotLink
from facestyle.faces.clustering.kmeans import kmeans, lloyd, plus_plus
from tests.faces.clustering.blobs import blobs, same_partition


def naive_lloyd(points, centres):
    centres = [np.array(c, np.float64) for c in centres]
    labels = None
    while True:
        now = [min(range(len(centres)), key=lambda c: float(((p - centres[c]) ** 2).sum())) for p in points]
        if now == labels:
            return np.array(labels), sum(
                float(((p - centres[c]) ** 2).sum()) for p, c in zip(points, labels, strict=True)
            )
        labels = now
        for c in range(len(centres)):
            own = [p for p, label in zip(points, labels, strict=True) if label == c]
            if own:
                centres[c] = np.mean(np.array(own, np.float64), axis=0)


@pytest.mark.parametrize("seed", range(5))
def test_lloyd_against_a_naive_loop(seed):
    points, _ = blobs(spread=0.8, seed=seed)
    centres = points[np.random.default_rng(seed).choice(len(points), 6, replace=False)]
    labels, inertia = naive_lloyd(points, centres)
    run = lloyd(points, centres, constraint=CannotLink(None, len(points)))
    if len(set(labels.tolist())) == 6:  # the loop does not refill an empty cluster
        assert np.array_equal(run.labels, labels)
        assert run.inertia == pytest.approx(inertia, rel=1e-5)
    else:
        assert run.inertia < inertia


@pytest.mark.parametrize(("spread", "k"), [(0.1, 6), (0.7, 6), (1.5, 10)])
def test_inertia_is_as_low_as_scikit_learns(spread, k):
    points, _ = blobs(spread=spread, each=20)
    theirs = KMeans(k, n_init=8, random_state=0).fit(points)
    ours = kmeans(points, k, restarts=8)
    assert ours.inertia <= theirs.inertia_ * 1.02
    exact = ((points - ours.centres[ours.labels]) ** 2).sum()
    assert ours.inertia == pytest.approx(exact, rel=1e-5)
    if spread == 0.1:
        assert same_partition(ours.labels, theirs.labels_)


def test_every_iteration_lowers_the_objective_even_under_constraints():
    generator = np.random.default_rng(3)
    points = generator.normal(size=(120, 5)).astype(np.float32)
    constraint = CannotLink(generator.integers(0, 50, 120), 120)
    start = points[plus_plus(points, 8, generator)]
    values = [lloyd(points, start, constraint=constraint, iterations=n).inertia for n in range(1, 25)]
    assert all(later <= earlier * (1 + 1e-6) for earlier, later in itertools.pairwise(values))
    assert values[-1] < values[0]


def test_same_seed_same_clusters_and_another_seed_other_starts():
    points, _ = blobs(people=30, each=4, spread=0.9)
    first, again = kmeans(points, 30, seed=5), kmeans(points, 30, seed=5)
    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.centres, again.centres)
    starts = [plus_plus(points, 30, np.random.default_rng(seed)) for seed in (5, 6)]
    assert not np.array_equal(*starts)


def test_more_restarts_are_never_worse():
    points, _ = blobs(people=30, each=4, spread=0.9)
    values = [kmeans(points, 30, restarts=n, seed=1).inertia for n in (1, 2, 4, 8)]
    assert values == sorted(values, reverse=True)


def test_plus_plus_spreads_the_starts_over_the_blobs():
    points, who = blobs(people=20, each=5, spread=0.01)
    starts = plus_plus(points, 20, np.random.default_rng(0))
    assert sorted(who[starts]) == list(range(20))


def test_on_the_sphere_centres_stay_on_it_and_length_does_not_matter():
    points, who = blobs(people=4, each=6, spread=0.2)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    run = kmeans(unit, 4, spherical=True)
    assert np.allclose(np.linalg.norm(run.centres, axis=1), 1, atol=1e-6)
    assert same_partition(run.labels, who)


def test_opposite_points_on_the_sphere_have_no_mean_and_do_not_break_it():
    points = np.array([[1, 0], [-1, 0]], np.float32)
    run = kmeans(points, 1, spherical=True)
    assert np.isfinite(run.centres).all()
    assert run.labels.tolist() == [0, 0]


@pytest.mark.parametrize("k", [0, -1, 5, 10_000])
def test_k_out_of_range_is_refused_with_the_range(k):
    with pytest.raises(InvalidRequestError, match="from 1 to 4"):
        kmeans(np.eye(4, dtype=np.float32), k)


def test_no_start_is_refused():
    with pytest.raises(InvalidRequestError):
        kmeans(np.eye(4, dtype=np.float32), 2, restarts=0)


def test_one_face_and_as_many_clusters_as_faces():
    one = np.ones((1, 3), np.float32)
    assert kmeans(one, 1).labels.tolist() == [0]
    run = kmeans(np.eye(5, dtype=np.float32), 5)
    assert sorted(run.labels.tolist()) == [0, 1, 2, 3, 4]
    assert run.inertia == pytest.approx(0, abs=1e-9)


def test_identical_faces_share_clusters_instead_of_running_for_ever():
    run = kmeans(np.full((10, 4), 0.3, np.float32), 3)
    assert run.iterations < 10
    assert run.inertia == pytest.approx(0, abs=1e-6)
    duplicates = np.repeat(np.eye(2, 4, dtype=np.float32), 5, axis=0)
    run = kmeans(duplicates, 2)
    assert same_partition(run.labels, [0] * 5 + [1] * 5)


def test_an_empty_cluster_takes_the_farthest_face():
    points = np.array([[0, 0], [0, 0.1], [5, 0], [9, 0]], np.float32)
    far_away = np.array([[0, 0], [100, 100], [200, 200]], np.float32)
    run = lloyd(points, far_away, constraint=CannotLink(None, 4))
    assert same_partition(run.labels, [0, 0, 1, 2])
