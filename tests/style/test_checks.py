"""What a person can ask for that cannot be done, and what they are told."""

from dataclasses import replace

import numpy as np
import pytest

from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.settings import Settings
from facestyle.style.checks import MAX_SIZE, MAX_STEPS, check_request
from facestyle.style.results import INITS, OPTIMIZERS, STYLE_LAYERS, StyleRequest
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
    ],
)
def test_accepted(right):
    check_request(replace(REQUEST, **right), Settings())
