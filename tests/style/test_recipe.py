"""Settings inside a PNG, and back; and all that may be there instead."""

import io
import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from facestyle import images
from facestyle.errors import SettingsDamagedError, SettingsMissingError
from facestyle.style.recipe import KEYWORD, read_recipe, recipe_of
from facestyle.style.results import Style, StyleRequest
from tests.style.drawn import scene, strokes

REQUEST = StyleRequest(
    content=scene(),
    style=(Style(strokes(), 0.25, 1.5), Style(strokes(), 0.75, 1.5)),
    alpha=2.5,
    beta=0.5,
    layer_weights={"relu1_1": 0.25},
    size=320,
    init="noise",
    optimizer="adam",
    seed=7,
    colors="luminance",
    style_loss="wasserstein",
    content_layer="relu2_2",
    pooling="max",
    smoothness=0.5,
    emphasis=np.full((4, 4), 255, np.uint8),
    emphasis_weight=5.0,
    region=np.full((4, 4), 255, np.uint8),
)
RECIPE = recipe_of(REQUEST, steps=33, strength=0.75)


def png(text, keyword=KEYWORD):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text(keyword, text)
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()


def changed(**values):
    found = json.loads(RECIPE.as_text())
    found.update(values)
    return png(json.dumps(found))


def test_settings_come_back_as_they_were():
    data = images.encode(scene(), text={KEYWORD: RECIPE.as_text()})
    assert read_recipe(data) == RECIPE
    assert np.array_equal(images.decode(data), scene())
    assert (RECIPE.steps, RECIPE.strength, RECIPE.weights, RECIPE.masked) == (33, 0.75, (0.25, 0.75), True)


def test_nothing_but_numbers_and_choices_is_written():
    assert set(asdict(RECIPE)) == {
        "alpha", "beta", "layer_weights", "size", "steps", "init", "optimizer", "seed", "backbone", "colors",
        "style_loss", "weights", "scales", "strength", "masked", "version",
        "content_layer", "pooling", "smoothness", "emphasis_weight",
    }  # fmt: skip
    assert RECIPE.as_text().isascii()


def test_settings_of_an_older_picture_are_completed():
    found = json.loads(RECIPE.as_text())
    for name in ("content_layer", "pooling", "smoothness", "emphasis_weight"):
        del found[name]
    recipe = read_recipe(png(json.dumps(found)))
    assert (recipe.content_layer, recipe.pooling, recipe.smoothness, recipe.emphasis_weight) == (
        "relu3_3", "average", 0.0, 1.0
    )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", png("x", keyword="Comment"), images.encode(scene(), "jpeg"), images.encode(scene())[:20]],
    ids=["empty", "text", "another program's", "jpeg", "cut off"],
)
def test_pictures_without_settings_are_named_so(data):
    with pytest.raises(SettingsMissingError, match="settings"):
        read_recipe(data)


@pytest.mark.parametrize(
    "data",
    [
        png("no json"),
        png("[]"),
        png("[" * 5000),
        png("{}"),
        png(json.dumps({"schema": 1})),
        png('{"a":' * 1300 + "1" + "}" * 1300),
        changed(alpha=10**400),
        changed(alpha=float("inf")),
        changed(size=10**400),
        changed(weights=[10**400]),
        changed(layer_weights={"relu1_1": 10**400}),
        png('{"schema": 1, "x": "' + "y" * 9000 + '"}'),
        changed(schema=2),
        changed(alpha=-1),
        changed(alpha="1"),
        changed(alpha=float("nan")),
        changed(alpha=True),
        changed(size=64.5),
        changed(steps=10**9),
        changed(init="magic"),
        changed(init=["content"]),
        changed(colors=None),
        changed(layer_weights=[1]),
        changed(layer_weights={"relu1_1": -1}),
        changed(weights=[]),
        changed(weights=1),
        changed(scales=[1.0]),
        changed(backbone=5),
        changed(masked="no"),
        changed(unknown=1),
    ],
)
def test_settings_that_cannot_be_are_refused(data):
    with pytest.raises(SettingsDamagedError, match="damaged"):
        read_recipe(data)
