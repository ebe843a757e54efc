import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from facestyle.settings import Settings
from facestyle.ui import demo
from facestyle.ui.security import CLOSED_PATHS, Security


async def inner(scope, receive, send):
    response = PlainTextResponse("served", headers={"Referrer-Policy": "unsafe-url"})
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
    "path", [*CLOSED_PATHS, "/gradio_api/deep_link/", "/gradio_api/vibe-code", "/monitoring/summary"]
)
def test_closed_doors(path):
    assert client().get(path).status_code == 404


def test_what_only_looks_alike_is_open():
    assert client().get("/monitoringx").text == "served"


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
    options = demo.launch_options(settings, host=host, port=None, share=share)
    (middleware,) = options["app_kwargs"]["middleware"]
    assert (middleware.kwargs["allowed_hosts"] is not None) is closed


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
    options = demo.launch_options(settings, host=None, port=None, share=False)
    assert options["app_kwargs"]["middleware"][0].kwargs["framed"] is True
