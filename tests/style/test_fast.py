"""Fast stylisation: what a person can ask for, and what they get."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from facestyle import weights
from facestyle.errors import (
    CatalogueError,
    ImageEmptyError,
    ImageTooSmallError,
    ImageUnreadableError,
    InvalidRequestError,
    NotEnoughMemoryError,
)
from facestyle.images import decode, resize_longer_side
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style.fast import FastMix, FastStyle, check_fast, fast_styles, forecast_bytes, stylize_fast

EXAMPLES = Path(__file__).parent.parent.parent / "facestyle" / "ui" / "examples"
STYLE = fast_styles()[7].id


@pytest.fixture(scope="module")
def photo():
    return resize_longer_side(decode(EXAMPLES / "hopper.jpg"), 120)


@pytest.fixture(scope="module")
def painting():
    return decode(EXAMPLES / "swirls.jpg")


def colour(red, green, blue, *, height=90, width=120):
    """A painting of one hue, with brush-like waves in its brightness."""
    waves = 0.75 + 0.25 * np.sin(np.arange(width) / 3 + np.arange(height)[:, None] / 5)
    return (waves[..., None] * [red, green, blue]).astype(np.uint8)


# --- which styles there are ---------------------------------------------------------------------------------------


def test_every_style_of_the_network_has_an_id_and_a_name():
    styles = fast_styles()
    assert len(styles) == load_model("multistyle26").styles
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", style.id) for style in styles)
    assert len({style.id for style in styles}) == len(styles)
    assert tuple(style.name for style in styles) == weights.entry("multistyle26").output.names


@pytest.mark.parametrize("names", ['["Ember", "ember!"]', "[]"])
def test_catalogue_without_distinct_names_is_refused(tmp_path, names):
    text = (Settings().weights_dir / "catalog.toml").read_text("utf-8")
    before, entry = text.split('id = "multistyle26"')
    entry = re.sub(r"names = \[[^\]]*\]", f"names = {names}", entry, count=1)
    (tmp_path / "catalog.toml").write_text(before + 'id = "multistyle26"' + entry, "utf-8")
    with pytest.raises(CatalogueError, match="name of its own"):
        fast_styles(Settings(weights_dir=tmp_path))


def test_the_style_asked_for_is_the_one_painted(photo):
    network = load_model("multistyle26", "cpu")
    x = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255
    for index in (0, 25):
        with torch.inference_mode():
            expected = network(x, torch.eye(network.styles)[index : index + 1])[0].permute(1, 2, 0).numpy() * 255
        found = stylize_fast(photo, style=fast_styles()[index].id, settings=Settings(device="cpu"))
        assert np.abs(found - expected).max() <= 0.51  # rounded to the nearest level


def test_name_is_as_good_as_id(photo):
    style = fast_styles()[3]
    assert style == FastStyle(style.id, style.name)
    by_id = stylize_fast(photo, style=style.id)
    np.testing.assert_array_equal(stylize_fast(photo, style=f" {style.name.upper()} "), by_id)


def test_misspelt_style_gets_near_matches(photo):
    with pytest.raises(InvalidRequestError, match=rf"Did you mean .*{STYLE}") as caught:
        stylize_fast(photo, style=STYLE[:-2])
    assert caught.value.code == "invalid_request"


@pytest.mark.parametrize("style", ["", "zzzzzz", "🙂"])
def test_hopeless_style_gets_the_list(photo, style):
    with pytest.raises(InvalidRequestError, match=f"Choose one of .*{fast_styles()[0].id}.*{fast_styles()[-1].id}"):
        stylize_fast(photo, style=style)


# --- paintings ----------------------------------------------------------------------------------------------------


def test_painting_lends_its_colours(photo):
    blue = stylize_fast(photo, style=colour(20, 60, 230)).mean(axis=(0, 1))
    red = stylize_fast(photo, style=colour(230, 60, 20)).mean(axis=(0, 1))
    assert blue[2] - blue[0] > 30
    assert red[0] - red[2] > 30


def test_painting_may_be_grey_or_transparent(photo, painting):
    grey = decode(EXAMPLES / "waves.jpg").mean(axis=2).astype(np.uint8)
    np.testing.assert_array_equal(
        stylize_fast(photo, style=grey), stylize_fast(photo, style=np.repeat(grey[..., None], 3, axis=2))
    )
    clear = np.dstack([painting, np.zeros(painting.shape[:2], np.uint8)])  # nothing but the white it lies on
    np.testing.assert_array_equal(
        stylize_fast(photo, style=clear), stylize_fast(photo, style=np.full_like(painting, 255))
    )


def test_size_of_the_painting_hardly_matters(photo, painting):
    large, small = (stylize_fast(photo, style=resize_longer_side(painting, size)) for size in (600, 300))
    other = stylize_fast(photo, style=colour(20, 60, 230))
    assert np.abs(large.astype(float) - small).mean() < 0.25 * np.abs(large.astype(float) - other).mean()


def test_narrow_painting_is_read(photo, painting):
    assert stylize_fast(photo, style=np.ascontiguousarray(painting[:20])).shape == photo.shape


@pytest.mark.parametrize(
    ("shape", "error"),
    [((15, 200, 3), ImageTooSmallError), ((16, 16 * 257, 3), ImageTooSmallError), ((40, 40, 2), ImageUnreadableError)],
)
def test_unusable_painting_is_refused(photo, shape, error):
    with pytest.raises(error):
        stylize_fast(photo, style=np.zeros(shape, np.uint8))


def test_missing_painting_is_refused(photo):
    with pytest.raises(ImageEmptyError):
        stylize_fast(photo, style=None)


# --- content ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["trained", "painting"])
@pytest.mark.parametrize("size", [(16, 16), (61, 83), (16, 320), (320, 16), (66, 50)])
def test_result_has_the_contents_size(way, size, painting):
    content = colour(200, 150, 90, height=size[0], width=size[1])
    found = stylize_fast(content, style=STYLE if way == "trained" else painting)
    assert found.shape == content.shape
    assert found.dtype == np.uint8


@pytest.mark.parametrize("size", [64, 101, 200])
def test_size_is_the_longer_side(photo, size):
    found = stylize_fast(photo, style=STYLE, size=size)
    height, width = photo.shape[:2]
    assert max(found.shape[:2]) == size
    assert found.shape[1] / found.shape[0] == pytest.approx(width / height, rel=0.02)


@pytest.mark.parametrize("way", ["trained", "painting"])
def test_alpha_is_carried_through(photo, painting, way):
    style = STYLE if way == "trained" else painting
    alpha = np.arange(photo[..., 0].size, dtype=np.uint32).reshape(photo.shape[:2]).astype(np.uint8)
    found = stylize_fast(np.dstack([photo, alpha]), style=style)
    np.testing.assert_array_equal(found[..., 3], alpha)
    np.testing.assert_array_equal(found[..., :3], stylize_fast(photo, style=style))


def test_alpha_is_scaled_with_the_picture(photo):
    alpha = np.zeros(photo.shape[:2], np.uint8)
    alpha[: photo.shape[0] // 2] = 255
    found = stylize_fast(np.dstack([photo, alpha]), style=STYLE, size=80)
    middle = found.shape[0] // 2
    assert (found[: middle - 4, :, 3] == 255).all()
    assert (found[middle + 4 :, :, 3] == 0).all()


def test_input_is_not_changed_and_may_be_a_read_only_view(photo):
    before = photo.copy()
    view = photo[:, ::-1]
    view.flags.writeable = False
    mirrored = stylize_fast(view, style=STYLE)
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(mirrored, stylize_fast(np.ascontiguousarray(view), style=STYLE))


def test_same_request_same_picture(photo, painting):
    for style in (STYLE, painting):
        np.testing.assert_array_equal(stylize_fast(photo, style=style), stylize_fast(photo, style=style))


@pytest.mark.parametrize(
    "content",
    [
        None,
        np.zeros((40, 40), np.uint8),
        np.zeros((40, 40, 2), np.uint8),
        np.zeros((40, 40, 3), np.float32),
        np.zeros((0, 40, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(InvalidRequestError, match="uint8 array"):
        stylize_fast(content, style=STYLE)


@pytest.mark.parametrize(("shape", "size"), [((15, 100, 3), None), ((1, 1, 3), None), ((40, 2000, 3), 512)])
def test_too_small_or_too_narrow_is_refused(shape, size):
    with pytest.raises(ImageTooSmallError, match="16 or more"):
        stylize_fast(np.zeros(shape, np.uint8), style=STYLE, size=size)


# --- strength -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["trained", "painting"])
def test_strength_leads_from_the_content_to_the_painted_picture(photo, painting, way):
    style = STYLE if way == "trained" else painting
    nothing, half, full = (stylize_fast(photo, style=style, strength=strength) for strength in (0, 0.5, 1.0))
    np.testing.assert_array_equal(nothing, photo)
    np.testing.assert_array_equal(full, stylize_fast(photo, style=style))
    assert np.abs(half - (photo.astype(float) + full) / 2).max() <= 1
    assert np.abs(full.astype(float) - photo).mean() > 20


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), float("inf"), "much", None])
def test_strength_out_of_range_is_refused(photo, strength):
    with pytest.raises(InvalidRequestError, match="0 to 1"):
        stylize_fast(photo, style=STYLE, strength=strength)


# --- size and memory ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, -5, 63, 100.5, "512"])
def test_size_out_of_range_is_refused(photo, size):
    with pytest.raises(InvalidRequestError, match="64 to"):
        stylize_fast(photo, style=STYLE, size=size)


def test_huge_size_is_refused_before_anything_is_allocated(photo):
    with pytest.raises(NotEnoughMemoryError, match="GiB"):
        stylize_fast(photo, style=STYLE, size=1_000_000)


def test_memory_limit_is_kept_and_the_size_proposed_fits(photo):
    settings = Settings(memory_limit_mb=64)
    with pytest.raises(NotEnoughMemoryError) as caught:
        stylize_fast(photo, style=STYLE, size=900, settings=settings)
    proposed = int(re.search(r"size of (\d+) or less", caught.value.message)[1])
    found = stylize_fast(photo, style=STYLE, size=proposed, settings=settings)
    assert 0.95 * 64 * 2**20 < forecast_bytes(*found.shape[:2]) <= 64 * 2**20


@pytest.mark.slow
@pytest.mark.parametrize("way", ["trained", "painting"])
def test_512_pixels_take_under_two_seconds(painting, way):
    content = resize_longer_side(decode(EXAMPLES / "china.jpg"), 512)
    seconds = []
    for _ in range(4):  # the first loads the network
        start = time.perf_counter()
        stylize_fast(content, style=STYLE if way == "trained" else painting)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 2


# --- between two styles -------------------------------------------------------------------------------------------


def test_a_mix_of_trained_styles_mixes_their_normalisations(photo):
    network = load_model("multistyle26", "cpu")
    x = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255
    mixed = torch.zeros(1, network.styles)
    mixed[0, 3], mixed[0, 9] = 0.75, 0.25
    with torch.inference_mode():
        expected = network(x, mixed)[0].permute(1, 2, 0).numpy() * 255
    styles = fast_styles()
    mix = FastMix(styles[3].id, styles[9].name, 0.25)
    found = stylize_fast(photo, style=mix, settings=Settings(device="cpu"))
    assert np.abs(found - expected).max() <= 0.51
    ends = [stylize_fast(photo, style=styles[index].id).astype(float) for index in (3, 9)]
    laid_over = 0.75 * ends[0] + 0.25 * ends[1]
    assert np.abs(found - laid_over).mean() > 3  # a style of its own, and no double picture


@pytest.mark.parametrize("kind", ["trained", "paintings"])
def test_the_ends_of_a_mix_are_its_styles(photo, painting, kind):
    first, second = (fast_styles()[0].id, STYLE) if kind == "trained" else (painting, colour(20, 60, 230))
    for share, alone in ((0.0, first), (1, second)):
        mixed = stylize_fast(photo, style=FastMix(first, second, share))
        np.testing.assert_array_equal(mixed, stylize_fast(photo, style=alone))


def test_a_mix_of_paintings_goes_from_one_to_the_other(photo):
    blue, red = colour(20, 60, 230), colour(230, 60, 20)
    warmth = [
        np.subtract(*stylize_fast(photo, style=FastMix(blue, red, share)).mean(axis=(0, 1))[[0, 2]])
        for share in (0.0, 0.5, 1.0)
    ]
    assert warmth[0] + 10 < warmth[1] < warmth[2] - 10


def test_a_style_mixed_with_itself_is_that_style(photo):
    mixed = stylize_fast(photo, style=FastMix(STYLE, STYLE, 0.3)).astype(int)
    assert np.abs(mixed - stylize_fast(photo, style=STYLE)).max() <= 1  # 0.7 + 0.3 is rounded


@pytest.mark.parametrize(
    ("second", "share", "sentence"),
    [
        ("painting", 0.5, "a painting with another painting"),
        ("candy", 0.5, "Candy has a network of its own"),
        ("no_such_style", 0.5, "There is no fast style"),
        (STYLE, 1.5, "share of the second style"),
        (STYLE, float("nan"), "share of the second style"),
        (STYLE, "much", "share of the second style"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(photo, painting, second, share, sentence):
    mix = FastMix(fast_styles()[0].id, painting if second == "painting" else second, share)
    with pytest.raises(InvalidRequestError, match=sentence):
        stylize_fast(photo, style=mix)
    with pytest.raises(InvalidRequestError, match=sentence):
        check_fast(mix)


def test_a_mix_has_no_id():
    assert check_fast(STYLE) == STYLE
    assert check_fast(FastMix(fast_styles()[0].id, STYLE)) is None
