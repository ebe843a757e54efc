"""The official layout of pairs.txt."""

import pytest

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.pairs import read_pairs


@pytest.fixture
def images(tmp_path):
    for name, count in (("Ann_A", 3), ("Bob_B", 2)):
        (tmp_path / "lfw" / name).mkdir(parents=True)
        for number in range(1, count + 1):
            (tmp_path / "lfw" / name / f"{name}_{number:04d}.jpg").touch()
    return tmp_path / "lfw"


def read(images, text):
    path = images.parent / "pairs.txt"
    path.write_text(text, "utf-8")
    return read_pairs(path, images)


def test_two_folds(images):
    text = "2\t1\nAnn_A\t1\t3\nAnn_A\t1\tBob_B\t2\nBob_B\t1\t2\nBob_B\t1\tAnn_A\t2\n"
    pairs = read(images, text)
    assert [(p.a.name, p.b.name, p.same, p.fold) for p in pairs] == [
        ("Ann_A_0001.jpg", "Ann_A_0003.jpg", True, 0),
        ("Ann_A_0001.jpg", "Bob_B_0002.jpg", False, 0),
        ("Bob_B_0001.jpg", "Bob_B_0002.jpg", True, 1),
        ("Bob_B_0001.jpg", "Ann_A_0002.jpg", False, 1),
    ]


def test_header_of_one_number_is_one_fold(images):
    assert [p.fold for p in read(images, "1\nAnn_A 1 2\nAnn_A 1 Bob_B 1\n")] == [0, 0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "header"),
        ("Ann_A 1 2\n", "header"),
        ("1\t2\nAnn_A 1 2\n", "announces 1 fold"),
        ("1\t0\n", "announces"),
        ("1\t1\nAnn_A 1 2\nAnn_A one Bob_B 2\n", "Line 3"),
        ("1\t1\nAnn_A 1 9\nAnn_A 1 Bob_B 1\n", "Ann_A_0009"),
    ],
)
def test_other_layouts_are_refused(images, text, complaint):
    with pytest.raises(InvalidRequestError, match=complaint):
        read(images, text)


def test_missing_list_is_refused(tmp_path):
    with pytest.raises(InvalidRequestError, match="can't be read"):
        read_pairs(tmp_path / "none.txt", tmp_path)
