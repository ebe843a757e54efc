"""The features of each head against naive loops, and the fit against scikit-learn and known parameters."""

import numpy as np
import pytest
from scipy.integrate import quad
from sklearn.linear_model import LogisticRegression

from facestyle.errors import InvalidRequestError
from facestyle.faces.calibration.base import sigmoid
from facestyle.faces.calibration.heads import HEADS, find_head
from facestyle.faces.calibration.logistic import PENALTIES, fit, fit_by_evidence, fit_pairs
from facestyle.faces.similarity import METRICS, distance


def naive(name, a, b, metric):
    if name == "distance":
        return [distance(a, b, metric)]
    a, b = ([float(v) for v in x] for x in (a, b))
    if metric == "cosine":
        a, b = ([v / sum(w * w for w in x) ** 0.5 for v in x] for x in (a, b))
    if name == "absolute":
        return [abs(p - q) for p, q in zip(a, b, strict=True)]
    found = []
    for p, q in zip(a, b, strict=True):
        total = 0.0
        for left, right in ((max(p, 0), max(q, 0)), (max(-p, 0), max(-q, 0))):  # two histograms of one component
            if left + right > 0:
                total += (left - right) ** 2 / (left + right)
        found.append(total)
    return found


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", HEADS)
def test_features_against_a_naive_loop(name, metric):
    generator = np.random.default_rng(3)
    a, b = generator.normal(size=(2, 7, 5)).astype(np.float32)
    a[0, :2] = b[0, :2] = 0  # nothing on either side
    a[1], b[1] = np.abs(a[1]), np.abs(b[1])  # as after a ReLU: DeepFace's own formula
    found = HEADS[name].features(a, b, metric)
    expected = [naive(name, left, right, metric) for left, right in zip(a, b, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(found, HEADS[name].features(b, a, metric))
    assert not HEADS[name].features(a, a, metric).any()


def test_chi_square_without_signs_is_deepfaces():
    a, b = np.array([[0.5, 2.0, 0.0]], np.float32), np.array([[1.5, 2.0, 3.0]], np.float32)
    assert find_head("chi_square").features(a, b, "squared_euclidean")[0].tolist() == [0.5, 0.0, 3.0]


def test_an_unknown_head_is_refused():
    with pytest.raises(InvalidRequestError, match="distance, absolute, chi_square"):
        find_head("cubic")


@pytest.fixture
def data():
    generator = np.random.default_rng(1)
    x = generator.normal(size=(400, 4))
    return x, generator.random(400) < sigmoid(x @ [1.5, -1.0, 0.0, 0.5] - 0.4)


@pytest.mark.parametrize("l2", [0.01, 1.0, 50.0])
def test_newton_against_scikit_learn(data, l2):
    x, same = data
    found = fit(x, same, l2)
    peer = LogisticRegression(C=1 / l2, tol=1e-10, max_iter=5000).fit(x, same)
    np.testing.assert_allclose(found.weights, peer.coef_[0], atol=1e-5)
    assert found.bias == pytest.approx(peer.intercept_[0], abs=1e-5)
    gradient = x.T @ (sigmoid(x @ found.weights + found.bias) - same) + l2 * found.weights
    assert np.abs(gradient).max() < 1e-5


def test_known_parameters_come_back_whatever_the_base_rate():
    generator = np.random.default_rng(5)
    same = np.arange(20_000) < 4_000  # one in five: log-odds of the data are not those at even odds
    d = generator.normal(np.where(same, 1.0, 2.0), 0.5)[:, None]
    found = fit_pairs(d, same)
    # two normal distributions of one spread: log ratio = (mu1 - mu0) / s^2 x - (mu1^2 - mu0^2) / (2 s^2)
    assert found.weights[0] == pytest.approx(-4, abs=0.2)
    assert found.bias == pytest.approx(6, abs=0.3)


def test_evidence_agrees_with_integration():
    """One weight and a bias: the marginal likelihood can be integrated."""
    generator = np.random.default_rng(2)
    x = generator.normal(size=(60, 1))
    same = generator.random(60) < sigmoid(1.2 * x[:, 0])

    def exact(l2):
        def over_bias(w):
            def density(b):
                z = np.where(same, 1, -1) * (w * x[:, 0] + b)
                return np.exp(-np.logaddexp(0, -z).sum() - l2 / 2 * w * w + 30)

            return quad(density, -4, 4)[0]

        return np.log(l2) / 2 + np.log(quad(over_bias, -6, 8, epsrel=1e-5)[0])

    laplace = [fit(x, same, l2).log_evidence for l2 in (0.1, 1.0, 10.0)]
    differences = np.diff(laplace) - np.diff([exact(l2) for l2 in (0.1, 1.0, 10.0)])
    assert np.abs(differences).max() < 0.05
    best = fit_by_evidence(x, same)
    assert best.log_evidence == pytest.approx(max(fit(x, same, l2).log_evidence for l2 in PENALTIES))


def test_separable_data_stays_finite():
    x = np.linspace(-1, 1, 200)[:, None]
    found = fit_pairs(x, x[:, 0] > 0)
    assert np.isfinite([*found.weights, found.bias]).all()
    assert found.weights[0] > 0


def test_a_constant_feature_says_nothing(data):
    x, same = data
    found = fit_pairs(np.column_stack([x, np.full(len(x), 3.0)]), same)
    assert found.weights[-1] == pytest.approx(0, abs=1e-9)
