"""Open-set metrics against naive loops over probes and people."""

import numpy as np
import pytest

from facestyle.evaluation import search as s

METRIC = "squared_euclidean"


@pytest.fixture(params=range(2))
def case(request):
    """A gallery with one to three pictures a person, probes of enrolled and unknown people, some without a face."""
    generator = np.random.default_rng(request.param)
    centres = generator.normal(size=(30, 4)) * 1.5
    owners = np.repeat(np.arange(20), generator.integers(1, 4, 20))
    generator.shuffle(owners)
    gallery = centres[owners] + generator.normal(size=(len(owners), 4)) * 0.6
    who = generator.integers(0, 30, 300)
    probes = np.round(centres[who] + generator.normal(size=(300, 4)) * 0.6, 1)
    found = generator.random(300) > 0.05
    mated = who < 20
    wanted = np.where(mated, who, -1)
    return gallery.astype(np.float32), owners, probes.astype(np.float32), found, mated, wanted


def run(case):
    gallery, owners, probes, found, mated, wanted = case
    return s.search(gallery, owners, probes[found], wanted, mated=mated, found=found, metric=METRIC)


def naive(case):
    """For each probe: distances by person, or None without a face."""
    gallery, owners, probes, found, _, _ = case
    rows = []
    for probe, ok in zip(probes, found, strict=True):
        if not ok:
            rows.append(None)
            continue
        best = {}
        for vector, owner in zip(gallery, owners, strict=True):
            apart = sum((float(p) - float(q)) ** 2 for p, q in zip(probe, vector, strict=True))
            best[int(owner)] = min(best.get(int(owner), np.inf), apart)
        rows.append(best)
    return rows


def test_every_probe_against_a_loop_over_people(case):
    *_, wanted = case
    out = run(case)
    for index, best in enumerate(naive(case)):
        if best is None:
            assert (out.nearest[index], out.person[index], out.rank[index]) == (np.inf, -1, s.NEVER)
            continue
        assert out.nearest[index] == pytest.approx(min(best.values()), rel=1e-5, abs=1e-5)
        assert best[int(out.person[index])] == pytest.approx(min(best.values()), rel=1e-5, abs=1e-5)
        if wanted[index] < 0:
            assert (out.own[index], out.rank[index]) == (np.inf, s.NEVER)
        else:
            own = best[int(wanted[index])]
            assert out.own[index] == pytest.approx(own, rel=1e-5, abs=1e-5)
            assert out.rank[index] == sum(apart <= own + 1e-6 for apart in best.values())


def test_rates_against_counting(case):
    out, rows = run(case), naive(case)
    *_, mated, wanted = case
    people = [(best, int(who)) for best, who, known in zip(rows, wanted, mated, strict=True) if known]
    strangers = [best for best, known in zip(rows, mated, strict=True) if not known]

    def rank(best, who):
        return s.NEVER if best is None else sum(apart <= best[who] + 1e-6 for apart in best.values())

    expected = [np.mean([rank(best, who) <= r for best, who in people]) for r in range(1, 21)]
    assert s.cmc(out, 20) == pytest.approx(expected)
    assert list(s.cmc(out, 20)) == sorted(s.cmc(out, 20))
    for tau in (0.5, 1.0, 2.0, 5.0):
        hits = np.mean([rank(best, who) == 1 and best[who] <= tau for best, who in people])
        assert s.detection_and_identification(out, tau).value == pytest.approx(hits)
        second = np.mean([rank(best, who) <= 2 and best[who] <= tau for best, who in people])
        assert s.detection_and_identification(out, tau, 2).value == pytest.approx(second)
        taken = np.mean([best is not None and min(best.values()) <= tau for best in strangers])
        assert s.unknowns_accepted(out, tau).value == pytest.approx(taken)
        wrong = np.mean(
            [best is not None and rank(best, who) > 1 and min(best.values()) <= tau for best, who in people]
        )
        assert s.misidentified(out, tau).value == pytest.approx(wrong)


def test_operating_curve_is_the_rates_at_its_thresholds(case):
    out = run(case)
    taus, far, rate = s.operating_curve(out)
    assert (far[0], rate[0]) == (0, 0)
    for tau, accepted, identified in list(zip(taus, far, rate, strict=True))[1::7]:
        assert s.unknowns_accepted(out, tau).value == pytest.approx(accepted)
        assert s.detection_and_identification(out, tau).value == pytest.approx(identified)


def test_threshold_is_the_largest_that_keeps_the_rate(case):
    out = run(case)
    strangers = out.nearest[~out.mated]
    tau = s.threshold_at_far(out, 0.05)
    assert s.unknowns_accepted(out, tau).value <= 0.05
    following = strangers[strangers > tau].min()
    assert s.unknowns_accepted(out, following).value > 0.05


def outcomes(nearest, mated):
    nearest, mated = np.array(nearest, float), np.array(mated)
    rank = np.where(mated, 1, s.NEVER)
    return s.Outcomes(mated, nearest, np.zeros(len(mated), np.int64), np.where(mated, nearest, np.inf), rank)


def test_too_few_unknowns_give_no_threshold():
    generator = np.random.default_rng(0)
    enough = outcomes(generator.random(301), [True] + [False] * 300)
    few = outcomes(generator.random(300), [True] + [False] * 299)
    assert s.threshold_at_far(enough, 0.01) is not None
    assert s.threshold_at_far(few, 0.01) is None


def test_threshold_where_all_unknowns_are_equally_near():
    """No distance of theirs keeps the rate: the threshold falls below all of them."""
    out = outcomes([0.1] + [0.5] * 300, [True] + [False] * 300)
    tau = s.threshold_at_far(out, 0.01)
    assert 0.1 < tau < 0.5
    assert s.unknowns_accepted(out, tau).value == 0
    assert s.detection_and_identification(out, tau).value == 1


def test_unknowns_without_a_face_are_never_accepted():
    out = outcomes([0.1] + [np.inf] * 300, [True] + [False] * 300)
    assert s.unknowns_accepted(out, 1e9).value == 0
    assert s.threshold_at_far(out, 0.01) is None


def test_only_known_or_only_unknown_probes():
    known, unknown = outcomes([0.1, 0.2], [True, True]), outcomes([0.1, 0.2], [False, False])
    assert s.unknowns_accepted(known, 1) is None
    assert s.threshold_at_far(known, 0.01) is None
    assert s.detection_and_identification(unknown, 1) is None
    assert s.misidentified(unknown, 1) is None
    assert s.cmc(unknown, 5) == ()
    for out in (known, unknown):
        assert [len(part) for part in s.operating_curve(out)] == [0, 0, 0]


def test_of_people_equally_near_the_right_one_counts_last():
    vectors = np.array([[0, 0], [0, 0], [1, 1]], np.float32)
    out = s.search(
        vectors,
        np.arange(3),
        np.zeros((1, 2), np.float32),
        np.array([0]),
        mated=np.array([True]),
        found=np.array([True]),
        metric=METRIC,
    )
    assert out.rank.tolist() == [2]
