"""Metrics against naive loops and hand-made cases."""

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.evaluation import verification as v


@pytest.fixture(params=range(4))
def data(request):
    generator = np.random.default_rng(request.param)
    same = generator.random(200) < 0.4
    distances = np.round(generator.normal(np.where(same, 0.3, 0.6), 0.12), 2)  # rounded: many ties
    return distances, same


def test_roc_counts_what_is_accepted(data):
    distances, same = data
    curve = v.roc(distances, same)
    assert (curve.far[0], curve.tar[0], curve.far[-1], curve.tar[-1]) == (0, 0, 1, 1)
    for tau, far, tar in zip(curve.tau, curve.far, curve.tar, strict=True):
        accepted = distances <= tau
        assert far == pytest.approx(accepted[~same].mean())
        assert tar == pytest.approx(accepted[same].mean())


def test_auc_is_the_chance_that_a_same_pair_is_nearer(data):
    distances, same = data
    pairs = [(p, n) for p in distances[same] for n in distances[~same]]
    expected = np.mean([1.0 if p < n else 0.5 if p == n else 0.0 for p, n in pairs])
    assert v.auc(v.roc(distances, same)) == pytest.approx(expected)


def test_eer_is_where_both_errors_meet(data):
    distances, same = data
    rate, tau = v.eer(v.roc(distances, same))
    below = (distances <= tau - 0.011, distances <= tau + 0.011)
    far = [(accepted[~same]).mean() for accepted in below]
    frr = [(~accepted[same]).mean() for accepted in below]
    assert far[0] - 1e-9 <= rate <= far[1] + 1e-9
    assert frr[1] - 1e-9 <= rate <= frr[0] + 1e-9


def test_perfect_separation():
    distances, same = np.array([0.1, 0.2, 0.8, 0.9]), np.array([True, True, False, False])
    curve = v.roc(distances, same)
    assert v.auc(curve) == 1
    assert v.eer(curve)[0] == 0
    assert v.best_threshold(distances, same) == pytest.approx(0.5)


def test_best_threshold_against_trying_all(data):
    distances, same = data
    found = ((distances <= v.best_threshold(distances, same)) == same).mean()
    candidates = [-1.0, *distances]
    assert found == max(((distances <= tau) == same).mean() for tau in candidates)


@pytest.mark.parametrize("pattern", [[True] * 5, [False] * 5])
def test_best_threshold_of_one_class(pattern):
    distances, same = np.linspace(0, 1, 5), np.array(pattern)
    assert ((distances <= v.best_threshold(distances, same)) == same).all()


def test_unmeasured_pairs_are_errors_at_every_threshold():
    distances = np.array([0.1, np.inf, -np.inf, 0.9])
    same = np.array([True, True, False, False])
    tau = v.best_threshold(distances, same)
    assert np.isfinite(tau)
    assert ((distances <= tau) == same).tolist() == [True, False, False, True]
    curve = v.roc(distances, same)
    assert v.auc(curve) == pytest.approx(0.25)
    assert v.eer(curve)[0] == pytest.approx(0.5)


def test_threshold_of_a_fold_is_not_chosen_on_it():
    """In fold 0 the classes are swapped: scored at the other folds' threshold it must come out wrong."""
    distances = np.array([0.9, 0.8, 0.1, 0.2] + [0.1, 0.2, 0.8, 0.9] * 2)
    same = np.array([True, True, False, False] * 3)
    folds = np.repeat([0, 1, 2], 4)
    result = v.folded_accuracy(distances, same, folds)
    assert result.folds[0] == 0
    assert result.mean == pytest.approx(np.mean(result.folds))
    assert result.stderr == pytest.approx(np.std(result.folds, ddof=1) / np.sqrt(3))


def test_one_fold_is_not_enough():
    with pytest.raises(InvalidRequestError):
        v.folded_accuracy(np.zeros(4), np.array([True, False] * 2), np.zeros(4, np.int64))
    with pytest.raises(InvalidRequestError):
        v.roc(np.zeros(3), np.ones(3, bool))


def test_wilson_interval_against_scipy():
    from scipy.stats import binomtest

    for successes, trials in ((0, 10), (10, 10), (3, 17), (2980, 3000)):
        rate = v.wilson(successes, trials)
        expected = binomtest(successes, trials).proportion_ci(method="wilson")
        assert rate.value == successes / trials
        assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_rate_that_the_data_cannot_tell_is_not_told(data):
    distances, same = data
    curve = v.roc(distances, same)
    positives, negatives = int(same.sum()), int((~same).sum())
    assert v.tar_at_far(curve, 1e-3, positives, negatives) is None
    rate = v.tar_at_far(curve, 0.1, positives, negatives)
    allowed = [t for t in distances if (distances[~same] <= t).mean() <= 0.1]
    assert rate.value == pytest.approx((distances[same] <= max(allowed)).mean())
    assert rate.low <= rate.value <= rate.high
