"""Distances against a naive loop and against SciPy, and where they must be exact."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from facestyle.errors import InvalidEmbeddingError, InvalidRequestError
from facestyle.faces.similarity import METRICS, distance, distance_matrix, exact_distances, squared_norms, tolerance

SCIPY = {"squared_euclidean": "sqeuclidean", "cosine": "cosine"}


def embeddings(count: int, dimension: int, seed: int = 0, length: float | None = None) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((count, dimension))
    if length is not None:
        values *= length / np.linalg.norm(values, axis=1, keepdims=True)
    return values.astype(np.float32)


def naive(a: np.ndarray, b: np.ndarray, metric: str) -> float:
    pairs = [(float(x), float(y)) for x, y in zip(a, b, strict=True)]
    if metric == "squared_euclidean":
        return math.fsum((x - y) ** 2 for x, y in pairs)
    dot = math.fsum(x * y for x, y in pairs)
    return 1 - dot / math.sqrt(math.fsum(x * x for x, _ in pairs) * math.fsum(y * y for _, y in pairs))


def scale(a: np.ndarray, b: np.ndarray, metric: str) -> np.ndarray:
    if metric == "cosine":
        return np.ones((len(a), len(b)))
    return squared_norms(a)[:, None] + squared_norms(b)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dimension", [1, 3, 128, 512])
def test_a_naive_loop_gives_the_same(metric, dimension):
    a, b = embeddings(5, dimension, 1), embeddings(7, dimension, 2)
    expected = np.array([[naive(x, y, metric) for y in b] for x in a])
    found = distance_matrix(a, b, metric)
    assert found.shape == (5, 7)
    assert found.dtype == np.float32
    assert (np.abs(found - expected) <= tolerance(dimension) * scale(a, b, metric)).all()
    one_by_one = np.array([[distance(x, y, metric) for y in b] for x in a])
    np.testing.assert_allclose(one_by_one, expected, rtol=2e-7, atol=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("length", [None, 1.0, 1e-20, 1e15])
def test_scipy_gives_the_same(metric, length):
    a, b = embeddings(30, 128, 3, length), embeddings(40, 128, 4, length)
    expected = cdist(a.astype(np.float64), b.astype(np.float64), SCIPY[metric])
    if length == 1e-20:  # squared: below the normal range of float32
        expected = expected.astype(np.float32)
    found = distance_matrix(a, b, metric)
    assert (np.abs(found - expected) <= tolerance(128) * scale(a, b, metric)).all()


@pytest.mark.parametrize("metric", METRICS)
def test_values_beyond_the_range_of_float32_stay_finite(metric):
    a = embeddings(3, 16, 5, 1e30)
    found = distance_matrix(a, -a, metric)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dimension", [2, 128, 512])
def test_identical_embeddings_are_exactly_zero_apart(metric, dimension):
    a = embeddings(200, dimension, 6)
    b = np.concatenate([a, embeddings(100, dimension, 7)])
    found = distance_matrix(a, b, metric)
    assert (np.diagonal(found) == 0.0).all()
    assert (found >= 0).all()
    assert all(distance(x, x, metric) == 0.0 for x in a)


@pytest.mark.parametrize("metric", METRICS)
def test_near_duplicates_keep_their_digits(metric):
    a = embeddings(50, 512, 8, 1.0)
    b = a + embeddings(50, 512, 9, 1e-4)  # a squared distance of 1e-8: a float32 product alone cannot see it
    found = np.diagonal(distance_matrix(a, b, metric))
    by_definition = exact_distances(a, b, np.arange(50), np.arange(50), metric)
    np.testing.assert_array_equal(found, by_definition)
    if metric == "squared_euclidean":
        np.testing.assert_allclose(found, [naive(x, y, metric) for x, y in zip(a, b, strict=True)], rtol=1e-6)
    assert (found > 0).all()


def test_scaling_does_not_change_cosine_and_opposites_are_two_apart():
    a = embeddings(10, 128, 10)
    assert (np.diagonal(distance_matrix(a, 3 * a, "cosine")) < 1e-6).all()
    np.testing.assert_allclose(np.diagonal(distance_matrix(a, -a, "cosine")), 2, rtol=1e-6)
    assert distance_matrix(a, -a, "cosine").max() <= 2


def test_the_range_of_a_pair_does_not_depend_on_its_neighbours():
    a, b = embeddings(1, 512, 11), embeddings(5000, 512, 12)
    for metric in METRICS:
        together = exact_distances(a, b, np.zeros(5000, dtype=np.intp), np.arange(5000), metric)
        assert [distance(a[0], b[i], metric) for i in range(0, 5000, 499)] == together[::499].tolist()


def test_known_norms_may_be_handed_in():
    a, b = embeddings(4, 32, 13), embeddings(6, 32, 14)
    expected = distance_matrix(a, b, "cosine")
    np.testing.assert_array_equal(distance_matrix(a, b, "cosine", b_squared_norms=squared_norms(b)), expected)


def test_empty_sets_give_empty_matrices():
    assert distance_matrix(embeddings(0, 8), embeddings(3, 8), "cosine").shape == (0, 3)
    assert distance_matrix(embeddings(3, 8), embeddings(0, 8), "squared_euclidean").shape == (3, 0)


def test_a_zero_vector_has_a_distance_but_no_direction():
    zero, other = np.zeros((1, 4), np.float32), embeddings(2, 4)
    np.testing.assert_allclose(distance_matrix(zero, other, "squared_euclidean")[0], squared_norms(other), rtol=1e-6)
    with pytest.raises(InvalidEmbeddingError, match="zeros"):
        distance_matrix(zero, other, "cosine")


def test_what_cannot_be_compared_is_refused():
    a = embeddings(2, 4)
    with pytest.raises(InvalidRequestError, match="manhattan"):
        distance_matrix(a, a, "manhattan")
    with pytest.raises(InvalidRequestError, match="squared_euclidean"):
        distance(a[0], a[1], "euclidean")
    with pytest.raises(InvalidEmbeddingError, match="same D"):
        distance_matrix(a, embeddings(2, 5), "cosine")
    with pytest.raises(InvalidEmbeddingError, match="same D"):
        distance(a[0], a, "cosine")
    for bad in (np.nan, np.inf, -np.inf):
        damaged = a.copy()
        damaged[1, 2] = bad
        with pytest.raises(InvalidEmbeddingError, match="NaN"):
            distance_matrix(a, damaged, "squared_euclidean")
        with pytest.raises(InvalidEmbeddingError, match="NaN"):
            distance(a[0], damaged[1], "cosine")
