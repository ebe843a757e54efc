"""The sheet of the worst mistakes shows them in the order of their wrongness, and no more than twenty."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facestyle.evaluation import plots
from facestyle.evaluation import verification as v
from facestyle.evaluation.lfw import LfwResult
from facestyle.evaluation.pairs import Pair

TAU = 0.5


@pytest.fixture
def make_result(tmp_path):
    def make(distances: list[float], same: list[bool]) -> LfwResult:
        pairs = []
        for number, kind in enumerate(same):
            path = tmp_path / f"p{number}.png"
            Image.new("RGB", (30, 20), (number, 0, 0)).save(path)
            pairs.append(Pair(path, path, kind, number % 2))
        apart, labels = np.array(distances), np.array(same)
        curve = v.roc(apart, labels)
        folded = v.folded_accuracy(apart, labels, np.arange(len(same)) % 2)
        return LfwResult(
            pairs=tuple(pairs), distances=apart, failures=(), accuracy=folded, auc=0.5, eer=0.5, tau=TAU, tau_eer=TAU,
            tars={}, default_tau=TAU, default_accuracy=0.5, model="m", detector="d", images=len(same), remembered=0,
            seconds=1.0, curve=curve,
        )  # fmt: skip

    return make


def titles(figure) -> list[str]:
    return [Path(axes.get_title().splitlines()[0]).stem for axes in figure.axes if axes.get_title()]


def test_the_worst_twenty_come_first(make_result):
    wrong = np.linspace(0.51, 0.99, 25)
    order = np.random.default_rng(0).permutation(25)
    shown = titles(plots.mistakes_sheet(make_result([*wrong[order], 0.9], [True] * 25 + [False]), TAU))
    expected = [f"p{index}" for index in sorted(range(25), key=lambda index: -wrong[order][index])][:20]
    assert shown == expected


def test_a_missed_face_is_the_worst_mistake_and_says_so(make_result):
    figure = plots.mistakes_sheet(make_result([0.4, 0.9, np.inf, -np.inf], [True, True, True, False]), TAU)
    assert titles(figure) == ["p2", "p3", "p1"]
    assert ["no face found" in axes.get_title() for axes in figure.axes if axes.get_title()] == [True, True, False]


def test_without_mistakes_there_is_no_sheet(make_result):
    assert plots.mistakes_sheet(make_result([0.1, 0.9], [True, False]), TAU) is None
