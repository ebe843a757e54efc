"""Quality and liveness from the terminal's side, with the embedded networks."""

import pytest
from PIL import Image, ImageFilter

from facestyle.faces.liveness import Liveness


@pytest.fixture
def blurred(hopper, tmp_path):
    path = tmp_path / "blurred.png"
    with Image.open(hopper) as picture:
        picture.convert("RGB").filter(ImageFilter.GaussianBlur(picture.width / 80)).save(path)
    return path


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def test_verify_and_identify_warn_and_answer(run, run_json, hopper, blurred):
    status, answer = run_json("verify", hopper, blurred)
    assert status == 0
    assert answer["quality"] == [[], ["too_blurry"]]
    assert "Second picture: The face is blurred." in run("verify", hopper, blurred)[1]
    assert run_json("identify", blurred)[1]["faces"][0]["quality"] == ["too_blurry"]
    assert "The face is blurred." in run("identify", blurred)[1]


def test_enrol_refuses_unless_told(run_json, blurred):
    status, refusal = run_json("enroll", "Grace", blurred)
    assert status == 2
    assert refusal["error"]["code"] == "too_blurry"
    assert run_json("gallery", "list")[1]["people"] == []
    status, done = run_json("enroll", "Grace", blurred, "--accept-poor")
    assert status == 0
    assert done["quality"] == [["too_blurry"]]


def test_enrol_refuses_a_known_face_and_an_unlike_one_unless_told(run_json, hopper, altered, collins):
    assert run_json("enroll", "Grace", hopper)[1]["quality"] == [[]]
    status, refusal = run_json("enroll", "Bea", altered)
    assert (status, refusal["error"]["code"]) == (2, "resembles_another")
    assert "Grace" in refusal["error"]["message"]
    status, refusal = run_json("enroll", "Grace", collins)
    assert (status, refusal["error"]["code"]) == (2, "unlike_others")
    assert [person["embeddings"] for person in run_json("gallery", "list")[1]["people"]] == [1]
    assert run_json("enroll", "Bea", altered, "--accept-conflict")[0] == 0


def test_liveness_that_is_not_to_be_had_leaves_the_answer(run, run_json, hopper, altered):
    status, answer = run_json("verify", hopper, altered, "--liveness", "passive")
    assert status == 0
    assert answer["same"] is True
    assert (answer["liveness"]["checked"], answer["liveness"]["live"]) == (False, None)
    assert "liveness networks are not here" in answer["liveness"]["reason"]
    assert "Liveness was not checked: " in run("identify", hopper, "--liveness", "passive")[1]


def test_liveness_names_the_networks_that_answered(run, run_json, hopper, altered, monkeypatch):
    answer = Liveness.of(0.2, "minifasnet")
    monkeypatch.setattr("facestyle.faces.liveness.passive.PassiveLiveness.check", lambda self, image, face: answer)
    facts = run_json("verify", hopper, altered, "--liveness", "passive")[1]
    assert facts["same"] is True
    assert facts["liveness"] == answer.as_dict()
    assert (
        "a picture of a picture (score 0.20 of 1 by minifasnet; a heuristic"
        in run("identify", hopper, "--liveness", "passive")[1]
    )


def test_liveness_is_off_by_default_and_has_two_modes(run_json, hopper, altered):
    assert "liveness" not in run_json("verify", hopper, altered)[1]
    status, refusal = run_json("verify", hopper, altered, "--liveness", "strict")
    assert (status, refusal["error"]["code"]) == (2, "invalid_request")
