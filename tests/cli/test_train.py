"""`train`, on small drawn people."""

import numpy as np
import pytest

from facestyle.learning.store import load_encoder
from tests.learning.people import patterns, write_folders


@pytest.fixture
def people(tmp_path):
    return write_folders(tmp_path / "people", 8, 3)


def test_it_trains_says_how_well_and_writes_the_network(run_json, people, tmp_path):
    out = tmp_path / "model.safetensors"
    status, answer = run_json("train", people, "--epochs", 2, "--seed", 3, "-o", out)
    assert status == 0
    assert (answer["people"], answer["pictures"], answer["epochs"]) == (8, 24, 2)
    assert len(answer["held_out_people"]) == 4
    assert answer["request"]["margin"] == 0.2
    assert 0 <= answer["before"]["auc"] <= 1
    assert answer["held_out"]["people"] == 4
    assert answer["skipped"] == []
    found = load_encoder(out)
    assert found.facts["held_out"] == answer["held_out"]
    assert np.allclose(np.linalg.norm(found.embed(patterns().pictures), axis=1), 1, atol=1e-5)


def test_in_sentences_with_progress(run, people):
    status, out, err = run("train", people, "--epochs", 1, "--loss", "chi-square", "--held-out", 4)
    assert status == 0
    assert "people never seen, after:" in out
    assert "8 people, 24 pictures; 4 people are held out" in err
    assert "training" in err


def test_the_same_seed_gives_the_same_answer(run_json, people):
    first, second = (run_json("train", people, "--epochs", 1)[1] for _ in range(2))
    for answer in (first, second):
        del answer["seconds"]
    assert first == second


@pytest.mark.parametrize(
    ("count", "pictures", "words"),
    [(3, 3, "There are 3 people"), (8, 1, "one usable picture only")],
    ids=["too few people", "one picture a person"],
)
def test_too_little_to_learn_from(run_json, tmp_path, count, pictures, words):
    status, answer = run_json("train", write_folders(tmp_path / "few", count, pictures))
    assert status == 2
    assert answer["error"]["code"] == "learning_data"
    assert words in answer["error"]["message"]


def test_no_folder_and_pictures_without_people(run_json, people, tmp_path):
    status, answer = run_json("train", tmp_path / "nowhere")
    assert (status, answer["error"]["code"]) == (2, "image_not_found")
    status, answer = run_json("train", people / "p0")
    assert (status, answer["error"]["code"]) == (2, "learning_data")
    assert "A folder is a person" in answer["error"]["message"]


@pytest.mark.parametrize(
    "options",
    [
        ("--epochs", 0),
        ("--margin", -1),
        ("--seed", -1),
        ("--held-out", 0),
        ("--loss", "arcface"),
        ("--miner", "hardest"),
        ("-o", "model.pt"),
        ("-o", "nowhere/model.safetensors"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_what_cannot_be_is_refused_before_anything_is_read(run_json, tmp_path, options):
    status, answer = run_json("train", tmp_path / "nowhere", *options)
    assert (status, answer["error"]["code"]) == (2, "invalid_request")
