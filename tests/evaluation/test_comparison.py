"""Paired tests against naive counting and independent implementations."""

from math import comb
from pathlib import Path

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError, WeightsMissingError
from facestyle.evaluation import verification as v
from facestyle.evaluation.comparison import compare, holm, mcnemar, weighted_auc
from facestyle.evaluation.comparison_report import Contender, as_markdown, as_text, write_comparison
from facestyle.evaluation.lfw import LfwResult
from facestyle.evaluation.pairs import Pair


@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 1), (3, 3), (1, 9), (9, 1), (20, 5)])
def test_mcnemar_counts_the_tails_of_a_fair_coin(a, b):
    n = a + b
    expected = min(1.0, 2 * sum(comb(n, k) for k in range(min(a, b) + 1)) / 2**n) if n else 1.0
    assert mcnemar(a, b) == pytest.approx(expected)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()


def test_weighted_auc_is_the_auc_of_repeated_pairs():
    generator = np.random.default_rng(0)
    same = generator.random(60) < 0.4
    distances = np.round(generator.normal(np.where(same, 0.3, 0.5), 0.2), 1)  # rounded: many ties
    weights = generator.integers(0, 4, (5, 60)).astype(float)
    for weight, found in zip(weights, weighted_auc(distances, same, weights), strict=True):
        times = weight.astype(int)
        assert found == pytest.approx(v.auc(v.roc(np.repeat(distances, times), np.repeat(same, times))))


def result(distances, same, model="m"):
    pairs = tuple(Pair(Path(f"{i}a"), Path(f"{i}b"), bool(kind), 0) for i, kind in enumerate(same))
    folds = np.empty(len(same), np.int64)
    for kind in (True, False):
        folds[same == kind] = np.arange((same == kind).sum()) % 10
    curve = v.roc(distances, same)
    return LfwResult(
        pairs, distances, (), v.folded_accuracy(distances, same, folds), v.auc(curve), v.eer(curve)[0], 0.5,
        0.5, dict.fromkeys((1e-1, 1e-2, 1e-3)), 0.5, 0.5, model, "d", 10, 0, 2.0, curve,
    )  # fmt: skip


@pytest.fixture
def data():
    generator = np.random.default_rng(1)
    same = np.arange(600) % 2 == 0
    return same, np.where(same, 0.3, 0.7) + generator.normal(size=600) * 0.15, generator


def test_a_clear_difference_is_found_and_its_interval_holds_the_truth(data):
    same, good, generator = data
    bad = good + generator.normal(size=600) * 0.3
    (difference,) = compare(result(good, same), [result(bad, same)])
    right = v.folded_accuracy(good, same, np.arange(600) // 60).right  # other folds: only to see both differ
    assert right.mean() > 0.9
    assert difference.only_this < difference.only_reference
    assert difference.p == difference.p_holm < 0.001
    value, low, high = difference.accuracy
    assert value == pytest.approx((difference.only_this - difference.only_reference) / 600)
    assert low < value < high < 0
    assert difference.auc[1] < difference.auc[0] < difference.auc[2] < 0


def test_equal_models_do_not_differ(data):
    same, good, generator = data
    almost = good + generator.normal(size=600) * 1e-3
    copy, near = compare(result(good, same), [result(good, same), result(almost, same)])
    assert (copy.only_this, copy.only_reference, copy.p, copy.p_holm) == (0, 0, 1.0, 1.0)
    assert copy.accuracy == copy.auc == (0, 0, 0)
    assert near.p_holm == 1.0
    assert near.auc[1] <= 0 <= near.auc[2]


def test_bootstrap_spread_against_theory(data):
    """The spread of a paired difference in shares is sqrt(disagreements) / N, nearly (no difference in the mean)."""
    same, good, generator = data
    other = good + generator.normal(size=600) * 0.1
    (difference,) = compare(result(good, same), [result(other, same)])
    disagreements = difference.only_this + difference.only_reference
    assert disagreements > 10
    expected = 2 * 1.96 * np.sqrt(disagreements) / 600
    assert difference.accuracy[2] - difference.accuracy[1] == pytest.approx(expected, rel=0.2)


def test_other_pairs_are_refused(data):
    same, good, _ = data
    with pytest.raises(InvalidRequestError, match="same pairs"):
        compare(result(good, same), [result(good[:-2], same[:-2])])


def test_table_lists_what_could_not_be_loaded(data, tmp_path):
    same, good, _ = data
    first, second = result(good, same), result(good + 0.1, same)
    contenders = [
        Contender("first", first),
        Contender("away", refusal=WeightsMissingError("Its file is nowhere.")),
        Contender("second", second, compare(first, [second])[0]),
    ]
    for text in (as_text(contenders), as_markdown(contenders)):
        assert "away: not measured. Its file is nowhere." in text
        assert "second minus the reference" in text
    lines = as_text(contenders).splitlines()
    assert lines[1].startswith("first")
    assert "reference" in lines[1]
    assert f"{first.auc:.5f}" in lines[1]
    assert as_markdown(contenders).splitlines()[1].count("---") == 9
    written = write_comparison(contenders, tmp_path / "out", title="t")
    assert {path.name for path in written} == {"comparison.md", "comparison.json", "roc.png"}
    assert all(path.stat().st_size > 100 for path in written)
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequestError, match="can't be written"):
        write_comparison(contenders, tmp_path / "file", title="t")
