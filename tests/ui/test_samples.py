import re

import pytest
from PIL import Image

from facestyle.ui import samples, texts

CREDITS = (samples.FOLDER / "CREDITS.md").read_text(encoding="utf-8")
FILES = sorted(path.name for path in samples.FOLDER.glob("*.jpg"))
EXAMPLES = [*samples.VERIFY, *samples.IDENTIFY, *samples.ENROLL, *samples.STYLE]


@pytest.mark.parametrize("name", FILES)
def test_each_sample_is_credited_small_and_without_metadata(name):
    assert name in CREDITS
    path = samples.FOLDER / name
    assert path.stat().st_size < 200_000
    with Image.open(path) as picture:
        picture.load()
        assert max(picture.size) <= 900
        assert not picture.getexif()


def test_everything_credited_is_there():
    assert set(re.findall(r"\b(\w+\.jpg)\b", CREDITS)) - set(FILES) <= {"grace_hopper.jpg"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.caption)
def test_each_example_has_its_pictures_and_names_an_altered_one(example):
    for picture in example.pictures:
        assert f"{picture}.jpg" in FILES
    if any(picture.endswith("_altered") for picture in example.pictures):
        assert "mirrored" in example.caption
        assert "darker" in example.caption


def test_altered_copies_are_called_altered_in_the_credits():
    for line in CREDITS.splitlines():
        if line.startswith("|") and "_altered.jpg" in line:
            assert "mirrored, darkened" in line


def test_a_strip_has_one_button_per_example():
    piece = samples.strip(samples.VERIFY)
    assert piece.count("<button") == len(samples.VERIFY)
    assert texts.EXAMPLES in piece
    assert piece.count("data:image/jpeg") == sum(len(example.pictures) for example in samples.VERIFY)


def test_each_learned_style_has_a_small_tile():
    from facestyle.style.fast import fast_styles

    tiles = {path.stem: path for path in (samples.FOLDER / "styles").glob("*.jpg")}
    assert set(tiles) == {style.id for style in fast_styles()}
    for path in tiles.values():
        assert path.stat().st_size < 20_000
        with Image.open(path) as picture:
            assert picture.size == (184, 140)
