"""calibrate, from the terminal's side, on pictures drawn from those that ship with the project."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from facestyle.faces.calibration import store
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding import DlibEmbedder


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FACESTYLE_CALIBRATION", str(tmp_path / "own"))
    return tmp_path


@pytest.fixture
def album(places, monkeypatch):
    """Six people with five pictures each; their embeddings are drawn, and one picture has none."""
    folder, rows = places / "album", []
    for person in range(6):
        (folder / f"p{person}").mkdir(parents=True)
        for i in range(5):
            (folder / f"p{person}" / f"{i}.png").touch()
            rows.append((f"p{person}/{i}.png", f"p{person}/{(i + 1) % 5}.png", 1))
            rows.append((f"p{person}/{i}.png", f"p{(person + 1 + i) % 6}/{i}.png", 0))
    table = folder / "pairs.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file_x", "file_y", "same"), *rows])

    def played(paths, *_, on_done=lambda _: None, **__):
        generator = np.random.default_rng(0)
        centres = generator.normal(size=(6, 128)) * 0.05
        on_done(len(paths))
        found = {p: (centres[int(p.parent.name[1:])] + generator.normal(size=128) * 0.02).astype("f4") for p in paths}
        found[folder / "p0" / "0.png"] = None  # no face there
        return found

    monkeypatch.setattr("facestyle.evaluation.calibrate.embed_files", played)
    return folder


def test_calibrates_writes_and_reports(album, run_json, run, places):
    given = ["--images", album, "--pairs", album / "pairs.csv", "--name", "six people"]
    status, answer = run_json("calibrate", *given, "--report", places / "report")
    assert status == 0
    assert (answer["people"], answer["same_pairs"], answer["data"]) == (6, 28, "six people")
    assert answer["left_out"] == 60 - answer["same_pairs"] - answer["different_pairs"] > 2
    assert set(answer["cross_validation"]) == {"distance", "absolute", "chi_square"}
    detector, embedder = load_detector(), DlibEmbedder()
    made = store.load(
        places / "own" / "dlib_resnet.json",
        model="dlib_resnet",
        preprocessing=f"{detector.model}-{detector.version}/{embedder.version}",
    )
    assert made.data == "six people"
    for name in ("reliability.png", "rates.png"):
        with Image.open(places / "report" / name) as plot:
            assert np.asarray(plot.convert("L")).std() > 5
    assert json.loads((places / "report" / "calibration.json").read_text("utf-8"))["head"] == answer["head"]
    checked = run_json("calibrate", *given, "--check", places / "own" / "dlib_resnet.json")[1]
    assert checked["fitted_on"] == "six people"
    assert 0 < checked["log_loss"] < 0.7
    chosen = run("calibrate", *given, "--head", "chi_square", "--out", places / "c.json")
    assert chosen[0] == 0
    assert "chi_square" in chosen[1]
    assert store.read(places / "c.json").head == "chi_square"


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("file_x,file_y,same\n", "invalid_request"),
        ("a,b,c\n1,2,3\n", "invalid_request"),
        ("file_x,file_y,same\np1/0.png,p1/1.png,yes\n", "invalid_request"),
        ("file_x,file_y,same\np1/0.png,p9/1.png,0\n", "invalid_request"),
        ("file_x,file_y,same\np1/0.png\n", "invalid_request"),
        ("file_x,file_y,same\np1/0.png,p1/1.png,1\n", "calibration_data"),
        ("file_x,file_y,same\np0/0.png,p1/1.png,0\n", "calibration_data"),
    ],
)
def test_bad_tables_are_refused_and_write_nothing(album, run_json, places, table, code):
    (album / "bad.csv").write_text(table, "utf-8")
    status, answer = run_json("calibrate", "--images", album, "--pairs", album / "bad.csv")
    assert (status, answer["error"]["code"]) == (2, code)
    assert not (places / "own").exists()


def test_a_damaged_file_and_a_place_that_cannot_be_written_are_named(album, run_json, places):
    given = ["--images", album, "--pairs", album / "pairs.csv"]
    (places / "bad.json").write_text("{}", "utf-8")
    assert run_json("calibrate", *given, "--check", places / "bad.json")[1]["error"]["code"] == "calibration_damaged"
    assert run_json("calibrate", *given, "--check", places / "bad.json", "--head", "distance")[0] == 2
    refused = run_json("calibrate", *given, "--out", places / "bad.json" / "below.json")
    assert refused[1]["error"]["code"] == "calibration_error"


def test_the_calibration_on_board_is_of_the_networks_on_board():
    """Whoever changes the detector or the alignment must calibrate again."""
    from facestyle.faces.calibration.confidence import Confidence
    from facestyle.settings import Settings

    detector, embedder = load_detector(), DlibEmbedder()
    made_with = f"{detector.model}-{detector.version}/{embedder.version}"
    found = Confidence.of(embedder.model, made_with, Settings(calibration="/nowhere"))
    assert found.refusal is None
    assert found.calibration.metric == embedder.metric
    assert len(found.calibration.same_distances) == len(found.calibration.different_distances) == 300


@pytest.mark.slow
@pytest.mark.data
def test_the_calibration_on_board_holds_on_other_pictures(run_json, shared_data, places):
    """Fitted on Labeled Faces in the Wild, checked on photos of celebrities that it has not seen."""
    from facestyle.settings import Settings

    folder = shared_data / "faces" / "celebrities"
    file = Settings().weights_dir / "calibration" / "dlib_resnet.json"
    answer = run_json("calibrate", "--images", folder, "--pairs", folder / "pairs.csv", "--check", file)[1]
    assert (answer["same_pairs"], answer["different_pairs"]) == (38, 262)
    assert answer["log_loss"] < 0.05
    assert answer["brier"] < 0.01
