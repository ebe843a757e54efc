"""The Layers tab's convolutions: handlers and what they show, over a played network."""

import re
from fractions import Fraction

import numpy as np
import pytest

from facestyle.errors import WeightsMissingError
from facestyle.explain.convolution.lessons import course_examples
from facestyle.explain.convolution.signals import BEATS, RATE
from facestyle.style.video.writing import VideoWriter
from facestyle.ui import convolving, convolving_view, texts
from facestyle.ui.convolving_asked import CHOICES, FIRST, Asked
from tests.ui.conftest import click, request
from tests.ui.fakes import BLUE, RED


@pytest.fixture
def section(ctx, blocks):
    return convolving.Convolving(ctx)


def convolve(section, axes=2, chosen=None, stride=1, padding="valid", dilation=1, **other):
    given = {"signal": "heartbeat", "row": 0.5, "number": 0, "photo": None, "clip": None, **other}
    return section.on_convolve(axes, chosen or FIRST[axes], stride, padding, dilation, *given.values(), request())


def test_an_example_is_there_from_the_start(section):
    shown = section.result.value
    assert shown.count('class="fs-conv-picture"') == 2
    assert "318 × 478" in shown
    assert texts.CONV_SPELLED in shown


@pytest.mark.parametrize(("axes", "chosen"), [(axes, name) for axes, names in CHOICES.items() for name in names])
def test_every_filter_shows_input_filter_and_output(section, axes, chosen):
    shown = convolve(section, axes, chosen)
    assert "fs-bad" not in shown
    assert shown.count(texts.CONV_TIMES) >= 1
    pictures = {1: shown.count("<polyline"), 2: shown.count("fs-conv-picture"), 3: shown.count("<figure>") // 4}[axes]
    assert pictures == 2
    assert "−0<" not in shown


def test_the_formula_with_its_numbers(section):
    shown = convolve(section, 2, "blur", stride=2, padding="same")
    assert "⌊(320 + 2·2 − 5) / 2⌋ + 1 = <b>160</b>" in shown
    assert "⌊(480 + 2·2 − 5) / 2⌋ + 1 = <b>240</b>" in shown
    assert f"25 weights and 1 bias; {160 * 240 * 25:,} multiplications" in shown
    shown = convolve(section, 2, "sobel_vertical", dilation=3)
    assert "⌊(320 + 2·0 − (3 − 1)·3 − 1) / 1⌋ + 1 = <b>314</b>" in shown
    shown = convolve(section, 3, "motion")
    assert "⌊(16 + 2·0 − 3) / 1⌋ + 1 = <b>14</b>" in shown


def test_the_answer_that_is_spelled_out_is_the_sum(section, upload):
    # one bright square on grey: the strongest vertical edge is known
    shown = convolve(section, 2, "vertical_edge", photo=upload(RED))
    spelled = shown[shown.index(texts.CONV_SPELLED) :]
    numbers = [float(cell.split(">")[-1].replace("−", "-")) for cell in spelled.split("</td>")[:-1]]
    under, taps = np.array(numbers[:9]), np.array(numbers[9:18])
    answer = float(spelled.split('fs-conv-answer">')[1].split("<")[0].replace("−", "-"))
    assert (under * taps).sum() == pytest.approx(answer, abs=0.05)


def test_the_matched_filter_marks_the_beats(section):
    shown = convolve(section, 1, "matched")
    assert shown.count('class="fs-dot"') == 2 * 5
    said = re.search(r"highest at samples ([0-9, ]+)", shown)
    assert [int(at) for at in said[1].split(",")] == pytest.approx([RATE * beat for beat in BEATS], abs=1.5)


def test_a_row_of_the_photo(section, upload):
    assert section.on_signal("row").visible is True
    assert section.on_signal("heartbeat").visible is False
    shown = convolve(section, 1, "matched", signal="row", row=0.4, photo=upload(RED, BLUE))
    assert 'class="fs-dot"' in shown
    assert "fs-bad" not in shown
    assert "fs-bad" in convolve(section, 1, "matched", signal="row", row=2.0)


def test_a_clip_takes_the_place_of_the_photo(section, tmp_path):
    path = tmp_path / "clip.mp4"
    with VideoWriter(str(path), (90, 160), rate=Fraction(12)) as writer:
        for number in range(6):
            writer.add(np.full((90, 160, 3), 40 * number, np.uint8), number)
    assert "6 × 108 × 192" in convolve(section, 3, clip={"path": str(path)})
    path.write_text("words")
    assert "is not a video" in convolve(section, 3, clip={"path": str(path)})


def test_the_networks_own_filters(section, ctx, fakes):
    assert section.on_filter("blur", 0, request()).visible is False
    swatches = section.on_filter("network", 2, request())
    assert swatches.visible is True
    assert swatches.value.count(f'data-action="{convolving_view.FILTER}"') == 4
    assert swatches.value.count('aria-pressed="true"') == 1
    assert section.on_swatch(click(id="3")) == 3
    assert section.on_swatch(click(id="x")) == 0
    ctx.session(request()).paint_with("vgg19")
    shown = convolve(section, 2, "network", number=3)
    assert "3 × 3 × 3" in shown
    assert "318 × 478" in shown
    assert fakes.explainer.backbones == ["vgg16", "vgg19"]
    assert "fs-bad" in convolve(section, 2, "network", number=4)
    fakes.explainer.failure = WeightsMissingError("The network is not there.")
    assert "The network is not there." in section.on_filter("network", 0, request()).value
    assert "The network is not there." in convolve(section, 2, "network")


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_another_number_of_axes_offers_its_own_filters(section, axes):
    chosen, signal, row, swatches, clip, hint = section.on_axes(axes)
    assert [name for _, name in chosen.choices] == list(CHOICES[axes])
    assert chosen.value == FIRST[axes]
    assert (signal.visible, row.visible, swatches.visible) == (axes == 1, False, False)
    assert clip.visible == hint.visible == (axes == 3)
    # a filter of another number of axes, still in the control, gives way to the first
    assert Asked(axes, "nonsense").chosen == FIRST[axes]


def test_what_makes_no_sense_is_said(section, tmp_path, upload):
    assert "1, 2 or 3 axes" in convolve(section, 4, "blur")
    assert "least 1" in convolve(section, 2, "blur", stride=0)
    (tmp_path / "text.png").write_text("words")
    assert texts.REFUSED_TITLES["image_unreadable"] in convolve(section, photo={"path": str(tmp_path / "text.png")})


def test_the_courses_table():
    shown = convolving_view.course(course_examples())
    assert "14 × 14 × 14 × 1" in shown
    assert "10 × 10 × 10 × 16" in shown
    assert "2,016" in shown
