"""Intervals against scipy's binomial test, scores against naive loops, people held out."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, log_loss

from facestyle.faces.calibration.base import posterior, sigmoid
from facestyle.faces.calibration.people import identify_people, leave_people_out
from facestyle.faces.calibration.rates import error_rate, error_rates, expected_false_accepts
from facestyle.faces.calibration.scores import reliability, score


@pytest.mark.parametrize(("errors", "trials"), [(0, 300), (1, 300), (5, 300), (300, 300), (0, 1), (1, 1), (17, 40)])
def test_intervals_against_binomtest(errors, trials):
    rate = error_rate(errors, trials)
    two = binomtest(errors, trials).proportion_ci(0.95, "exact")
    one = binomtest(errors, trials, alternative="less").proportion_ci(0.95, "exact")
    assert (rate.low, rate.high) == pytest.approx((two.low, two.high), abs=1e-10)
    assert rate.at_most == pytest.approx(one.high, abs=1e-10)


def test_rates_count_what_tau_accepts():
    same, different = np.array([0.1, 0.2, 0.2, 0.5]), np.array([0.2, 0.4, 0.9])
    for tau in (0, 0.1, 0.2, 0.3, 0.45, 0.5, 2):
        rates = error_rates(same, different, tau)
        assert rates.false_reject.value == pytest.approx((same > tau).mean())
        assert rates.false_accept.value == pytest.approx((different <= tau).mean())


def test_k_people_are_k_chances():
    rate = error_rate(3, 300)
    expected = expected_false_accepts(rate, 50)
    assert expected.value == pytest.approx(0.5)
    assert (expected.low, expected.high) == (50 * rate.low, 50 * rate.high)


def test_scores_against_scikit_learn_and_a_loop():
    generator = np.random.default_rng(0)
    same = generator.random(500) < 0.3
    log_odds = generator.normal(np.where(same, 1, -1), 1.5)
    weights, p = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum()), sigmoid(log_odds)
    found = score(log_odds, same)
    assert found.log_loss == pytest.approx(log_loss(same, p, sample_weight=weights))
    assert found.brier == pytest.approx(brier_score_loss(same, p, sample_weight=weights))
    ece = 0.0
    for low in np.arange(10) / 10:
        rows = [i for i in range(500) if low <= p[i] < low + 0.1]
        ece += abs(sum(weights[i] * (p[i] - same[i]) for i in rows))
    assert found.ece == pytest.approx(ece, abs=1e-9)
    bins = reliability(log_odds, same)
    assert sum(b.same for b in bins) == same.sum()
    assert sum(b.different for b in bins) == (~same).sum()
    assert all(b.low <= b.seen <= b.high for b in bins)
    assert [b.said for b in bins] == sorted(b.said for b in bins)


def test_another_prior_shifts_the_log_odds():
    assert posterior(0.0, 0.5) == 0.5
    assert posterior(0.0, 0.1) == pytest.approx(0.1)
    assert posterior(math.log(9), 0.1) == pytest.approx(0.5)


@pytest.mark.parametrize("chained", [True, False])
def test_nobody_held_out_is_trained_on_and_each_pair_is_held_out_once(chained):
    generator = np.random.default_rng(4)
    first = generator.integers(30, size=300)
    step = generator.integers(1, 30, size=300) if chained else generator.integers(0, 2, size=300) * (first % 2 == 0)
    second = (first + step) % 30
    seen = np.zeros(300, int)
    rounds = 0
    for train, held_out in leave_people_out(first, second, 6):
        people = {*first[held_out], *second[held_out]}
        assert people.isdisjoint({*first[train], *second[train]})
        assert train.any()
        seen += held_out
        rounds += 1
    assert (seen == 1).all()
    assert rounds == (21 if chained else 6)


def test_people_are_told_by_labels_and_by_folders():
    flat = [("1", "2", True), ("2", "3", True), ("1", "4", False), ("5", "6", False)]
    first, second = identify_people(flat, [("", "")] * 4)
    assert first[0] == second[0] == first[1] == second[1] == first[2]
    assert len({*first, *second}) == 4
    folders = [("A", "A"), ("A", "B"), ("B", "C")]
    first, second = identify_people([("A/1", "A/2", True), ("A/3", "B/1", False), ("B/2", "C/1", False)], folders)
    assert first.tolist() == [0, 0, 1]
    assert second.tolist() == [0, 1, 2]
