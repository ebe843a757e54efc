"""Lists of pictures with names."""

import pytest

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.labelled import Labelled, read_labelled


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    for name in ("a.jpg", "b.jpg", "ü, c.jpg"):
        (tmp_path / "pictures" / name).touch()
    return tmp_path


def read(folder, text, **options):
    (folder / "list.csv").write_text(text, "utf-8")
    return read_labelled(folder / "list.csv", **options)


def test_columns_in_any_order_and_names_in_any_script(folder):
    text = '\ufeffage,name,path\r\n31,王 芳,a.jpg\r\n,Zoë ,"ü, c.jpg"\r\n'
    pictures = folder / "pictures"
    assert read(folder, text, images=pictures) == (
        Labelled(pictures / "a.jpg", "王 芳"),
        Labelled(pictures / "ü, c.jpg", "Zoë"),
    )
    assert read(folder, "path,name\npictures/a.jpg,A\n")[0].path == pictures / "a.jpg"
    assert read(folder, f"path,name\n{pictures / 'b.jpg'},B\n", images=folder)[0].path == pictures / "b.jpg"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "lists no pictures"),
        ("path,name\n", "lists no pictures"),
        ("file,name\na.jpg,A\n", "Row 2"),
        ("path,name\na.jpg,\n", "Row 2"),
        ("path,name\na.jpg\n", "Row 2"),
        pytest.param("path,name\n" + "a" * 5000 + ".jpg,A\n", r"names 1 picture\(s\)", id="name"),
        pytest.param("path,name\na\0.jpg,A\n", r"names 1 picture\(s\)", id="NUL"),
        pytest.param("path,name\n" + "a" * 200_000 + ",A\n", "it is no CSV", id="cell"),
        ("path,name\na.jpg,A\na.jpg,B\n", "more than once"),
        ("path,name\na.jpg,A\nd.jpg,D\n", r"names 1 picture\(s\).*d\.jpg"),
    ],
)
def test_other_lists_are_refused(folder, text, complaint):
    with pytest.raises(InvalidRequestError, match=complaint):
        read(folder, text, images=folder / "pictures")


def test_missing_and_binary_lists_are_refused(folder):
    with pytest.raises(InvalidRequestError, match="can't be read"):
        read_labelled(folder / "none.csv")
    (folder / "list.csv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(InvalidRequestError, match="can't be read"):
        read_labelled(folder / "list.csv")
