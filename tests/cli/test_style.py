"""style, from the terminal's side."""

import argparse

import numpy as np
import pytest
from PIL import Image

from facestyle.cli.stylise import layer_weights


@pytest.fixture
def content(hopper):
    return hopper.with_name("flower.jpg")


@pytest.fixture
def painting(hopper):
    return hopper.with_name("waves.jpg")


def test_style_writes_the_picture_and_the_promised_fields(run_json, content, painting, tmp_path):
    out = tmp_path / "out.png"
    status, answer = run_json(
        *("style", content, painting, "-o", out, "--size", 96, "--steps", 4),
        *("--layer-weights", "relu1_1=1,relu3_1=0.5", "--init", "noise", "--optimizer", "adam", "--seed", 3),
    )
    assert status == 0
    assert answer.keys() == {"out", "seconds", "steps", "size", "backbone", "losses"}
    assert answer["losses"].keys() == {"total", "content", "style"}
    assert answer["size"] == [64, 96]
    assert answer["steps"] == 4
    assert answer["backbone"] == "vgg16"
    with Image.open(out) as picture:
        assert picture.size == (96, 64)


@pytest.mark.parametrize("fast", [["--fast"], ["--fast", "first"]])
def test_fast_mode_needs_one_pass(run_json, content, painting, tmp_path, fast):
    from facestyle.style.fast import fast_styles

    fast = [fast_styles()[0].id if word == "first" else word for word in fast]
    style = [painting] if len(fast) == 1 else []
    status, answer = run_json("style", content, *style, "-o", tmp_path / "out.jpg", "--size", 128, *fast)
    assert status == 0
    assert answer["steps"] == 1
    assert answer["size"] == [85, 128]
    with Image.open(tmp_path / "out.jpg") as picture:
        assert np.asarray(picture).std() > 10


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["{content}", "{painting}"], "invalid_request"),
        (["{content}", "-o", "{tmp}/a.png"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.xyz"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/none/a.png"], "invalid_request"),
        (["{content}", "{tmp}/none.jpg", "-o", "{tmp}/a.png"], "image_not_found"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--size", "10"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--alpha", "-1"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--layer-weights", "relu9_9=1"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--layer-weights", "nonsense"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--optimizer", "magic"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--backbone", "nothing"], "unknown_model"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--backbone", "mtcnn"], "invalid_request"),
        (["{content}", "-o", "{tmp}/a.png", "--fast", "no_such_style"], "invalid_request"),
        (["{content}", "-o", "{tmp}/a.png", "--fast"], "invalid_request"),
    ],
)
def test_refusals_leave_no_file(run_json, content, painting, tmp_path, arguments, code):
    known = {"content": content, "painting": painting, "tmp": tmp_path}
    status, answer = run_json("style", *(argument.format(**known) for argument in arguments))
    assert status == 2
    assert answer["error"]["code"] == code
    assert not list(tmp_path.glob("a.*"))


def test_layer_weights_are_parsed():
    assert layer_weights("relu1_1=1, relu2_1=0.5") == {"relu1_1": 1.0, "relu2_1": 0.5}
    for text in ("", "relu1_1", "relu1_1=", "=1", "relu1_1=x"):
        with pytest.raises(argparse.ArgumentTypeError):
            layer_weights(text)
