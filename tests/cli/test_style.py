"""style, from the terminal's side."""

import argparse
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from facestyle.cli.stylise import layer_weights, weighted
from facestyle.style.recipe import read_recipe


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
    assert answer.keys() == {"out", "seconds", "steps", "size", "backbone", "losses", "faces"}
    assert answer["faces"] == []
    assert answer["losses"].keys() == {"total", "content", "style"}
    assert answer["size"] == [64, 96]
    assert answer["steps"] == 4
    assert answer["backbone"] == "vgg16"
    with Image.open(out) as picture:
        assert picture.size == (96, 64)


def test_a_forecast_paints_nothing(run_json, content, painting, tmp_path):
    status, answer = run_json("style", content, painting, "--size", 512, "--forecast")
    assert status == 0
    assert answer["size"] == [342, 512]
    assert answer["seconds"] > 0
    assert 2**26 < answer["bytes"] < 2**30
    assert [choice["size"] for choice in answer["smaller"]] == [384, 256]
    assert answer["fits"]
    assert not list(tmp_path.iterdir())


def test_a_forecast_says_what_does_not_fit(run_json, content, painting, monkeypatch):
    monkeypatch.setenv("FACESTYLE_MEMORY_LIMIT_MB", "200")
    status, answer = run_json("style", content, painting, "--size", 2048, "--forecast")
    assert status == 0
    assert not answer["fits"]
    assert answer["bytes"] > answer["limit_bytes"]
    assert 64 <= answer["fitting_size"] < 2048


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
        (["{content}", "{painting}", "--forecast", "--fast"], "invalid_request"),
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
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--fast", "--colors", "luminance"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--fast", "--also", "{content}"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--scale", "9"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--also", "{content}=0"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--also", "{tmp}/none.jpg=2"], "image_not_found"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--region", "{tmp}/none.png"], "image_not_found"),
        (
            ["{content}", "{painting}", "-o", "{tmp}/a.png", "--mask", "{content}", "--mask", "{content}"],
            "invalid_request",
        ),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--colors", "sepia"], "invalid_request"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--settings", "{content}"], "settings_missing"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--settings", "{tmp}/none.png"], "image_not_found"),
        (["{content}", "{painting}", "-o", "{tmp}/a.png", "--fast", "--settings", "{content}"], "invalid_request"),
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


@pytest.mark.parametrize("name", ["film.mp4", "film.gif"])
def test_a_film_of_the_run(run_json, content, painting, tmp_path, name):
    film = tmp_path / name
    arguments = ("style", content, painting, "-o", tmp_path / "out.png", "--size", 64, "--steps", 3)
    status, _ = run_json(*arguments, "--timelapse", film)
    assert status == 0
    assert film.stat().st_size > 500
    status, answer = run_json(*arguments, "--timelapse", tmp_path / "film.avi")
    assert (status, answer["error"]["code"]) == (2, "invalid_request")


@pytest.mark.parametrize("fast", [[], ["--fast"]])
def test_sixteen_bits(run_json, content, painting, tmp_path, fast):
    out = tmp_path / "out.png"
    arguments = ("style", content, painting, "--size", 64, "--steps", 2, "--bits", 16, *fast)
    assert run_json(*arguments, "-o", out)[0] == 0
    assert out.read_bytes()[24] == 16  # IHDR, bit depth
    status, answer = run_json(*arguments, "-o", tmp_path / "out.jpg")
    assert (status, answer["error"]["code"]) == (2, "invalid_request")
    assert "16 bits" in answer["error"]["message"]
    assert not (tmp_path / "out.jpg").exists()


def test_also_takes_a_weight():
    assert weighted("a.png") == ("a.png", 1.0)
    assert weighted("a.png=0.5") == ("a.png", 0.5)
    assert weighted("a=b.png") == ("a=b.png", 1.0)
    assert weighted("=2") == ("=2", 1.0)


