"""What a command was handed is not handed on: not to a terminal, a log, or whoever reads the answer."""

import pytest

PICTURE = f"data:image/png;base64,{'iVBORw0KGgo/' * 18_000}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", PICTURE, "{hopper}"],
        ["style", "{hopper}", "{hopper}", "-o", f"{PICTURE}.png"],
        ["style", "{hopper}", "{hopper}", "-o", "a.png", "--steps", PICTURE],
        ["gallery", "import", PICTURE],
        ["gallery", "list", "--gallery", PICTURE],
        ["gallery", "rename", PICTURE, "Ada"],
        ["accounts", "list", "--file", PICTURE],
        ["cluster", PICTURE],
        [PICTURE],
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_a_picture_in_the_place_of_a_path_is_refused_in_one_short_line(run_json, hopper, arguments):
    status, answer = run_json(*(word.format(hopper=hopper) for word in arguments))
    assert status == 2
    assert len(answer["error"]["message"]) < 400
    assert "\n" not in answer["error"]["message"]
