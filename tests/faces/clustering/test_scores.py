"""Silhouette, purity and NMI against scikit-learn, and the choice of K."""

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score, silhouette_score

from facestyle.errors import InvalidRequestError
from facestyle.faces.clustering.choose_k import choose_k, silhouette
from facestyle.faces.clustering.constraints import CannotLink
from facestyle.faces.clustering.scores import alone, nmi, purity
from tests.faces.clustering.blobs import blobs, same_partition


@pytest.mark.parametrize("seed", range(5))
def test_silhouette_is_scikit_learns(seed):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(90, 7)).astype(np.float32)
    labels = generator.integers(0, 30, 90)  # some clusters of one face
    assert silhouette(points, labels) == pytest.approx(silhouette_score(points, labels), abs=1e-5)


def test_silhouette_leaves_ungrouped_faces_out_and_needs_two_clusters():
    points, who = blobs()
    some = np.where(np.arange(len(who)) % 5 == 0, -1, who)
    assert silhouette(points, some) == pytest.approx(silhouette_score(points[some >= 0], some[some >= 0]), abs=1e-5)
    assert silhouette(points, np.zeros(len(points), np.intp)) == 0
    assert silhouette(points, np.full(len(points), -1)) == 0


def test_silhouette_of_a_sample_is_near_that_of_all():
    points, who = blobs(people=20, each=60, spread=0.8)
    assert silhouette(points, who, sample=400) == pytest.approx(silhouette(points, who), abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_purity_and_nmi(seed):
    generator = np.random.default_rng(seed)
    labels, people = generator.integers(0, 9, 80), generator.integers(0, 12, 80)
    assert nmi(labels, people) == pytest.approx(normalized_mutual_info_score(people, labels))
    loop = sum(max((people[labels == c] == p).sum() for p in set(people)) for c in set(labels)) / 80
    assert purity(labels, people) == pytest.approx(loop)


def test_scores_at_the_ends():
    same, different = np.zeros(6, np.intp), np.arange(6)
    assert nmi(same, same) == purity(same, same) == 1
    assert nmi(same, different) == pytest.approx(0, abs=1e-12)
    assert purity(same, different) == pytest.approx(1 / 6)
    assert purity(different, ["x"] * 6) == 1
    assert nmi(different, ["a", "b", "c", "d", "e", "f"]) == pytest.approx(1)
    with pytest.raises(InvalidRequestError):
        nmi(np.array([], np.intp), [])
    with pytest.raises(InvalidRequestError):
        purity(same, [1, 2])


def test_ungrouped_faces_are_scored_as_strangers_to_each_other():
    assert alone(np.array([1, -1, 0, -1])).tolist() == [1, 2, 0, 3]
    assert alone(np.array([-1, -1])).tolist() == [0, 1]


@pytest.mark.parametrize("people", [2, 5, 17, 40])
def test_k_is_found_where_people_are_apart(people):
    points, who = blobs(people=people, each=5, spread=0.05, seed=people)
    run, value = choose_k(points, one_within=0.5)
    assert same_partition(run.labels, who)
    assert value == pytest.approx(silhouette_score(points, who), abs=1e-5)


def test_one_person_is_one_cluster():
    points, _ = blobs(people=1, each=12, spread=0.01)
    assert set(choose_k(points, one_within=0.5)[0].labels) == {0}


def test_two_faces_are_decided_by_the_threshold():
    apart = np.array([[0, 0], [1, 0]], np.float32)
    assert choose_k(apart, one_within=1.5)[0].labels.tolist() == [0, 0]
    assert sorted(choose_k(apart, one_within=0.5)[0].labels.tolist()) == [0, 1]
    photo = CannotLink([0, 0], 2)
    assert sorted(choose_k(apart, one_within=1.5, constraint=photo)[0].labels.tolist()) == [0, 1]


def test_single_face():
    run, value = choose_k(np.ones((1, 4), np.float32), one_within=0.1)
    assert run.labels.tolist() == [0]
    assert value == 0
