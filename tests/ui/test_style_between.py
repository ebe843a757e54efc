"""Keeping two settings of the weights, and sliding between them."""

import gradio as gr
import pytest

from facestyle.style.control import RunControl
from facestyle.ui import style_between, texts
from facestyle.ui.style_between import Between, as_values, as_weights, keep, keep_second
from tests.ui.conftest import request

A = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
B = [3.0, 0.0, 0.0, 0.5, 1.0, 2.0, 3.0]


@pytest.fixture
def moved(ctx):
    """What the slider's handler answers, as the page would call it."""
    with gr.Blocks() as demo:
        sliders = [gr.Slider(0, 10) for _ in A]
        Between().wire(ctx, sliders, live=True)
    handlers = [block.fn for block in demo.fns.values() if block.name == "on_share"]
    assert len(handlers) == 1
    return lambda share, a, b: handlers[0](share, a, b, request())


def test_the_slider_appears_once_both_are_kept():
    kept, slider, button = keep(None, *A)
    assert (kept, slider.visible, button.value) == (A, False, texts.STYLE_KEPT_A)
    kept, slider, button = keep_second(A, *B)
    assert (kept, slider.visible, slider.value, button.value) == (B, True, 1, texts.STYLE_KEPT_B)
    assert keep(B, *A)[1].value == 0


def test_values_and_weights_are_the_same_numbers():
    assert as_values(as_weights(B)) == B


def test_the_sliders_go_from_a_to_b(moved):
    assert list(moved(0.0, A, B)) == A
    assert list(moved(1.0, A, B)) == B
    assert list(moved(0.5, A, B)) == [2.0, 0.5, 0.5, 0.75, 1.0, 1.5, 2.0]


def test_without_both_nothing_moves(moved):
    assert len(moved(0.5, None, B)) == len(A)
    assert all(not isinstance(value, float) for value in moved(0.5, None, B))


def test_a_run_that_is_going_on_follows(ctx, moved, monkeypatch):
    control = ctx.session(request()).control = RunControl()
    moved(0.5, A, B)
    assert control.take().alpha == 2.0
    said = []
    monkeypatch.setattr(style_between.gr, "Warning", said.append)
    nothing = [0.0] * len(A)
    moved(0.0, nothing, B)
    assert "nothing to optimise" in said[0]
    assert control.take() is None
