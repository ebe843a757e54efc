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
        ("file_x,file_y\nAnn_A/Ann_A_0001.jpg,Ann_A/Ann_A_0002.jpg\n", "header"),
        ("file_x,file_y,same\n", "lists no pairs"),
        ("file_x,file_y,same\nAnn_A/Ann_A_0001.jpg,Ann_A/Ann_A_0002.jpg,yes\n", "Row 2"),
        ("file_x,file_y,same\nAnn_A/Ann_A_0001.jpg,,1\n", "Row 2"),
        ("file_x,file_y,same\nAnn_A/Ann_A_0001.jpg\n", "Row 2"),
        ("file_x,file_y,same,fold\nAnn_A/Ann_A_0001.jpg,Ann_A/Ann_A_0002.jpg,1,first\n", "Row 2"),
        ("1\t2\nAnn_A 1 2\n", "announces 1 fold"),
        ("1\t0\n", "announces"),
        ("1\t1\nAnn_A 1 2\nAnn_A one Bob_B 2\n", "Line 3"),
        pytest.param("1\t" + "9" * 5000 + "\nAnn_A 1 2\n", "holds what is no pair", id="count"),
        pytest.param("1\t1\nAnn_A 1 " + "9" * 5000 + "\nAnn_A 1 Bob_B 1\n", "holds what is no pair", id="number"),
        pytest.param("1\t1\n" + "A" * 5000 + " 1 2\nAnn_A 1 Bob_B 1\n", "not there", id="name"),
        pytest.param("file_x,file_y,same\n" + "a" * 200_000 + ",b,1\n", "it is no CSV", id="cell"),
        pytest.param("file_x,file_y,same,fold\na,b,1," + "9" * 5000 + "\n", "no pair", id="fold"),
        ("1\t1\nAnn_A 1 9\nAnn_A 1 Bob_B 1\n", "Ann_A_0009"),
    ],
)
def test_other_layouts_are_refused(images, text, complaint):
    with pytest.raises(InvalidRequestError, match=complaint):
        read(images, text)


def test_missing_list_is_refused(tmp_path):
    with pytest.raises(InvalidRequestError, match="can't be read"):
        read_pairs(tmp_path / "none.txt", tmp_path)


OFFICIAL = ["2\t1", "Ann_A\t1\t3", "Ann_A\t1\tBob_B\t2", "Bob_B\t1\t2", "Bob_B\t1\tAnn_A\t2"]


@pytest.mark.parametrize(
    "text",
    [
        "\r\n".join(OFFICIAL) + "\r\n",
        "\n".join(f"{line} \t " for line in OFFICIAL),
        "\n\n".join(OFFICIAL) + "\n\n\n",
        "\ufeff" + "\n".join(OFFICIAL),
        "\n".join(OFFICIAL).replace("\t", "  "),
    ],
    ids=["windows", "trailing blanks", "blank lines", "byte order mark", "blanks for tabs"],
)
def test_peculiarities_of_files_do_no_harm(images, text):
    assert read(images, text) == read(images, "\n".join(OFFICIAL))


def test_csv_with_and_without_folds(images):
    rows = ["Ann_A/Ann_A_0001.jpg,Ann_A/Ann_A_0003.jpg,1,0", "Ann_A/Ann_A_0001.jpg,Bob_B/Bob_B_0002.jpg,0,7"]
    pairs = read(images, "\r\n".join(["\ufefffile_x, file_y,same,fold", *rows]))
    assert [(p.a.name, p.b.name, p.same, p.fold) for p in pairs] == [
        ("Ann_A_0001.jpg", "Ann_A_0003.jpg", True, 0),
        ("Ann_A_0001.jpg", "Bob_B_0002.jpg", False, 7),
    ]
    bare = [row.rsplit(",", 1)[0] for row in rows]
    assert [p.fold for p in read(images, "\n".join(["file_x,file_y,same", *bare]))] == [0, 0]


def test_paths_start_from_the_lists_folder_unless_told(images):
    path = images / "pairs.csv"
    path.write_text("file_x,file_y,same\nAnn_A/Ann_A_0001.jpg,Ann_A/Ann_A_0002.jpg,1\n", "utf-8")
    assert read_pairs(path)[0].a == images / "Ann_A" / "Ann_A_0001.jpg"


def test_all_missing_pictures_are_counted_and_ten_named(images):
    lines = [f"Ann_A {number} {number + 1}" for number in range(3, 23)]
    lines += [f"Ann_A 1 Bob_B {1 + number % 2}" for number in range(20)]
    with pytest.raises(InvalidRequestError, match=r"names 20 picture\(s\).*Ann_A_0013\.jpg and 10 more") as refusal:
        read(images, "\n".join(["20", *lines]))
    assert refusal.value.message.count("Ann_A_00") == 10
    with pytest.raises(InvalidRequestError, match=r"names 1 picture.*gone\.jpg\.$"):
        read(images, "file_x,file_y,same\nAnn_A/Ann_A_0001.jpg,gone.jpg,1\n")
