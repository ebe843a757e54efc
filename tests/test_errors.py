import pytest

from facestyle.errors import ImageNotFoundError, InvalidRequestError, brief, shown

PICTURE = f"data:image/png;base64,{'iVBORw0KGgo/' * 18_000}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a.jpg", "'a.jpg'"),
        (0.5, "0.5"),
        (None, "None"),
        ("two\nlines\x1b[2J", r"'two\nlines\x1b[2J'"),
        (10**5000, "a number of thousands of digits"),
    ],
    ids=["text", "number", "nothing", "control", "huge"],
)
def test_what_is_short_is_quoted_as_it_is(value, said):
    assert shown(value) == said


@pytest.mark.parametrize(
    "value",
    [PICTURE, PICTURE.encode(), list(range(10_000)), "a book " * 30_000],
    ids=["picture", "bytes", "list", "book"],
)
def test_of_what_is_long_the_ends_are_quoted(value):
    assert len(shown(value)) <= 62
    assert shown("/srv/pictures/" * 40 + "ada.jpg").endswith("ada.jpg'")


@pytest.mark.parametrize("said", ["{}", "“{}”", "'{}'."])
@pytest.mark.parametrize("text", [PICTURE, "a book " * 30_000], ids=["picture", "book"])
def test_no_message_hands_on_what_it_was_handed_whole(said, text):
    error = ImageNotFoundError(f"There is no file {said.format(text)} Check the path.")
    assert len(error.message) <= (1000 if said == "{}" and " " in text else 120)
    assert str(error) == error.as_dict()["message"] == error.message


def test_sentences_of_ours_stay_as_they_are():
    said = (
        "It can't be read, and what it held isn't known; it doesn't say where it came from, and can't be asked. Don't."
    )
    assert brief(said) == InvalidRequestError(said).message == said
