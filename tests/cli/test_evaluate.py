"""`evaluate identification` and `compare` on the pictures that ship with the project, from raw pictures."""

import csv
import json

import pytest
from PIL import Image

from tests.cli.conftest import EXAMPLES


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(tmp_path / "cache"))


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def lists(tmp_path):
    gallery = write(tmp_path / "gallery.csv", ["path", "name"], [["hopper.jpg", "Grace"], ["china.jpg", "Nobody"]])
    rows = [["hopper_altered.jpg", "Grace"], ["coffee.jpg", "Grace"], ["collins.jpg", "Eileen"], ["montage.jpg", "Ann"]]
    return gallery, write(tmp_path / "probes.csv", ["path", "name"], [*rows, ["collins_altered.jpg", "Nobody"]])


def test_identification_counts_faces_that_were_missed(lists, run_json, tmp_path):
    gallery, probes = lists
    arguments = ("evaluate", "identification", "--gallery", gallery, "--probes", probes, "--images", EXAMPLES)
    status, answer = run_json(*arguments, "--report", tmp_path / "out")
    assert status == 0
    # Nobody is enrolled with a picture without a face: looking for Nobody is a miss, not an unknown person
    assert (answer["people"], answer["enrolled"], answer["mated"], answer["unknown"]) == (2, 1, 3, 2)
    assert answer["rank_1"]["value"] == pytest.approx(1 / 3)  # Grace's altered picture; not the one without a face
    assert answer["cmc"] == pytest.approx([1 / 3, 1 / 3])
    assert answer["tau_at_far"] is None  # two unknown probes can't tell
    assert answer["dir_at_far"] is None
    assert answer["default_dir"]["value"] == pytest.approx(1 / 3)
    assert [path.rpartition("/")[2] for path in answer["failures"]] == ["china.jpg", "coffee.jpg"]
    assert {path.rpartition("/")[2] for path in answer["report"]} == {
        "report.json", "outcomes.csv", "cmc.png", "dir_far.png",
    }  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "out" / "outcomes.csv").open(encoding="utf-8")))
    assert [(row["name"], row["enrolled"], row["nearest"]) for row in rows[:3]] == [
        ("Grace", "1", "Grace"), ("Grace", "1", ""), ("Eileen", "0", "Grace"),
    ]  # fmt: skip
    for name in ("cmc.png", "dir_far.png"):
        with Image.open(tmp_path / "out" / name) as picture:
            assert min(picture.size) > 300
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["mated"] == 3


def test_a_report_beside_the_lists_leaves_them_as_they_are(lists, pairs, run, tmp_path):
    before = {path: path.read_bytes() for path in (*lists, pairs)}
    gallery, probes = lists
    arguments = ("--gallery", gallery, "--probes", probes, "--images", EXAMPLES, "--report", tmp_path)
    assert run("evaluate", "identification", *arguments)[0] == 0
    assert run("evaluate", "lfw", "--images", EXAMPLES, "--pairs", pairs, "--report", tmp_path)[0] == 0
    assert {path: path.read_bytes() for path in before} == before


def test_identification_says_what_it_cannot_tell(lists, run):
    gallery, probes = lists
    _, out, _ = run("evaluate", "identification", "--gallery", gallery, "--probes", probes, "--images", EXAMPLES)
    assert "DIR at FAR 1 %: not measurable, that takes 300 probes" in out
    assert "rank 1: 33.33% (95 %:" in out


def test_identification_refuses_lists_that_cannot_be_scored(lists, run_json, tmp_path):
    gallery, _ = lists
    own = run_json("evaluate", "identification", "--gallery", gallery, "--probes", gallery, "--images", EXAMPLES)
    assert own[0] == 2
    assert "find themselves" in own[1]["error"]["message"]
    empty = write(tmp_path / "empty.csv", ["path", "name"], [["coffee.jpg", "A"]])
    probe = write(tmp_path / "probe.csv", ["path", "name"], [["china.jpg", "A"]])
    status, answer = run_json("evaluate", "identification", "--gallery", empty, "--probes", probe, "--images", EXAMPLES)
    assert status == 2
    assert "No face was found in any picture of the gallery" in answer["error"]["message"]