def test_colors_strokes_masks_and_several_paintings_reach_the_engine(run_json, content, painting, tmp_path):
    left = np.zeros((40, 60), np.uint8)
    left[:, :30] = 255
    Image.fromarray(left).save(tmp_path / "left.png")
    status, answer = run_json(
        *("style", content, painting, "-o", tmp_path / "a.png", "--size", 96, "--steps", 2),
        *("--colors", "match", "--style-loss", "wasserstein", "--scale", 0.5, "--region", tmp_path / "left.png"),
        *("--also", f"{content}=2", "--mask", tmp_path / "left.png"),
    )
    assert status == 0, answer
    with Image.open(content) as photo, Image.open(tmp_path / "a.png") as picture:
        small = np.asarray(photo.convert("RGB").resize(picture.size, Image.Resampling.LANCZOS)).astype(int)
        change = np.abs(np.asarray(picture).astype(int) - small).mean(axis=(0, 2))
    assert change[52:].max() < 1.5
    assert change[:44].mean() > 3


def test_settings_come_out_of_a_picture_and_options_given_beside_come_first(run_json, content, painting, tmp_path):
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    asked = ("--size", 96, "--steps", 3, "--alpha", 2.5, "--layer-weights", "relu1_1=0.5", "--colors", "luminance")
    assert run_json("style", content, painting, "-o", first, *asked, "--scale", 0.75)[0] == 0
    status, answer = run_json("style", content, painting, "-o", second, "--settings", first, "--steps", 2)
    assert status == 0
    assert answer["steps"] == 2
    made, again = (read_recipe(path.read_bytes()) for path in (first, second))
    assert replace(again, steps=3) == made
    assert (made.alpha, made.layer_weights, made.colors, made.scales) == (2.5, {"relu1_1": 0.5}, "luminance", (0.75,))


def test_the_same_settings_make_the_same_picture(run_json, content, painting, tmp_path):
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    run_json("style", content, painting, "-o", first, "--size", 96, "--steps", 3, "--init", "noise", "--seed", 5)
    run_json("style", content, painting, "-o", second, "--settings", first)
    assert first.read_bytes() == second.read_bytes()


def test_faces_are_kept_and_measured(run_json, hopper, painting, tmp_path):
    out = tmp_path / "out.png"
    status, answer = run_json(
        *("style", hopper, painting, "-o", out, "--size", 160, "--steps", 3, "--keep-faces", 4),
        *("--content-layer", "relu2_2", "--pooling", "max", "--smoothness", 0.1),
    )
    assert status == 0
    (face,) = answer["faces"]
    assert face.keys() == {"box", "distance", "tau", "same", "found"}
    assert 0 <= face["distance"] <= face["tau"]
    assert face["same"]
    recipe = read_recipe(out.read_bytes())
    assert (recipe.emphasis_weight, recipe.content_layer, recipe.pooling, recipe.smoothness) == (
        4,
        "relu2_2",
        "max",
        0.1,
    )


def test_a_photo_without_a_face_is_painted_as_it_is(run_json, content, painting, tmp_path):
    out = tmp_path / "out.png"
    status, answer = run_json("style", content, painting, "-o", out, "--size", 64, "--steps", 1, "--keep-faces")
    assert (status, answer["faces"]) == (0, [])
    assert read_recipe(out.read_bytes()).emphasis_weight == 1


def test_between_two_fast_styles(run_json, content, painting, tmp_path):
    from facestyle.style.fast import fast_styles

    first, second = (style.id for style in fast_styles()[:2])
    pictures = []
    for number, more in enumerate(([], ["--fast-mix", f"{second}=0.4"], ["--fast-mix", second])):
        out = tmp_path / f"{number}.png"
        status, _ = run_json("style", content, "-o", out, "--size", 96, "--fast", first, *more)
        assert status == 0
        pictures.append(out.read_bytes())
    assert len(set(pictures)) == 3
    mixed = ["--fast", "--fast-mix", f"{content}=0.5", "--size", 96, "-o", tmp_path / "paintings.png"]
    assert run_json("style", content, painting, *mixed)[0] == 0


@pytest.mark.parametrize("options", [["--fast-mix", "x=0.5"], ["--fast", "first", "--fast-mix", "second=1.5"]])
def test_a_mix_that_cannot_be_is_refused(run_json, content, painting, tmp_path, options):
    from facestyle.style.fast import fast_styles

    names = {"first": fast_styles()[0].id, "second=1.5": f"{fast_styles()[1].id}=1.5"}
    given = [names.get(option, option) for option in options]
    style = [] if "--fast" in options else [painting]
    status, answer = run_json("style", content, *style, "-o", tmp_path / "a.png", *given)
    assert status != 0
    assert answer["error"]["code"] == "invalid_request"
