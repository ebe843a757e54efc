"""batch, from the terminal's side."""

import shutil

import pytest
from PIL import Image

from facestyle.style.fast import fast_styles


@pytest.fixture
def folder(hopper, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("flower.jpg", "collins.jpg"):
        shutil.copy(hopper.with_name(name), folder)
    return folder


@pytest.fixture
def painting(hopper):
    return hopper.with_name("waves.jpg")


def test_a_second_run_makes_only_what_is_new(run_json, folder, painting, tmp_path):
    first, second = (style.id for style in fast_styles()[:2])
    arguments = ("batch", folder, painting, "-o", tmp_path / "out", "--size", 96)
    status, answer = run_json(*arguments, "--fast", first)
    assert status == 0
    assert answer.keys() == {"out", "seconds", "total", "made", "kept", "failed", "stopped"}
    assert (answer["total"], len(answer["made"]), answer["kept"], answer["failed"]) == (4, 4, [], [])
    for path in answer["made"]:
        with Image.open(path) as picture:
            assert max(picture.size) == 96
    (folder / "x.txt").write_text("no picture")
    status, again = run_json(*arguments, "--fast", f"{first},{second}")
    assert status == 0
    assert sorted(again["kept"]) == sorted(answer["made"])
    assert len(again["made"]) == 2
    assert [failure["code"] for failure in again["failed"]] == ["image_unreadable"]


def test_optimised_and_their_settings_decide_what_is_kept(run_json, folder, painting, tmp_path):
    arguments = ("batch", folder, painting, "-o", tmp_path / "out", "--size", 64, "--format", "jpg")
    assert len(run_json(*arguments, "--steps", 2)[1]["made"]) == 2
    assert len(run_json(*arguments, "--steps", 2)[1]["kept"]) == 2
    assert len(run_json(*arguments, "--steps", 3)[1]["made"]) == 2


def test_interrupted_from_the_keyboard_says_what_is_there(run, folder, tmp_path, monkeypatch):
    from facestyle.style import painters

    def interrupted(content, **options):
        if content.shape[:2] == interrupted.first:
            return content
        raise KeyboardInterrupt

    with Image.open(folder / "collins.jpg") as picture:
        interrupted.first = picture.size[::-1]
    monkeypatch.setattr(painters, "stylize_fast", interrupted)
    status, out, _ = run("batch", folder, "-o", tmp_path / "out", "--fast", fast_styles()[0].id)
    assert status == 130
    assert "1 made, 0 kept" in out
    assert "run it again" in out
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["{folder}", "-o", "{tmp}/out"], "invalid_request"),
        (["{folder}", "-o", "{tmp}/out", "--fast", "no_such_style"], "invalid_request"),
        (["{folder}", "{painting}", "-o", "{tmp}/out", "--steps", "0"], "invalid_request"),
        (["{folder}", "{painting}", "-o", "{tmp}/out", "--size", "10", "--fast"], "invalid_request"),
        (["{folder}", "{painting}", "-o", "{tmp}/out", "--strength", "0.5"], "invalid_request"),
        (["{folder}", "{painting}", "-o", "{tmp}/out", "--fast", "--steps", "5"], "invalid_request"),
        (["{folder}", "{painting}", "-o", "{tmp}/out", "--fast", "--strength", "2"], "invalid_request"),
        (["{folder}", "{tmp}/none.jpg", "-o", "{tmp}/out"], "image_not_found"),
        (["{tmp}/none", "{painting}", "-o", "{tmp}/out"], "image_not_found"),
    ],
)
def test_refusals_come_before_any_work(run_json, folder, painting, tmp_path, arguments, code):
    known = {"folder": folder, "painting": painting, "tmp": tmp_path}
    status, answer = run_json("batch", *(argument.format(**known) for argument in arguments))
    assert status == 2
    assert answer["error"]["code"] == code
    assert not (tmp_path / "out").exists()


def test_a_folder_of_which_nothing_can_be_painted_is_a_refusal(run_json, painting, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"no picture")
    status, answer = run_json("batch", tmp_path / "in", painting, "-o", tmp_path / "out", "--fast")
    assert status == 2
    assert "a.jpg" in answer["error"]["message"]
