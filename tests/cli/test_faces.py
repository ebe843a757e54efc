"""verify, enroll, identify and gallery, from the terminal's side."""

import json
import subprocess
import sys

import pytest


def test_verify_gives_the_promised_fields(run_json, hopper, altered):
    status, answer = run_json("verify", hopper, altered)
    assert status == 0
    facts = {"same", "distance", "tau", "metric", "model", "faces", "quality"}
    assert set(answer) == facts | {"probability", "evidence", "rates"}
    assert answer["same"] is True
    assert 0 <= answer["distance"] <= answer["tau"] == 0.36
    assert answer["metric"] == "squared_euclidean"
    assert [len(box) for box in answer["faces"]] == [4, 4]


def test_tau_zero_is_zero(run_json, hopper, altered):
    assert run_json("verify", hopper, altered, "--tau", 0)[1]["same"] is False
    answer = run_json("verify", hopper, hopper, "--tau", 0)[1]
    assert (answer["same"], answer["distance"], answer["tau"]) == (True, 0.0, 0.0)
    assert answer["quality"] == [[], []]
    assert answer["rates"]["far"]["errors"] == 0
    assert answer["rates"]["frr"]["value"] == 1  # no two photographs are identical


def test_verdict_in_words(run, hopper, collins):
    status, out, _ = run("verify", hopper, collins)
    assert status == 0
    assert out.startswith("Different people. d = ")


def test_enrol_identify_rename_delete(run_json, hopper, collins, montage):
    assert run_json("enroll", "Grace", hopper)[1]["embeddings"] == 1
    assert run_json("enroll", "Eileen", collins, "--keep-thumbnail")[0] == 0
    status, answer = run_json("identify", montage, "--top", 5)
    assert status == 0
    assert [face["recognized"] for face in answer["faces"]] == ["Eileen", "Grace"]
    assert answer["faces"][0]["matches"][0].keys() == {"name", "distance"}
    assert run_json("verify", hopper, "--claim", "Grace")[1]["claimed"] == "Grace"

    people = run_json("gallery", "list")[1]["people"]
    assert [(p["name"], p["thumbnail"]) for p in people] == [("Eileen", True), ("Grace", False)]
    assert run_json("gallery", "rename", "Grace", "グレース")[1]["name"] == "グレース"
    assert run_json("gallery", "delete", people[0]["id"])[1]["deleted"]["name"] == "Eileen"
    assert run_json("gallery", "clear", "--yes")[1]["deleted"] == 1
    assert run_json("gallery", "list")[1]["people"] == []


def test_other_gallery_is_another(run_json, hopper, tmp_path):
    run_json("enroll", "Grace", hopper, "--gallery", tmp_path / "other.sqlite")
    assert run_json("gallery", "list")[1]["people"] == []
    assert len(run_json("gallery", "list", "--gallery", tmp_path / "other.sqlite")[1]["people"]) == 1


def test_unknown_face_reveals_no_name(run_json, hopper, collins):
    run_json("enroll", "Eileen", collins)
    _, answer = run_json("identify", hopper)
    assert answer["faces"][0]["recognized"] is None
    assert "Eileen" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["verify", "{tmp}/none.jpg", "{hopper}"], "image_not_found"),
        (["verify", "{text}", "{hopper}"], "image_unreadable"),
        (["verify", "{empty}", "{hopper}"], "image_empty"),
        (["verify", "{coffee}", "{hopper}"], "no_face"),
        (["verify", "{hopper}"], "invalid_request"),
        (["verify", "{hopper}", "{hopper}", "--claim", "Grace"], "invalid_request"),
        (["verify", "{hopper}", "--claim", "Nobody"], "unknown_person"),
        (["verify", "{hopper}", "{hopper}", "--tau", "-1"], "invalid_request"),
        (["verify", "{hopper}", "{hopper}", "--tau", "high"], "invalid_request"),
        (["identify", "{coffee}"], "no_face"),
        (["identify", "{hopper}", "--top", "0"], "invalid_request"),
        (["enroll", "", "{hopper}"], "invalid_name"),
        (["enroll", "Grace"], "invalid_request"),
        (["gallery", "delete", "Nobody"], "unknown_person"),
        (["gallery", "list", "--gallery", "{text}"], "gallery_damaged"),
        (["weights", "verify", "nothing"], "unknown_model"),
        (["dance"], "invalid_request"),
        ([], "invalid_request"),
    ],
)
def test_refusals_have_status_two_and_a_code(run_json, hopper, tmp_path, arguments, code):
    (tmp_path / "text.jpg").write_text("this is no picture")
    (tmp_path / "empty.jpg").touch()
    known = {
        "tmp": tmp_path,
        "text": tmp_path / "text.jpg",
        "empty": tmp_path / "empty.jpg",
        "hopper": hopper,
        "coffee": hopper.with_name("coffee.jpg"),
    }
    status, answer = run_json(*(argument.format(**known) for argument in arguments))
    assert status == 2
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]


def test_refusal_in_words_goes_to_standard_error(run, hopper):
    status, out, err = run("verify", hopper, hopper.with_name("coffee.jpg"))
    assert status == 2
    assert out == ""
    assert "No face was found in the second picture" in err


def test_bad_setting_is_named(run_json, hopper, monkeypatch):
    monkeypatch.setenv("FACESTYLE_DEVICE", "abacus")
    status, answer = run_json("verify", hopper, hopper)
    assert status == 2
    assert "FACESTYLE_DEVICE" in answer["error"]["message"]


def test_module_runs_as_a_program():
    result = subprocess.run(
        [sys.executable, "-m", "facestyle", "weights", "list", "--json"], capture_output=True, text=True, check=True
    )
    models = {model["id"]: model for model in json.loads(result.stdout)["models"]}
    assert {"mtcnn", "dlib_resnet", "vgg16", "multistyle26", "arbitrary_style"} <= models.keys()
    assert all(model["verified"] == "file" for model in models.values() if model["embedded"])


def test_models_are_chosen_by_their_ids(run_json, hopper, altered):
    answer = run_json("verify", hopper, altered, "--model", "dlib_resnet", "--detector", "mtcnn")[1]
    assert answer["model"] == "dlib_resnet"
    for wrong in (["--model", "mtcnn"], ["--detector", "dlib_resnet"], ["--model", "nothing"]):
        status, refusal = run_json("verify", hopper, altered, *wrong)
        assert status == 2
        assert refusal["error"]["code"] == "unknown_model"


def test_model_that_is_not_here_says_so_without_network(run_json, hopper, altered, monkeypatch, tmp_path):
    monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    status, refusal = run_json("verify", hopper, altered, "--model", "facenet")
    assert status == 2
    assert refusal["error"]["code"] == "hub_offline"
