"""The one call over the methods: order, covers, thresholds, and inputs with little in them."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering

from facestyle.errors import InvalidEmbeddingError, InvalidRequestError
from facestyle.faces.clustering import METHODS, group_embeddings
from facestyle.faces.clustering import linkage as linkage_module
from facestyle.faces.clustering.base import arrange, squared_distances, to_points, to_radius
from facestyle.faces.clustering.density import density
from facestyle.faces.clustering.linkage import complete_linkage
from facestyle.faces.similarity import distance
from tests.faces.clustering.blobs import blobs, same_partition


def group(points, **options):
    return group_embeddings(points, **{"metric": "squared_euclidean", "tau": 2.0, **options})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("metric", ["squared_euclidean", "cosine"])
def test_people_far_apart_are_found_by_every_method(method, metric):
    points, who = blobs(people=7, each=6, spread=0.05)
    result = group(points, method=method, metric=metric, tau=1.0 if metric == "squared_euclidean" else 0.1)
    assert result.not_grouped == ()
    assert result.method == method
    assert same_partition(result.labels, who)
    assert (result.silhouette is not None) == (method == "kmeans")


def test_cosine_does_not_see_lengths():
    points, _ = blobs(people=5, each=6, spread=0.1)
    longer = points * np.linspace(0.1, 10, len(points), dtype=np.float32)[:, None]
    for method in METHODS:
        a, b = (group(x, metric="cosine", tau=0.1, method=method) for x in (points, longer))
        assert same_partition(a.labels, b.labels)


@pytest.mark.parametrize("metric", ["squared_euclidean", "cosine"])
def test_radius_stands_for_tau(metric):
    generator = np.random.default_rng(0)
    embeddings = generator.normal(size=(2, 8)).astype(np.float32)
    tau = distance(*embeddings, metric)
    a, b = to_points(embeddings, metric)
    assert to_radius(tau, metric) == pytest.approx(np.linalg.norm(a - b), rel=1e-5)
    near, far = (group(embeddings, metric=metric, tau=tau * factor) for factor in (1.01, 0.99))
    assert len(near.clusters) == 1
    assert far.not_grouped == (0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_complete_linkage_is_scikit_learns(seed):
    points, _ = blobs(spread=0.7, seed=seed)
    theirs = AgglomerativeClustering(None, linkage="complete", distance_threshold=3.0).fit_predict(points)
    assert same_partition(complete_linkage(points, 3.0), theirs)


def test_within_a_linkage_cluster_no_pair_is_beyond_tau():
    points = np.random.default_rng(1).normal(size=(150, 3)).astype(np.float32)
    result = group(points, tau=0.8)
    for cluster in result.clusters:
        assert squared_distances(points[list(cluster.members)], points[list(cluster.members)]).max() <= 0.8 + 1e-4


def test_linkage_has_a_limit(monkeypatch):
    monkeypatch.setattr(linkage_module, "MAX_FACES", 3)
    with pytest.raises(InvalidRequestError, match="K-means"):
        group(np.eye(4, dtype=np.float32))


def test_density_leaves_the_odd_one_out_and_takes_no_cluster_of_one():
    points, who = blobs(people=3, each=6, spread=0.05)
    result = group(np.vstack([points, np.full((1, 16), 30, np.float32)]), method="density")
    assert result.not_grouped == (18,)
    assert same_partition(result.labels[:18], who)
    with pytest.raises(InvalidRequestError):
        density(points, min_size=1)


def test_order_biggest_first_then_the_earliest_face():
    labels = np.array([7, 7, 3, 3, 5, -1, 5, 5])
    points = np.arange(8, dtype=np.float32)[:, None]
    result = arrange(points, labels, "kmeans")
    assert [sorted(cluster.members) for cluster in result.clusters] == [[4, 6, 7], [0, 1], [2, 3]]
    assert result.not_grouped == (5,)
    assert result.labels.tolist() == [1, 1, 2, 2, 0, -1, 0, 0]


def test_members_by_distance_to_the_centre_and_the_medoid_as_cover():
    points = np.array([[0.0], [1.0], [1.3], [4.0], [9.0]], np.float32)
    (cluster,) = arrange(points, np.zeros(5, np.intp), "kmeans").clusters
    mean = points.mean()
    assert list(cluster.members) == sorted(range(5), key=lambda i: abs(points[i, 0] - mean))
    assert cluster.medoid == min(range(5), key=lambda i: abs(points - points[i]).sum())


def test_cover_of_a_large_cluster_lies_in_its_middle():
    points = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)
    (cluster,) = arrange(points, np.zeros(3000, np.intp), "kmeans").clusters
    sums = np.array([np.sqrt(squared_distances(points[i : i + 1], points)).sum() for i in range(0, 3000, 10)])
    own = np.sqrt(squared_distances(points[[cluster.medoid]], points)).sum()
    assert own <= sums.min() * 1.001


@pytest.mark.parametrize(("method", "k"), [("linkage", None), ("density", None), ("kmeans", None), ("kmeans", 1)])
def test_little_to_group(method, k):
    nobody = np.zeros((0, 8), np.float32)
    assert group(nobody, method=method, k=k).clusters == ()
    one = group(np.ones((1, 8), np.float32), method=method, k=k)
    assert sum(len(c.members) for c in one.clusters) + len(one.not_grouped) == 1
    alike = group(np.ones((6, 8), np.float32), method=method, k=k)
    assert len(alike.clusters) <= 1
    assert alike == group(np.ones((6, 8), np.float32), method=method, k=k)


def test_results_do_not_change_between_calls():
    points = np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32)
    for method in METHODS:
        assert group(points, method=method, seed=3) == group(points, method=method, seed=3)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"method": "spectral"}, InvalidRequestError),
        ({"k": 3}, InvalidRequestError),
        ({"method": "density", "k": 3}, InvalidRequestError),
        ({"method": "kmeans", "k": 0}, InvalidRequestError),
        ({"method": "kmeans", "k": 99}, InvalidRequestError),
        ({"tau": -1}, InvalidRequestError),
        ({"tau": float("nan")}, InvalidRequestError),
        ({"metric": "manhattan"}, InvalidRequestError),
        ({"photos": [1]}, InvalidRequestError),
    ],
)
def test_senseless_requests_are_refused(options, error):
    with pytest.raises(error):
        group(np.eye(4, dtype=np.float32), **options)


@pytest.mark.parametrize("bad", [np.full((3, 4), np.nan), np.full((3, 4), np.inf), np.zeros(4)])
def test_broken_embeddings_are_refused(bad):
    with pytest.raises(InvalidEmbeddingError):
        group(bad.astype(np.float32))
    with pytest.raises(InvalidEmbeddingError):
        group(np.zeros((3, 4), np.float32), metric="cosine")