@pytest.fixture
def pairs(tmp_path):
    rows = [["hopper.jpg", "hopper_altered.jpg", 1], ["collins.jpg", "collins_altered.jpg", 1]]
    rows += [["hopper.jpg", "collins.jpg", 0], ["hopper_altered.jpg", "collins_altered.jpg", 0]]
    return write(tmp_path / "pairs.csv", ["file_x", "file_y", "same"], rows)


def test_compare_goes_on_without_a_model_that_cannot_be_loaded(pairs, run_json, run, tmp_path):
    arguments = ("evaluate", "compare", "--images", EXAMPLES, "--pairs", pairs, "--model", "nothing")
    arguments += ("--model", "adaface_ir18", "--model", "dlib_resnet")
    status, answer = run_json(*arguments, "--report", tmp_path / "out")
    assert status == 0
    unknown, missing, measured = answer["models"]
    assert unknown["error"]["code"] == "unknown_model"
    assert missing["error"]["code"] in {"hub_offline", "hub_unreachable", "weights_missing"}
    assert measured["auc"] == 1
    assert measured["pairs"] == 4
    assert "| dlib_resnet behind retinaface_mobilenet |" in (tmp_path / "out" / "comparison.md").read_text("utf-8")
    _, out, _ = run(*arguments)
    assert "nothing behind retinaface_mobilenet: not measured. There is no embedder" in out


def test_compare_refuses_when_nothing_is_left_to_compare(pairs, run_json):
    status, answer = run_json("evaluate", "compare", "--pairs", pairs, "--images", EXAMPLES, "--model", "nothing")
    assert status == 2
    assert "None of these models could be loaded" in answer["error"]["message"]


def test_lfw_takes_csv_and_refuses_one_kind_of_pairs_at_once(pairs, run_json, tmp_path):
    status, answer = run_json("evaluate", "lfw", "--images", EXAMPLES, "--pairs", pairs)
    assert (status, answer["pairs"], answer["auc"], answer["remembered"]) == (0, 4, 1, 0)
    status, answer = run_json("evaluate", "lfw", "--images", EXAMPLES, "--pairs", pairs)
    assert answer["remembered"] == answer["images"] == 4
    same = write(tmp_path / "same.csv", ["file_x", "file_y", "same"], [["hopper.jpg", "hopper_altered.jpg", 1]])
    status, answer = run_json("evaluate", "lfw", "--images", EXAMPLES, "--pairs", same)
    assert status == 2
    assert "at least one same and one different" in answer["error"]["message"]


def test_pictures_without_faces_are_refused_and_the_answer_is_always_json(run_json, tmp_path):
    nothing = [["coffee.jpg", "coffee.jpg", 1], ["coffee.jpg", "china.jpg", 0]]
    arguments = ("--images", EXAMPLES, "--pairs", write(tmp_path / "none.csv", ["file_x", "file_y", "same"], nothing))
    status, answer = run_json("evaluate", "lfw", *arguments)
    assert (status, answer["error"]["code"]) == (2, "no_face")
    assert run_json("evaluate", "compare", *arguments)[1]["error"]["code"] == "no_face"
    # every different pair has a missed face: it is an error at every threshold
    half = [["hopper.jpg", "hopper_altered.jpg", 1], ["hopper.jpg", "coffee.jpg", 0]] * 2
    arguments = ("--images", EXAMPLES, "--pairs", write(tmp_path / "half.csv", ["file_x", "file_y", "same"], half))
    status, answer = run_json("evaluate", "lfw", *arguments, "--report", tmp_path / "out")
    assert (status, answer["tau_eer"], answer["eer"]) == (0, None, 1)
    assert "Infinity" not in (tmp_path / "out" / "report.json").read_text("utf-8")
