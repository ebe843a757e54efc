"""`cluster` and `evaluate clustering`, on the pictures that ship with the project."""

import csv
import shutil

import pytest
from PIL import Image

from facestyle.evaluation.clustering import read_labels


@pytest.fixture
def album(tmp_path, hopper, altered, collins, montage):
    folder = tmp_path / "album"
    folder.mkdir()
    for path in (hopper, altered, collins, montage, collins.with_name("collins_altered.jpg")):
        shutil.copy(path, folder)
    (folder / "note.txt").write_text("words")
    return folder


def test_cluster_groups_a_folder(run_json, album, tmp_path):
    status, answer = run_json("cluster", album, "--out", tmp_path / "out")
    assert status == 0
    pictures = [sorted(face["picture"] for face in group["faces"]) for group in answer["groups"]]
    assert sorted(pictures) == [
        ["collins.jpg", "collins_altered.jpg", "montage.jpg"],
        ["hopper.jpg", "hopper_altered.jpg", "montage.jpg"],
    ]
    assert [(item["picture"], item["code"]) for item in answer["skipped"]] == [("note.txt", "image_unreadable")]
    with open(tmp_path / "out" / "index.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert sum(int(row["cover"]) for row in rows) == 2
    assert {row["group"] for row in rows} == {"1", "2"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["group_001.jpg", "group_002.jpg", "index.csv"]
    with Image.open(tmp_path / "out" / "group_001.jpg") as sheet:
        assert sheet.size == (3 * 112, 112)


def test_cluster_in_words(run, album):
    status, out, err = run(
        "cluster", album / "hopper.jpg", album / "hopper_altered.jpg", "--method", "kmeans", "--k", 1
    )
    assert status == 0
    assert "1 group(s)" in out
    assert "looking for faces" in err


def test_a_group_is_enrolled_and_recognised(run, run_json, album, hopper, tmp_path):
    groups = run_json("cluster", album)[1]["groups"]
    grace = next(g["number"] for g in groups if g["cover"]["picture"] != "collins.jpg" and "hopper.jpg" in
                 [face["picture"] for face in g["faces"]])  # fmt: skip
    assert [group["number"] for group in groups] == [1, 2]
    status, answer = run_json("cluster", album, "--enroll", grace, "Grace", "--keep-thumbnail")
    assert status == 0
    assert [(p["group"], p["name"], p["embeddings"]) for p in answer["enrolled"]] == [(grace, "Grace", 3)]
    assert run_json("identify", hopper)[1]["faces"][0]["recognized"] == "Grace"
    status, refusal = run_json("cluster", album, "--enroll", grace, "Bea")
    assert (status, refusal["error"]["code"]) == (2, "resembles_another")
    other = 3 - grace
    _, out, _ = run("cluster", album, "--enroll", grace, "Bea", "--enroll", other, "Eileen", "--accept-conflict")
    assert f"group {other} is enrolled: Eileen, 3 embedding(s)" in out


@pytest.mark.parametrize("number", ["0", "3", "-1", "one"])
def test_a_group_that_is_not_there_enrols_nobody(run_json, album, number):
    status, answer = run_json("cluster", album, "--enroll", "1", "Ada", "--enroll", number, "Eve")
    assert (status, answer["error"]["code"]) == (2, "invalid_request")
    assert run_json("gallery", "list")[1]["people"] == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--k", "2"), "invalid_request"),
        (("--method", "spectral"), "invalid_request"),
        (("--seed", "-1"), "invalid_request"),
    ],
)
def test_cluster_refuses_what_makes_no_sense(run_json, album, options, code):
    status, answer = run_json("cluster", album, *options)
    assert (status, answer["error"]["code"]) == (2, code)


def test_cluster_of_nothing(run_json, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run_json("cluster", tmp_path / "empty")[1]["error"]["code"] == "album_empty"
    assert run_json("cluster", tmp_path / "gone")[1]["error"]["code"] == "image_not_found"
    (tmp_path / "file").write_text("x")
    status, answer = run_json("cluster", tmp_path / "file")
    assert (status, answer["error"]["code"]) == (2, "no_face")


def test_evaluate_clustering_by_folders_and_by_labels(run_json, album, tmp_path):
    people = {"grace": ["hopper.jpg", "hopper_altered.jpg"], "eileen": ["collins.jpg", "collins_altered.jpg"]}
    labels = tmp_path / "labels.csv"
    with labels.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "person"])
        for person, pictures in people.items():
            (tmp_path / "sorted" / person).mkdir(parents=True)
            for name in pictures:
                shutil.copy(album / name, tmp_path / "sorted" / person)
                table.writerow([name, person])
    status, by_folder = run_json("evaluate", "clustering", "--images", tmp_path / "sorted", "--no-cache")
    assert status == 0
    assert (by_folder["pictures"], by_folder["people"], by_folder["failures"]) == (4, 2, [])
    scores = {score["method"]: (score["purity"], score["nmi"]) for score in by_folder["methods"]}
    assert len(scores) == 4
    assert scores["linkage at tau"] == scores["K-means, K given"] == (1.0, 1.0)
    by_labels = run_json("evaluate", "clustering", "--images", album, "--labels", labels, "--no-cache")[1]
    assert [(s["purity"], s["nmi"]) for s in by_labels["methods"]] == list(scores.values())


def test_a_missed_face_counts_as_wrong(run_json, tmp_path, hopper, altered):
    for person, pictures in {"grace": [hopper, altered], "cup": [hopper.with_name("coffee.jpg")]}.items():
        (tmp_path / person).mkdir()
        for path in pictures:
            shutil.copy(path, tmp_path / person)
    answer = run_json("evaluate", "clustering", "--images", tmp_path, "--no-cache")[1]
    assert len(answer["failures"]) == 1
    assert answer["methods"][0]["purity"] == pytest.approx(2 / 3, abs=1e-3)


@pytest.mark.parametrize("content", ["", "name,who\na,b\n", "file,person\ngone.jpg,Ada\n"])
def test_bad_labels_are_refused(run_json, album, tmp_path, content):
    labels = tmp_path / "labels.csv"
    labels.write_text(content)
    answer = run_json("evaluate", "clustering", "--images", album, "--labels", labels)[1]
    assert answer["error"]["code"] == "invalid_request"
    assert run_json("evaluate", "clustering", "--images", tmp_path / "nowhere")[1]["error"]["code"] == "invalid_request"


def test_people_with_few_pictures_can_be_left_out(tmp_path):
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert len(read_labels(tmp_path, None)) == 3
    assert set(read_labels(tmp_path, None, 2).values()) == {"a"}


@pytest.mark.data
def test_orl(run_json, shared_data, monkeypatch):
    monkeypatch.setenv("FACESTYLE_MIN_FACE_SIZE", "16")  # the pictures are 23 x 28 pixels, some faces 19 high
    answer = run_json("evaluate", "clustering", "--images", shared_data / "faces" / "orl", "--no-cache")[1]
    assert (answer["pictures"], answer["people"]) == (400, 40)
    assert len(answer["failures"]) == 0
    scores = {score["method"]: score for score in answer["methods"]}
    assert scores["linkage at tau"]["nmi"] > 0.97
    assert scores["K-means, K given"]["nmi"] > 0.96
    assert scores["density (HDBSCAN)"]["purity"] > 0.97
