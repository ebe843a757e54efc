"""`layers`: the sheet, the answer for programs, and what is refused."""

import shutil

import pytest
from PIL import Image

from facestyle.cli.layers import parse_channels
from facestyle.errors import InvalidRequestError


@pytest.fixture
def album(tmp_path, hopper):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("flower.jpg", "hopper.jpg"):
        shutil.copy(hopper.with_name(name), folder)
    (folder / "note.txt").write_text("words")
    return folder


def test_a_sheet(run, album, tmp_path):
    status, out, err = run("layers", album, "--layer", 2, "--channels", "0-9,3,20", "-o", tmp_path / "sheet.png")
    assert status == 0
    assert "11 channels of relu2_2 over 2 pictures" in out
    assert "note.txt" in err
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (10 + 8 * 158, 10 + 2 * 174)


def test_for_programs(run_json, album):
    status, answer = run_json("layers", album, "--layer", 1, "--per-picture", 1)
    assert status == 0
    assert (answer["layer"], answer["receptive_field"], answer["pictures"]) == ("relu1_2", 5, 2)
    assert [left["code"] for left in answer["skipped"]] == ["image_unreadable"]
    assert (answer["out"], answer["per_picture"], len(answer["channels"])) == (None, 1, 32)
    for channel in answer["channels"]:
        assert {patch["picture"] for patch in channel["patches"]} == {"flower.jpg", "hopper.jpg"}
        for patch in channel["patches"]:
            left, top, right, bottom = patch["box"]
            assert (right - left, bottom - top) == (5, 5)
            assert 0 <= left < right <= patch["of"][0]
            assert min(patch["of"]) == 320
            assert patch["activation"] > 0


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--layer", "6"), "invalid_request", "no layer 6"),
        (("--channels", "x"), "invalid_request", "0-31"),
        (("--channels", "64"), "invalid_request", "0 to 63"),
        (("--patch", "1"), "invalid_request", "--patch"),
        (("--per-picture", "10"), "invalid_request", "1 to 9"),
        (("--backbone", "mtcnn"), "invalid_request", "vgg16"),
        (("--backbone", "none"), "unknown_model", "none"),
        (("-o", "nowhere/sheet.png"), "invalid_request", "nowhere"),
        (("-o", "sheet.txt"), "invalid_request", ".png"),
    ],
)
def test_refusals(run_json, hopper, options, code, word):
    status, answer = run_json("layers", hopper, "--layer", "1", *options)
    assert (status, answer["error"]["code"]) == (2, code)
    assert word in answer["error"]["message"]


def test_it_says_what_is_missing(run, hopper, tmp_path):
    status, _, err = run("layers", hopper)
    assert (status, "-o SHEET.png" in err) == (2, True)
    assert "gone.jpg" in run("layers", tmp_path / "gone.jpg", "-o", tmp_path / "sheet.png")[2]


def test_channels():
    assert parse_channels("0-3, 7,2") == (0, 1, 2, 3, 7)
    assert parse_channels(None) is None
    for wrong in ("", "-1", "3-", "5-2", "1-2-3", "0-99999", "²"):
        with pytest.raises(InvalidRequestError):
            parse_channels(wrong)
