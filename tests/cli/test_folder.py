"""`facestyle gallery enroll`: a folder of pictures becomes a gallery."""

import shutil

import pytest

from tests.cli.conftest import EXAMPLES


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "people"
    (folder / "Grace Hopper").mkdir(parents=True)
    shutil.copy(EXAMPLES / "hopper.jpg", folder / "Grace Hopper" / "1.jpg")
    shutil.copy(EXAMPLES / "hopper_altered.jpg", folder / "Grace Hopper" / "2.jpg")
    shutil.copy(EXAMPLES / "collins.jpg", folder / "Eileen Collins.jpg")
    return folder


def names(run_json):
    return {person["name"]: person["embeddings"] for person in run_json("gallery", "list")[1]["people"]}


def test_everybody_of_a_folder_is_enrolled_once(run, run_json, folder):
    status, answer = run_json("gallery", "enroll", folder)
    assert (status, answer["refused"], answer["known"]) == (0, [], 0)
    assert answer["enrolled"] == [{"name": "Eileen Collins", "added": 1}, {"name": "Grace Hopper", "added": 2}]
    assert names(run_json) == {"Eileen Collins": 1, "Grace Hopper": 2}
    assert "2 people enrolled already" in run("gallery", "enroll", folder)[1]
    assert names(run_json) == {"Eileen Collins": 1, "Grace Hopper": 2}
    assert run_json("gallery", "enroll", folder, "--again")[1]["known"] == 0
    assert names(run_json) == {"Eileen Collins": 2, "Grace Hopper": 4}


def test_what_cannot_be_enrolled_is_named_and_left_out(run, run_json, folder):
    (folder / ".hidden").mkdir()
    (folder / "Grace Hopper" / ".thumbs").write_text("")
    (folder / "Grace Hopper" / "notes.txt").write_text("only words")
    (folder / "Nobody").mkdir()
    shutil.copy(EXAMPLES / "flower.jpg", folder / "Nobody" / "flower.jpg")
    shutil.copy(EXAMPLES / "hopper.jpg", folder / "Somebody else.jpg")
    shutil.copy(EXAMPLES / "hopper.jpg", folder / "two\nlines.jpg")
    _, answer = run_json("gallery", "enroll", folder)
    codes = {entry["name"]: entry["error"]["code"] for entry in answer["refused"]}
    assert codes == {
        "Grace Hopper": "image_unreadable",
        "Nobody": "no_face",
        "Somebody else": "resembles_another",
        "two\nlines": "invalid_name",
    }
    assert names(run_json) == {"Eileen Collins": 1, "Grace Hopper": 2}
    _, _, said = run("gallery", "enroll", folder, "--again")
    assert all(line.isprintable() for line in said.splitlines())
    assert "two\\nlines" in said


def test_what_is_no_folder_of_pictures_is_refused(run_json, tmp_path, folder):
    (tmp_path / "empty" / "Ada").mkdir(parents=True)
    for place in (tmp_path / "none", folder / "Eileen Collins.jpg", tmp_path / "empty", tmp_path / "empty" / "Ada"):
        status, answer = run_json("gallery", "enroll", place)
        assert (status, answer["error"]["code"]) == (2, "invalid_request")


def test_a_gallery_that_fails_ends_the_run(run_json, folder, tmp_path):
    (tmp_path / "gallery.sqlite").write_bytes(b"ruined")
    assert run_json("gallery", "enroll", folder)[1]["error"]["code"] == "gallery_damaged"
