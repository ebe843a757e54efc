import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from facestyle.errors import NoFaceError
from facestyle.faces.results import Box, Verification
from facestyle.ui import html, texts

EVIL = '<img src=x onerror="alert(1)">\'&'


def result(distance=0.2, tau=0.36, claimed=None):
    return Verification(
        same=distance <= tau,
        distance=distance,
        tau=tau,
        metric="squared_euclidean",
        model="m",
        faces=(),
        aligned=(),
        claimed=claimed,
    )


def test_names_are_escaped_wherever_they_appear():
    for piece in (
        html.name(EVIL),
        html.esc(EVIL),
        html.notice("good", EVIL, EVIL),
        html.verdict(result(claimed=EVIL), 0.36, 1),
        html.action("x", "delete", EVIL, title=EVIL),
        html.figure(np.zeros((10, 10, 3), np.uint8), [html.Tag(Box(1, 1, 5, 5), html.name(EVIL))], alt=EVIL),
    ):
        assert "<img src=x" not in piece
        assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#x27;&amp;" in piece


def test_a_right_to_left_name_is_isolated():
    assert html.name("עדה") == '<bdi class="fs-name">עדה</bdi>'
    assert html.isolated("עדה") == "\u2068עדה\u2069"


@pytest.mark.parametrize(
    ("distance", "claimed", "sentence"),
    [
        (0.2, None, texts.VERIFY_SAME),
        (0.5, None, texts.VERIFY_DIFFERENT),
        (0.2, "Ada", 'This is <bdi class="fs-name">Ada</bdi>'),
        (0.5, "Ada", 'This is not <bdi class="fs-name">Ada</bdi>'),
    ],
)
def test_the_verdict_is_words_and_a_sign_not_only_a_colour(distance, claimed, sentence):
    shown = html.verdict(result(distance, claimed=claimed), 0.36, 1.08)
    assert sentence in shown
    assert "<svg" in shown
    assert ("fs-good" in shown.split(">")[0]) == (distance <= 0.36)
    assert f"{distance:.3f}" in shown
    assert "Squared Euclidean distance" in shown


def test_the_verdict_follows_tau_and_equality_is_the_same_person():
    assert texts.VERIFY_SAME in html.verdict(result(0.2), 0.2, 1)
    assert texts.VERIFY_DIFFERENT in html.verdict(result(0.2), 0.1999, 1)
    assert texts.VERIFY_SAME in html.verdict(result(0.0), 0.0, 1)


def test_a_close_call_is_called_one():
    assert texts.VERIFY_CLOSE in html.verdict(result(0.35), 0.36, 1)
    assert texts.VERIFY_CLOSE in html.verdict(result(0.37), 0.36, 1)
    assert texts.VERIFY_CLOSE not in html.verdict(result(0.2), 0.36, 1)
    assert texts.VERIFY_CLOSE not in html.verdict(result(0.0), 0.0, 1)


def lefts(piece):
    return [float(value) for value in re.findall(r"left:([\d.]+)%", piece)]


@pytest.mark.parametrize("distance", [0.0, 0.1, 0.36, 0.7, 1.08, 5.0])
def test_the_scale_holds_distance_and_tau_in_proportion(distance):
    tau_at, needle_at = lefts(html.scale(distance, 0.36, 1.08))
    assert 0 <= needle_at <= 100
    assert 0 <= tau_at <= 100
    if distance:
        assert needle_at / tau_at == pytest.approx(distance / 0.36, abs=0.05)


def test_the_scale_is_described_in_words():
    piece = html.scale(0.2, 0.36, 1.08)
    assert 'role="img"' in piece
    assert 'aria-label="Distance 0.200 on a scale from 0 to 1.1; the threshold is 0.360."' in piece


def test_a_figure_places_boxes_in_percent_and_keeps_them_inside():
    image = np.zeros((100, 200, 3), np.uint8)
    piece = html.figure(image, [html.Tag(Box(-10, 50, 100, 300), "1")], alt="a")
    assert "left:0.000%;top:50.000%;width:50.000%;height:50.000%" in piece


def test_pictures_travel_inside_the_page_and_without_metadata():
    image = np.random.default_rng(0).integers(0, 255, (300, 600, 3), np.uint8)
    uri = html.data_uri(image, 200)
    assert uri.startswith("data:image/jpeg;base64,")
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        assert picture.size == (200, 100)
        assert not picture.getexif()


def test_a_small_picture_is_not_enlarged():
    uri = html.data_uri(np.zeros((20, 30, 3), np.uint8), 200)
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        assert picture.size == (30, 20)


def test_a_refusal_has_a_title_of_its_own_and_the_errors_words():
    piece = html.refusal(NoFaceError("Nothing here. Try again."))
    assert texts.REFUSED_TITLES["no_face"] in piece
    assert "Nothing here. Try again." in piece
    assert 'role="alert"' in piece


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.94, "0.9 s"), (9.99, "10.0 s"), (42.4, "42 s"), (99.9, "1 min 40 s"), (150, "2 min 30 s")]
)
def test_durations_are_for_people(seconds, words):
    assert html.duration(seconds) == words


def test_a_path_at_home_is_written_short(tmp_path, monkeypatch):
    monkeypatch.setattr(html.Path, "home", classmethod(lambda _: tmp_path))
    assert html.short_path(tmp_path / "a" / "b.sqlite") == str(html.Path("~") / "a" / "b.sqlite")
    assert html.short_path(html.Path("/elsewhere/b.sqlite")) == str(html.Path("/elsewhere/b.sqlite"))
