from pathlib import Path

import pytest
from gradio.routes import App as GradioApp
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from facestyle import images
from facestyle.settings import Settings
from facestyle.ui import demo
from facestyle.ui.security import MOST_CALL_BYTES, OPEN_PATHS, Security
from facestyle.ui.state import Sessions
from tests.ui.fakes import Fakes, fake_services


async def inner(scope, receive, send):
    length = len(await Request(scope, receive).body())
    response = PlainTextResponse(
        "served", headers={"Referrer-Policy": "unsafe-url", "Access-Control-Allow-Credentials": "true"}
    )
    response.set_cookie("token", str(length), samesite="none", secure=True, httponly=True)
    await response(scope, receive, send)


def client(base_url="http://127.0.0.1:7860", **options):
    return TestClient(Security(inner, **options), base_url=base_url)


def test_every_answer_carries_the_headers_once():
    headers = client().get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers.get_list("referrer-policy") == ["same-origin"]
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'self'" in policy


def test_a_framed_page_may_be_framed():
    assert "frame-ancestors" not in client(framed=True).get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/deep_link",
        "/gradio_api/deep_link/",
        "/gradio_api/vibe-code",
        "/gradio_api/api/verify",
        "/gradio_api/run-history/records",
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/file=https://example.org/a.png",
        "/gradio_api/file=HTTP://127.0.0.1:22/",
        "/gradio_api/process_recording",
        "/gradio_api/dev/reload",
        "/gradio_api/token",
        "/monitoring",
        "/monitoring/summary",
        "/docs",
        "/anything",
    ],
)
def test_what_the_page_does_not_need_is_closed(path):
    assert client().get(path).status_code == 404
    assert client().post(path).status_code == 404


@pytest.mark.parametrize("path", [*OPEN_PATHS, "/gradio_api/file=/tmp/a.png", "/assets/index.js"])
def test_what_it_needs_is_open(path):
    assert client().get(path).text == "served"


@pytest.mark.parametrize(
    ("origin", "headers", "served"),
    [
        (None, {}, True),
        ("https://faces.example", {}, True),
        ("https://FACES.example:443", {}, True),
        ("https://trusted.example", {}, True),
        ("https://evil.example", {}, False),
        ("https://faces.example.evil.example", {}, False),
        ("https://faces.example:444", {}, False),
        ("null", {}, False),
        ("file://faces.example", {}, False),
        ("https://faces.example:port", {}, False),
        ("https://outside.example", {"x-forwarded-host": "outside.example"}, True),
        ("https://evil.example", {"x-forwarded-host": "outside.example"}, False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_pages_of_other_sites_may_not_ask(method, origin, headers, served):
    asking = client(base_url="https://faces.example", origins=["https://trusted.example/"])
    headers = headers | ({"origin": origin} if origin else {}) | {"access-control-request-method": "POST"}
    answer = asking.request(method, "/gradio_api/queue/join", headers=headers)
    assert answer.status_code == (200 if served else 403)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_another_sites_page_does_not_bring_the_sign_in_along():
    (cookie,) = client().post("/login").headers.get_list("set-cookie")
    assert "samesite=lax" in cookie.lower()
    assert "samesite=none" not in cookie.lower()
    assert "httponly" in cookie.lower()
    assert "secure" in cookie.lower()


def chunks(total, size=100_000):
    for _ in range(0, total, size):
        yield b"x" * size


@pytest.mark.parametrize("announced", [True, False])
def test_a_request_has_a_bound(announced):
    asking = client(upload_bytes=12_000_000)
    for path, most in (("/gradio_api/queue/join", MOST_CALL_BYTES), ("/gradio_api/upload", 13_000_000)):
        for total, status in ((most, 200), (most + 100_000, 413)):
            body = b"x" * total if announced else chunks(total)
            answer = asking.post(path, content=body)
            assert answer.status_code == status
            if status == 413:
                assert "MB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("127.0.0.1:7860", True),
        ("localhost:7860", True),
        ("LOCALHOST", True),
        ("[::1]:7860", True),
        ("evil.example:7860", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:7860", False),
    ],
)
def test_a_strangers_name_for_this_address_is_not_answered(host, served):
    answer = client(allowed_hosts=demo.LOOPBACK).get("/", headers={"host": host})
    assert answer.status_code == (200 if served else 421)
    assert (answer.text == "served") is served


def test_without_a_list_of_hosts_all_are_answered():
    assert client().get("/", headers={"host": "space.example"}).status_code == 200


def guarded(settings, *, host=None, share=False):
    """The application that a page with those settings is served by."""
    options = demo.launch_options(settings, host=host, port=None, share=share)
    services = fake_services(settings, Fakes())
    page = demo.build_demo(services, Sessions(services))
    return GradioApp.create_app(page, app=options["_app"])


@pytest.mark.parametrize(
    ("settings", "host", "share", "closed"),
    [
        (Settings(), None, False, True),
        (Settings(), "127.0.0.1", False, True),
        (Settings(), "0.0.0.0", False, False),  # noqa: S104
        (Settings(), None, True, False),
        (Settings(public=True), None, False, False),
    ],
)
def test_hosts_are_checked_where_only_this_computer_should_reach_the_page(settings, host, share, closed):
    asking = TestClient(guarded(settings, host=host, share=share), base_url="http://elsewhere.example")
    assert asking.get("/gradio_api/app_id").status_code == (421 if closed else 200)


def test_launch_options_are_the_private_ones():
    options = demo.launch_options(
        Settings(max_image_bytes=12345, max_archive_bytes=54321, max_video_bytes=23456),
        host=None,
        port=None,
        share=False,
    )
    assert options["run_history"] is False
    assert options["enable_monitoring"] is False
    assert options["mcp_server"] is False
    assert options["show_error"] is False
    assert options["max_file_size"] == 54321
    assert options["footer_links"] == ["api"]


def test_a_space_may_be_framed(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "somebody/facestyle")
    settings = Settings()
    assert settings.is_public
    policy = TestClient(guarded(settings)).get("/gradio_api/app_id").headers["content-security-policy"]
    assert "frame-ancestors" not in policy


def test_gradios_own_answers_pass_the_guard_too():
    """What Gradio adds around an application answers a browser's question before a call by itself."""
    settings = Settings(public=True, origins="https://a.example, https://b.example")
    asking = TestClient(guarded(settings), base_url="https://faces.example")
    for origin, status in {"https://evil.example": 403, "https://a.example": 200, "https://b.example": 200}.items():
        headers = {"origin": origin, "access-control-request-method": "POST"}
        answer = asking.options("/gradio_api/queue/join", headers=headers)
        assert answer.status_code == status
        assert "access-control-allow-credentials" not in answer.headers


def test_of_the_samples_only_pictures_are_served():
    paths = [Path(path) for path in demo.launch_options(Settings(), host=None, port=None, share=False)["allowed_paths"]]
    assert paths
    for path in paths:
        assert path.is_file()
        assert images.decode(path).size
