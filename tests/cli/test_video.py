"""video, from the terminal's side."""

import pytest

from facestyle.style.fast import fast_styles
from tests.style.video.clips import read_clip, write_clip

STYLE = fast_styles()[0].id


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.mp4", 4)


@pytest.mark.parametrize("consistent", [True, False])
def test_the_promised_fields(run_json, clip, tmp_path, consistent):
    flags = [] if consistent else ["--no-consistency"]
    status, answer = run_json("video", clip, "-o", tmp_path / "out.mp4", "--fast", STYLE, "--size", 64, *flags)
    assert status == 0
    assert answer.keys() == {"out", "frames", "size", "rate", "sound", "seconds", "flicker", "flicker_alone"}
    assert (answer["frames"], answer["size"], answer["rate"], answer["sound"]) == (4, [48, 64], 10.0, True)
    assert (answer["flicker"] is not None) == consistent
    assert read_clip(tmp_path / "out.mp4")[0].shape == (4, 48, 64, 3)


def test_a_painting(run, clip, hopper, tmp_path):
    status, out, _ = run("video", clip, hopper.with_name("waves.jpg"), "-o", tmp_path / "out.mp4", "--size", 64)
    assert status == 0
    assert "4 frames of 64 x 48" in out
    assert "of that frame by frame" in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["{clip}", "-o", "{tmp}/out.mp4"], "invalid_request"),
        (["{clip}", "{painting}", "-o", "{tmp}/out.mp4", "--fast", STYLE], "invalid_request"),
        (["{clip}", "-o", "{tmp}/out.mp4", "--fast", "no_such"], "invalid_request"),
        (["{clip}", "{painting}", "-o", "{tmp}/out.gif"], "invalid_request"),
        (["{clip}", "{painting}", "-o", "{tmp}/none/out.mp4"], "invalid_request"),
        (["{clip}", "{tmp}/none.jpg", "-o", "{tmp}/out.mp4"], "image_not_found"),
        (["{tmp}/none.mp4", "{painting}", "-o", "{tmp}/out.mp4"], "video_not_found"),
        (["{painting}", "{painting}", "-o", "{tmp}/out.mp4"], "video_unreadable"),
    ],
)
def test_refusals_leave_no_file(run_json, clip, hopper, tmp_path, arguments, code):
    known = {"clip": clip, "painting": hopper.with_name("waves.jpg"), "tmp": tmp_path}
    status, answer = run_json("video", *(argument.format(**known) for argument in arguments))
    assert status == 2
    assert answer["error"]["code"] == code
    assert not list(tmp_path.glob("out*"))


def test_interrupted_from_the_keyboard_leaves_nothing(run, clip, tmp_path, monkeypatch):
    from facestyle.style.video import service

    painted = []

    def interrupted(content, **options):
        painted.append(content)
        if len(painted) == 3:
            raise KeyboardInterrupt
        return content

    monkeypatch.setattr(service, "stylize_fast", interrupted)
    status, _, _ = run("video", clip, "-o", tmp_path / "out.mp4", "--fast", STYLE)
    assert status == 130
    assert list(tmp_path.glob("*out*")) == []
    assert not list(tmp_path.glob(".facestyle*"))


def test_between_two_styles(run_json, clip, tmp_path):
    films = []
    for name, mix in (("a", []), ("b", ["--fast-mix", f"{fast_styles()[3].id}=0.6"])):
        out = tmp_path / f"{name}.mp4"
        status, _ = run_json("video", clip, "-o", out, "--fast", STYLE, "--size", 64, *mix)
        assert status == 0
        films.append(read_clip(out)[0].astype(int))
    assert abs(films[0] - films[1]).mean() > 3
