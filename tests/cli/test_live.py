"""live, from the terminal's side, on frames made of the example portraits."""

import json

import pytest
from PIL import Image

from facestyle.cli.live import frame_files


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Example portraits -> a folder of frames: the portrait at a third of VGA, moved a little each time."""

    def make(portrait, count=8):
        folder = tmp_path_factory.mktemp("film")
        with Image.open(portrait) as picture:
            small = picture.convert("RGB")
            small.thumbnail((320, 240))
        for index in range(count):
            frame = Image.new("RGB", (320, 240), (60, 70, 90))
            frame.paste(small, (40 + 2 * index, 0))
            frame.save(folder / f"frame_{index}.jpg", quality=92)
        (folder / "note.txt").write_text("not a frame")
        return folder

    return make


def test_the_door_opens_for_who_is_enrolled(run, run_json, film, hopper, collins):
    run("enroll", "Grace", hopper)
    frames = film(hopper)
    status, answer = run_json("live", frames, "--agree", 3)
    assert status == 0
    assert answer.keys() == {"frames", "opened", "events", "tau", "metric", "model", "ms"}
    assert (answer["frames"], answer["opened"]) == (8, True)
    assert [(event["event"], event["t"]) for event in answer["events"]] == [("face", 0), ("name", 0.1), ("open", 0.2)]
    assert answer["events"][-1]["name"] == "Grace"
    status, out, _ = run("live", frames, "--claim", "grace", "--agree", 3)
    assert (status, "door open for Grace" in out) == (0, True)
    strangers = run_json("live", film(collins), "--agree", 3)[1]
    assert not strangers["opened"]
    assert "Grace" not in json.dumps(strangers)


def test_frames_that_are_too_rare_open_nothing(run, run_json, film, hopper):
    run("enroll", "Grace", hopper)
    assert not run_json("live", film(hopper), "--agree", 3, "--fps", 0.9)[1]["opened"]
    assert not run_json("live", film(hopper), "--agree", 3, "--tau", 0)[1]["opened"]


def test_frames_are_read_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 9, 100, 1):
        (tmp_path / f"f{number}.jpg").touch()
    assert [path.name for path in frame_files(tmp_path)] == ["f1.jpg", "f9.jpg", "f10.jpg", "f100.jpg"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["{tmp}/none"], "image_not_found"),
        (["{tmp}/empty"], "invalid_request"),
        (["{tmp}/film.mp4"], "invalid_request"),
        (["{tmp}/bad"], "image_unreadable"),
        (["{tmp}/bad", "--claim", "Nobody"], "unknown_person"),
        (["{tmp}/bad", "--agree", "0"], "invalid_request"),
        (["{tmp}/bad", "--within", "0"], "invalid_request"),
        (["{tmp}/bad", "--hold", "nan"], "invalid_request"),
        (["{tmp}/bad", "--tau", "-1"], "invalid_request"),
        (["{tmp}/bad", "--fps", "0"], "invalid_request"),
        ([], "invalid_request"),
    ],
)
def test_refusals(run_json, tmp_path, arguments, code):
    (tmp_path / "empty").mkdir()
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "1.jpg").write_text("no picture")
    status, answer = run_json("live", *(argument.format(tmp=tmp_path) for argument in arguments))
    assert status == 2
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
