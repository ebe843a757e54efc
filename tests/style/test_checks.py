"""What a person can ask for that cannot be done, and what they are told."""

from dataclasses import replace

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.settings import Settings
from facestyle.style.checks import MAX_SIZE, MAX_STEPS, check_request
from facestyle.style.results import COLORS, INITS, OPTIMIZERS, STYLE_LAYERS, STYLE_LOSSES, Style, StyleRequest
from tests.style.drawn import scene, strokes

REQUEST = StyleRequest(content=scene(), style=strokes(), size=64, steps=2)
NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"alpha": -1.0}, "alpha must be a number of 0 or more, not -1.0"),
        ({"alpha": NAN}, "alpha must be"),
        ({"beta": -0.1}, "beta must be"),
        ({"beta": INFINITY}, "beta must be"),
        ({"beta": "much"}, "beta must be"),
        ({"alpha": 10**400}, "alpha must be"),
        ({"size": 10**5000}, "size must be a whole number from 64 to 4096 pixels, not a number of thousands"),
        ({"style": (Style(strokes(), scale=10**400),)}, "The scale of style must be"),
        ({"alpha": 0.0, "beta": 0.0}, "alpha and beta are both 0"),
        ({"layer_weights": dict.fromkeys(STYLE_LAYERS, 0.0)}, "No style layer has a weight above 0"),
        ({"layer_weights": {}}, "No style layer has a weight above 0"),
        ({"layer_weights": {"relu1_1": -1.0}}, "weight of relu1_1 must be"),
        ({"layer_weights": {"relu1_1": NAN}}, "weight of relu1_1 must be"),
        ({"layer_weights": {"relu9_9": 1.0}}, "There is no layer 'relu9_9'. vgg16 has relu1_1, relu1_2"),
        ({"layer_weights": {"conv1_1": 1.0}}, "There is no layer 'conv1_1'"),
        ({"size": 63}, f"size must be a whole number from 64 to {MAX_SIZE} pixels, not 63"),
        ({"size": MAX_SIZE + 1}, "size must be"),
        ({"size": 100.5}, "size must be"),
        ({"steps": 0}, f"steps must be a whole number from 1 to {MAX_STEPS}, not 0"),
        ({"steps": MAX_STEPS + 1}, "steps must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**63}, "seed must be"),
        ({"init": "photo"}, "init can be content, style, noise, not 'photo'"),
        ({"optimizer": "newton"}, "optimizer can be lbfgs, adam, sgd, not 'newton'"),
        ({"backbone": "mtcnn"}, "no feature network"),
        ({"content": None}, "The content picture is missing"),
        ({"style": None}, "The style picture is missing"),
        ({"content": scene().astype(np.float32)}, "uint8 array"),
        ({"content": scene()[..., 0]}, "uint8 array"),
        ({"content": np.zeros((0, 5, 3), np.uint8)}, "uint8 array"),
        ({"style": np.zeros((5, 5, 2), np.uint8)}, "uint8 array"),
        ({"style": ()}, "The style picture is missing"),
        ({"style": (Style(strokes()),) * 9}, "8 styles at most can be mixed, not 9"),
        ({"style": (Style(strokes()), Style(strokes()[..., 0]))}, "The style 2 picture must be a uint8 array"),
        ({"style": (Style(strokes(), weight=-1.0),)}, "The weight of style must be"),
        ({"style": (Style(strokes()), Style(strokes(), weight=0.0))}, "The weight of style 2 is 0"),
        ({"style": (Style(strokes(), scale=0.1),)}, "The scale of style must be a number from 0.25 to 4, not 0.1"),
        ({"style": (Style(strokes(), scale=NAN),)}, "The scale of style must be"),
        ({"style": (Style(strokes(), mask=np.zeros((4, 4), np.uint8)),)}, "The mask of style is empty"),
        ({"style": (Style(strokes(), mask=strokes()),)}, "The mask of style must be a uint8 array"),
        ({"region": np.zeros((72, 96), np.uint8)}, "The region to paint is empty"),
        ({"region": np.ones((72, 96), bool)}, "The region to paint must be a uint8 array"),
        ({"content_layer": "relu5_1"}, "content_layer can be relu1_2, relu2_2, relu3_3, relu4_2, not 'relu5_1'"),
        ({"pooling": "none"}, "pooling can be average, max, not 'none'"),
        ({"smoothness": -1.0}, "smoothness must be a number of 0 or more"),
        ({"smoothness": NAN}, "smoothness must be"),
        ({"emphasis_weight": 0.5}, "emphasis_weight must be a number from 1 to 1000, not 0.5"),
        ({"emphasis_weight": INFINITY}, "emphasis_weight must be"),
        ({"emphasis": np.zeros((72, 96), np.uint8)}, "The map of what to keep recognisable is empty"),
        ({"emphasis": scene()}, "The map of what to keep recognisable must be a uint8 array"),
        ({"colors": "sepia"}, "colors can be style, luminance, match, not 'sepia'"),
        ({"style_loss": "l1"}, "style_loss can be gram, wasserstein, not 'l1'"),
    ],
)
def test_refused(wrong, words):
    with pytest.raises(InvalidRequestError) as refused:
        check_request(replace(REQUEST, **wrong), Settings())
    assert words in refused.value.message
    assert refused.value.code == "invalid_request"


def test_unknown_backbone():
    with pytest.raises(UnknownModelError, match="vgg99"):
        check_request(replace(REQUEST, backbone="vgg99"), Settings())


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"alpha": 0.0},
        {"beta": 0.0},
        {"beta": 0.0, "layer_weights": {}},
        {"alpha": 1, "beta": np.float32(0.5), "size": np.int64(64)},
        {"layer_weights": {"relu3_3": 1.0, "relu4_2": 0.5}},
        *({"init": init} for init in INITS),
        *({"optimizer": optimizer} for optimizer in OPTIMIZERS),
        {"size": MAX_SIZE, "steps": MAX_STEPS, "seed": 2**63 - 1},
        {"content": np.zeros((1, 1, 4), np.uint8), "style": np.zeros((1, 900, 4), np.uint8)},
        {"style": (Style(strokes(), weight=2, scale=0.25, mask=np.full((1, 1), 255, np.uint8)), Style(strokes()))},
        {"region": np.full((3, 900), 128, np.uint8)},
        *({"colors": colors} for colors in COLORS),
        *({"style_loss": loss} for loss in STYLE_LOSSES),
    ],
)
def test_accepted(right):
    check_request(replace(REQUEST, **right), Settings())
