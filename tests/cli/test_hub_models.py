"""Models of the Hub by their IDs, from the terminal: downloaded on first use, found again without a request."""

import functools

import numpy as np
import pytest
from PIL import Image

from facestyle.models import zoo
from facestyle.ui import samples
from tests.faces.embedding.test_sface import onnx_file as sface_file
from tests.hub.catalogue_hub import hub_with
from tests.models import fast_neural_style

STYLES = ("mosaic", "candy", "udnie", "pointillism", "rain_princess")


@functools.cache
def files():
    styles = {style: fast_neural_style.onnx_file(fast_neural_style.tensors(style), 224, 224) for style in STYLES}
    return styles | {"sface": sface_file()}


@pytest.fixture
def far(tmp_path, monkeypatch):
    """The five styles and SFace on a loopback Hub, the commands turned to it."""
    from huggingface_hub import constants

    folder = tmp_path / "weights"
    folder.mkdir()
    with hub_with(folder, files()) as hub:
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setenv("FACESTYLE_WEIGHTS_DIR", str(folder))
        monkeypatch.setenv("FACESTYLE_CACHE_DIR", str(tmp_path / "own"))
        yield hub
    zoo.clear_cache()


@pytest.mark.parametrize("style", STYLES)
def test_each_style_of_the_hub_paints_and_is_named(run_json, far, tmp_path, style):
    arguments = ("style", samples.path("coffee"), "-o", tmp_path / "out.png", "--fast", style, "--size", 96)
    status, answer = run_json(*arguments)
    assert status == 0
    assert answer["backbone"] == style
    assert len(far.bodies()) == 1
    far.requests.clear()
    painted = np.asarray(Image.open(tmp_path / "out.png"))
    assert painted.shape == (64, 96, 3)
    zoo.clear_cache()
    assert run_json(*arguments)[0] == 0
    assert far.requests == []


def test_a_style_on_board_names_its_network(run_json, far, tmp_path):
    status, answer = run_json(
        "style", samples.path("coffee"), "-o", tmp_path / "a.png", "--fast", "ember", "--size", 64
    )
    assert (status, answer["backbone"]) == (0, "multistyle26")
    assert far.requests == []


def test_a_style_that_cannot_be_had_leaves_no_file(run_json, far, tmp_path):
    far.repos.clear()
    status, answer = run_json("style", samples.path("coffee"), "-o", tmp_path / "a.png", "--fast", "candy")
    assert (status, answer["error"]["code"]) == (2, "hub_not_found")
    assert not (tmp_path / "a.png").exists()


def test_an_embedder_of_the_hub_compares_at_its_own_threshold(run_json, far):
    status, answer = run_json("verify", samples.path("hopper"), samples.path("hopper_altered"), "--model", "sface")
    assert status == 0
    assert (answer["model"], answer["tau"]) == ("sface", 0.637)
    assert len(far.bodies()) == 1


def test_a_model_for_another_purpose_is_refused_before_a_download(run_json, far):
    pictures = (samples.path("hopper"), samples.path("hopper_altered"))
    for wrong in (("--model", "candy"), ("--detector", "sface")):
        status, answer = run_json("verify", *pictures, *wrong)
        assert (status, answer["error"]["code"]) == (2, "unknown_model")
    assert far.requests == []
