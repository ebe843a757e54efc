"""Two faces of one photo are never in one cluster, whatever the method and the photos."""

import itertools

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering import METHODS, group_embeddings
from facestyle.faces.clustering.constraints import CannotLink
from tests.faces.clustering.blobs import blobs


@pytest.mark.parametrize("seed", range(20))
def test_assignment_of_a_photo_is_the_cheapest_of_all_allowed(seed):
    generator = np.random.default_rng(seed)
    faces, clusters = int(generator.integers(2, 5)), int(generator.integers(1, 5))
    costs = generator.random((faces, clusters)).astype(np.float32)
    labels = CannotLink(np.zeros(faces), faces).assign(costs)
    used = min(faces, clusters)
    allowed = (
        sum(costs[row, column] for row, column in zip(rows, columns, strict=True))
        for rows in itertools.combinations(range(faces), used)
        for columns in itertools.permutations(range(clusters), used)
    )
    grouped = labels >= 0
    assert grouped.sum() == used
    assert len(set(labels[grouped])) == used
    assert costs[grouped, labels[grouped]].sum() == pytest.approx(min(allowed), rel=1e-5)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("method", "k"), [("linkage", None), ("density", None), ("kmeans", 3), ("kmeans", None)])
def test_never_two_faces_of_a_photo_in_one_cluster(seed, method, k):
    generator = np.random.default_rng(seed)
    count = int(generator.integers(3, 60))
    points = generator.normal(size=(count, 4)).astype(np.float32) * generator.choice([0.05, 1.0])
    points[generator.integers(0, count, count // 3)] = points[0]  # the same face several times in one photo
    photos = generator.integers(0, max(1, count // 3), count)
    metric = "cosine" if seed % 2 else "squared_euclidean"
    result = group_embeddings(points, metric=metric, tau=0.4, photos=photos, method=method, k=k, seed=seed)
    assert CannotLink(photos, count).is_kept(result.labels)
    everyone = sorted([i for cluster in result.clusters for i in cluster.members] + list(result.not_grouped))
    assert everyone == list(range(count))


def test_told_so_one_photo_may_hold_a_person_twice():
    collage = np.repeat(np.eye(2, 3, dtype=np.float32), 3, axis=0)
    together = group_embeddings(collage, metric="squared_euclidean", tau=0.1, photos=None)
    assert [cluster.members for cluster in together.clusters] == [(0, 1, 2), (3, 4, 5)]
    apart = group_embeddings(collage, metric="squared_euclidean", tau=0.1, photos=[0] * 6)
    assert apart.clusters == ()
    assert apart.not_grouped == (0, 1, 2, 3, 4, 5)


def test_a_crowd_larger_than_k_leaves_its_strangers_ungrouped():
    points, _ = blobs(people=2, each=6, spread=0.01)
    crowd = np.concatenate([points, 50 + np.eye(3, 16, dtype=np.float32), points[:1], points[6:7]])
    photos = [*range(12), 99, 99, 99, 99, 99]
    result = group_embeddings(crowd, metric="squared_euclidean", tau=1, photos=photos, method="kmeans", k=2)
    assert len(result.not_grouped) == 3
    assert sum(len(cluster.members) for cluster in result.clusters) == 14


def test_repair_keeps_the_face_nearest_to_the_centre():
    points = np.array([[0.0], [0.1], [0.9], [5.0]])
    labels = np.array([0, 0, 0, 1])
    repaired = CannotLink([0, 1, 1, 1], 4).repair(points, labels)
    assert repaired.tolist() == [0, 0, -1, 1]
    assert labels.tolist() == [0, 0, 0, 1]


def test_a_violation_is_seen():
    constraint = CannotLink([0, 0, 1], 3)
    assert constraint.is_kept(np.array([0, 1, 1]))
    assert constraint.is_kept(np.array([-1, -1, 1]))
    assert not constraint.is_kept(np.array([1, 1, 0]))


def test_photos_of_another_number_than_faces_are_refused():
    with pytest.raises(InvalidRequestError, match="3 faces"):
        CannotLink([1, 2], 3)


def test_all_methods_are_covered_here():
    assert set(METHODS) == {"linkage", "density", "kmeans"}
