import json
from pathlib import Path

import pytest

from facestyle.errors import ImageEmptyError, ImageNotFoundError, ImageTooLargeError
from facestyle.settings import Settings
from facestyle.ui import samples
from facestyle.ui.context import make_context
from facestyle.ui.state import Sessions
from tests.ui.conftest import request
from tests.ui.fakes import RED, fake_services, picture


@pytest.mark.parametrize(
    ("payload", "given"),
    [
        ({"path": "{file}", "url": "http://x"}, True),
        ({"image": {"path": "{file}"}, "caption": "c"}, True),
        ({"path": None, "url": "data:image/png;base64,AA"}, False),
        ({"video": {"path": "{file}"}}, False),
        ({}, False),
        (None, False),
        ("{file}", False),
        (7, False),
    ],
)
def test_only_what_gradio_hands_over_is_an_upload(ctx, upload, payload, given):
    file = upload(RED)["path"]
    payload = json.loads(json.dumps(payload).replace("{file}", file))
    assert ctx.upload(payload) == (Path(file) if given else None)


def test_lists_come_in_three_forms(ctx, upload):
    item = upload(RED)
    assert ctx.uploads([item, None]) == [Path(item["path"]), None]
    assert ctx.uploads({"root": [{"image": item}]}) == [Path(item["path"])]
    assert ctx.album([item, None]) == [Path(item["path"])]
    assert ctx.uploads(None) == []
    assert ctx.uploads("abc") == []


def test_a_missing_or_vanished_upload_is_named(ctx, uploads_folder):
    with pytest.raises(ImageEmptyError):
        ctx.decode(None)
    with pytest.raises(ImageNotFoundError):
        ctx.decode({"path": str(uploads_folder / "nowhere.png")})


def test_nothing_but_uploads_and_samples_can_be_named(ctx, upload, uploads_folder, tmp_path_factory):
    """One refusal for all, so that nobody learns which files there are."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    outside = elsewhere / "outside.png"
    picture(RED, path=outside)
    (uploads_folder / "link.png").symlink_to(outside)
    (uploads_folder / "folder").mkdir()
    named = [
        str(outside),
        str(elsewhere / "none.png"),
        str(uploads_folder / ".." / elsewhere.name / "outside.png"),
        str(uploads_folder / "folder" / ".." / ".." / elsewhere.name / "outside.png"),
        str(uploads_folder / "link.png"),
        str(uploads_folder / "folder"),
        str(uploads_folder),
        str(samples.FOLDER / "CREDITS.md"),
        str(samples.FOLDER / "make.py"),
        f"file://{outside}",
        "https://example.org/a.png",
        "/dev/stdin",
        "/proc/self/environ",
        f"{upload(RED)['path']}\0",
        "outside.png",
        ".",
    ]
    said = set()
    for path in named:
        with pytest.raises(ImageNotFoundError) as refused:
            ctx.upload({"path": path})
        said.add(refused.value.message)
    assert len(said) == 1
    assert ctx.upload({"path": samples.path("hopper")}) == Path(samples.path("hopper"))


def test_the_caps_of_the_settings_hold_for_uploads(uploads_folder):
    path = uploads_folder / "a.png"
    picture(RED, path=path)
    services = fake_services(Settings(max_image_pixels=2000))
    ctx = make_context(services, Sessions(services))
    with pytest.raises(ImageTooLargeError):
        ctx.decode({"path": str(path)})
    with pytest.raises(ImageTooLargeError):
        ctx.decode_rgba({"path": str(path)})


def test_tau_comes_from_the_model(ctx):
    assert ctx.tau == pytest.approx(0.36)
    low, high = ctx.tau_range
    assert low <= ctx.tau <= high


def test_a_call_without_a_request_has_a_session_of_its_own(ctx):
    assert ctx.session(None) is not ctx.session(None)
    assert ctx.session(request("a")) is ctx.session(request("a"))
