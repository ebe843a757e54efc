import pytest

from facestyle.errors import ImageEmptyError, ImageNotFoundError, ImageTooLargeError
from facestyle.settings import Settings
from facestyle.ui.context import make_context, upload_path, upload_paths
from facestyle.ui.state import Sessions
from tests.ui.conftest import request
from tests.ui.fakes import RED, fake_services, picture


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"path": "/a.png", "url": "http://x"}, "/a.png"),
        ({"image": {"path": "/a.png"}, "caption": "c"}, "/a.png"),
        ({"path": None, "url": "data:image/png;base64,AA"}, None),
        ({"video": {"path": "/a.mp4"}}, None),
        ({}, None),
        (None, None),
        ("/etc/passwd", None),
        (7, None),
    ],
)
def test_only_what_gradio_hands_over_is_a_path(payload, path):
    assert upload_path(payload) == path


def test_lists_come_in_three_forms():
    item = {"path": "/a.png"}
    assert upload_paths([item, None]) == ["/a.png", None]
    assert upload_paths({"root": [{"image": item}]}) == ["/a.png"]
    assert upload_paths(None) == []
    assert upload_paths("abc") == []


def test_a_missing_or_vanished_upload_is_named(ctx):
    with pytest.raises(ImageEmptyError):
        ctx.decode(None)
    with pytest.raises(ImageNotFoundError):
        ctx.decode({"path": "/nowhere/at/all.png"})


def test_the_caps_of_the_settings_hold_for_uploads(tmp_path):
    path = tmp_path / "a.png"
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
