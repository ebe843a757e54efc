"""From labelled embeddings to a calibration, its file, and what it lets the service say."""

import json
from dataclasses import replace

import numpy as np
import pytest

from facestyle.errors import (
    CalibrationDamagedError,
    CalibrationDataError,
    CalibrationMismatchError,
    InvalidRequestError,
)
from facestyle.faces.calibration import store
from facestyle.faces.calibration.base import posterior, sigmoid
from facestyle.faces.calibration.confidence import Confidence
from facestyle.faces.calibration.fit import cross_validate, fit_calibration
from facestyle.faces.calibration.heads import HEADS
from facestyle.faces.calibration.scores import score
from facestyle.settings import Settings
from tests.faces.calibration.conftest import make_pairs

FIT = {"model": "m", "preprocessing": "d-1/e-1", "metric": "squared_euclidean"}


def test_the_best_head_on_unseen_people_is_kept(pairs):
    found = fit_calibration(pairs, **FIT)
    assert set(found.scores) == set(HEADS)
    assert found.scores[found.head].log_loss == min(scores.log_loss for scores in found.scores.values())
    assert all(scores.log_loss < 0.5 for scores in found.scores.values())
    assert fit_calibration(pairs, **FIT, head="absolute").head == "absolute"
    with pytest.raises(InvalidRequestError):
        fit_calibration(pairs, **FIT, head="cubic")


def test_reported_scores_are_of_unseen_people(pairs, calibration):
    x = HEADS["distance"].features(pairs.a, pairs.b, "squared_euclidean")
    held_out = cross_validate(x, pairs.same, pairs.first, pairs.second, 10)
    assert calibration.scores["distance"] == score(held_out, pairs.same)
    assert not np.allclose(held_out, x @ calibration.weights + calibration.bias)


def test_it_is_calibrated_on_people_it_has_never_seen(calibration):
    fresh = make_pairs(seed=9, same=3000, different=3000, people=400)
    x = HEADS["distance"].features(fresh.a, fresh.b, "squared_euclidean")
    p = sigmoid(np.clip(x @ calibration.weights + calibration.bias, *calibration.limits))
    for low, high in ((0.2, 0.5), (0.5, 0.8)):
        inside = (p >= low) & (p < high)
        assert fresh.same[inside].mean() == pytest.approx(p[inside].mean(), abs=0.12)


def test_few_pairs_never_claim_more_than_they_can_tell(calibration):
    sure = Confidence(calibration)
    a = np.zeros(8, np.float32)
    evidence = sure.evidence()
    assert sure.probability(a, a) == evidence.highest == pytest.approx(151 / 152)
    assert sure.probability(a, a + 50) == evidence.lowest == pytest.approx(1 / 122)
    separable = fit_calibration(make_pairs(noise=0.01), **FIT, head="distance")
    assert np.isfinite([*separable.weights, separable.bias]).all()
    assert Confidence(separable).probability(a, a) < 1


def test_prior_and_gallery_size_shift_the_probability(calibration):
    a, b = np.zeros(8, np.float32), np.full(8, 0.35, np.float32)
    even = Confidence(calibration).probability(a, b)
    ratio = float(np.log(even / (1 - even)))
    assert Confidence(calibration, prior=0.01).probability(a, b) == pytest.approx(posterior(ratio, 0.01))
    assert Confidence(calibration).probability(a, b, enrolled=50) == pytest.approx(posterior(ratio, 0.01))
    assert Confidence(calibration).evidence(50).prior == 0.01


def test_without_a_calibration_nothing_is_known():
    nothing = Confidence(None)
    zeros = np.zeros(8, np.float32)
    assert nothing.probability(zeros, zeros) is None
    assert nothing.evidence() is nothing.rates(0.3) is nothing.false_accepts(0.3, 5) is None


@pytest.mark.parametrize("change", ["few", "one kind", "nan", "two people"])
def test_data_that_allows_no_calibration_is_refused(pairs, change):
    if change == "few":
        bad = make_pairs(same=19)
    elif change == "one kind":
        bad = replace(pairs, same=np.ones_like(pairs.same))
    elif change == "nan":
        a = pairs.a.copy()
        a[3, 2] = np.nan
        bad = replace(pairs, a=a)
    else:
        bad = make_pairs(people=2)
    with pytest.raises(CalibrationDataError):
        fit_calibration(bad, **FIT)


def test_a_file_comes_back_as_it_was(calibration, tmp_path):
    path = tmp_path / "deep" / "m.json"
    store.save(calibration, path)
    found = store.load(path, model="m", preprocessing="d-1/e-1")
    np.testing.assert_allclose(found.weights, calibration.weights, rtol=1e-8)
    np.testing.assert_array_equal(found.same_distances, calibration.same_distances)
    assert found.data == "drawn people"
    assert found.reliability[0].said == pytest.approx(calibration.reliability[0].said, abs=1e-6)
    assert [p.name for p in path.parent.iterdir()] == ["m.json"]
    # 8-dimensional embeddings went in; parameters and distances are all that is kept
    content = json.loads(path.read_text("utf-8"))
    assert set(content["distances"]) == {"same", "different"}
    assert len(content["parameters"]["weights"]) == 1


@pytest.mark.parametrize(("model", "preprocessing"), [("other", "d-1/e-1"), ("m", "d-2/e-1")])
def test_another_models_calibration_is_refused(calibration, tmp_path, model, preprocessing):
    store.save(calibration, tmp_path / "m.json")
    with pytest.raises(CalibrationMismatchError):
        store.load(tmp_path / "m.json", model=model, preprocessing=preprocessing)


DAMAGE = {
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "list": lambda text: "[]",
    "deep": lambda text: "[" * 100_000,
    "nan": lambda text: text.replace('"bias": ', '"bias": NaN, "was": '),
    "beyond floats": lambda text: text.replace('"bias": ', '"bias": 1' + "0" * 400 + ', "was": '),
    "bytes": lambda text: "\0" + text,
    "schema": lambda text: text.replace('"facestyle_calibration": 1', '"facestyle_calibration": 2'),
    "head": lambda text: text.replace('"head": "distance"', '"head": "cubic"'),
    "count": lambda text: text.replace('"same": 120', '"same": 121'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_file_is_refused_and_costs_no_more_than_the_probability(calibration, tmp_path, damage):
    path = tmp_path / "own" / "m.json"
    store.save(calibration, path)
    path.write_text(DAMAGE[damage](path.read_text("utf-8")), "utf-8")
    with pytest.raises(CalibrationDamagedError, match=r"m\.json"):
        store.read(path)
    settings = Settings(calibration=tmp_path / "own", weights_dir=tmp_path / "weights")
    found = Confidence.of("m", "d-1/e-1", settings)
    assert found.calibration is None
    assert found.refusal.code == "calibration_damaged"


def test_own_calibration_goes_before_the_one_on_board(calibration, tmp_path):
    settings = Settings(calibration=tmp_path / "own", weights_dir=tmp_path / "weights")
    store.save(calibration, tmp_path / "weights" / "calibration" / "m.json")
    assert Confidence.of("m", "d-1/e-1", settings).calibration.data == "drawn people"
    store.save(replace(calibration, data="mine"), tmp_path / "own" / "m.json")
    assert Confidence.of("m", "d-1/e-1", settings).calibration.data == "mine"
    stale = Confidence.of("m", "d-2/e-1", settings)
    assert stale.calibration is None
    assert stale.refusal.code == "calibration_mismatch"
    assert Confidence.of("n", "d-1/e-1", settings) == Confidence(None)
