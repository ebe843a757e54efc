"""The whole protocol on a small data set made of the pictures that ship with the project."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facestyle.cli import main
from facestyle.evaluation.lfw import evaluate_lfw
from facestyle.evaluation.measure import central_face
from facestyle.evaluation.pairs import read_pairs
from facestyle.evaluation.report import write_report
from facestyle.faces.detection import MtcnnDetector
from facestyle.faces.embedding import DlibEmbedder
from facestyle.faces.results import Box, Face
from facestyle.settings import Settings

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "facestyle" / "ui" / "examples"


@pytest.fixture
def layout(tmp_path):
    """Two people with two pictures each, and a "person" without a face; two folds."""
    files = {
        "Grace": ("hopper.jpg", "hopper_altered.jpg"),
        "Eileen": ("collins.jpg", "collins_altered.jpg"),
        "Nobody": ("coffee.jpg", "china.jpg"),
    }
    for name, pictures in files.items():
        (tmp_path / "lfw" / name).mkdir(parents=True)
        for number, picture in enumerate(pictures, 1):
            shutil.copy(EXAMPLES / picture, tmp_path / "lfw" / name / f"{name}_{number:04d}.jpg")
    lines = ["2\t2", "Grace\t1\t2", "Nobody\t1\t2", "Grace\t1\tEileen\t1", "Grace\t2\tEileen\t2"]
    lines += ["Eileen\t1\t2", "Grace\t2\t1", "Eileen\t2\tGrace\t1", "Eileen\t1\tNobody\t1"]
    (tmp_path / "pairs.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


class Counting(MtcnnDetector):
    calls = 0

    def detect(self, image):
        self.calls += 1
        return super().detect(image)


def test_protocol_counts_missed_faces_as_errors_and_resumes(layout, tmp_path):
    pairs = read_pairs(layout / "pairs.txt", layout / "lfw")
    detector, embedder, done = Counting(), DlibEmbedder(), []
    cache = tmp_path / "cache.sqlite"
    result = evaluate_lfw(pairs, detector, embedder, cache=cache, settings=Settings(), on_done=done.append)
    assert sum(done) == result.images == 6
    assert detector.calls == 6  # each picture is decoded and looked at once
    assert sorted(path.stem for path in result.failures) == ["Nobody_0001", "Nobody_0002"]
    assert result.distances[1] == np.inf  # a same pair with a missed face is never accepted
    assert result.distances[7] == -np.inf  # a different pair with a missed face is never rejected
    assert result.accuracy.folds == (0.75, 0.75)
    assert result.default_accuracy == 0.75

    again = evaluate_lfw(pairs, detector, embedder, cache=cache, settings=Settings())
    assert detector.calls == 6  # nothing is measured twice
    np.testing.assert_array_equal(again.distances, result.distances)

    written = {path.name for path in write_report(result, tmp_path / "report")}
    assert written == {"report.json", "distances.csv", "roc.png", "det.png", "mistakes.png"}
    for name in written:
        if name.endswith(".png"):
            with Image.open(tmp_path / "report" / name) as picture:
                assert np.asarray(picture.convert("L")).std() > 5
    assert len((tmp_path / "report" / "distances.csv").read_text("utf-8").splitlines()) == 9


def test_command_prints_the_promised_fields(layout, capsys, monkeypatch):
    monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(layout / "cache"))
    images, pairs = str(layout / "lfw"), str(layout / "pairs.txt")
    assert main(["evaluate", "lfw", "--images", images, "--pairs", pairs, "--report", str(layout / "r"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"pairs", "accuracy", "stderr", "auc", "eer", "tau", "failures", "seconds"} <= answer.keys()
    assert answer["pairs"] == 8
    assert answer["failures"] == ["Nobody_0001.jpg", "Nobody_0002.jpg"]
    assert answer["tar_at_far"] == {"0.1": None, "0.01": None, "0.001": None}


def test_the_most_central_certain_face_counts():
    def face(left, score):
        return Face(Box(left, 90, left + 20, 110), score, ((0.0, 0.0),) * 5)

    picture = np.zeros((200, 200, 3), np.uint8)
    certain, uncertain, aside = face(80, 0.95), face(90, 0.75), face(10, 1.0)
    assert central_face((aside, uncertain, certain), picture) is certain
    assert central_face((uncertain,), picture) is uncertain
    assert central_face((), picture) is None


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(900)
def test_accuracy_on_lfws_first_development_fold(shared_data):
    """From raw pictures, a missed face an error: at least 98.8 % at the best threshold of that data."""
    from facestyle.evaluation.verification import best_threshold

    folder = shared_data / "faces" / "lfw_dev"
    pairs = read_pairs(folder / "pairs.txt", folder)
    result = evaluate_lfw(pairs, MtcnnDetector(), DlibEmbedder(), cache=None, settings=Settings())
    same = np.array([pair.same for pair in pairs])
    assert ((result.distances <= best_threshold(result.distances, same)) == same).mean() >= 0.988
    assert result.default_accuracy >= 0.985
    assert result.failures == ()
