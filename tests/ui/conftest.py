"""Fixtures of the page's tests: a context over played networks, and requests of browser sessions."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

# Gradio reads these when it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
if "GRADIO_TEMP_DIR" not in os.environ:
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="facestyle-test-")
    atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)

import gradio as gr
import pytest
from PIL import Image

from facestyle.settings import Settings
from facestyle.ui.context import Context, make_context
from facestyle.ui.state import Sessions
from tests.ui.fakes import Fakes, fake_services, picture


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def make_ctx(fakes: Fakes, tmp_path: object) -> Iterator[Callable[[bool], Context]]:
    made = []

    def make(public: bool) -> Context:
        settings = Settings(gallery=tmp_path / "gallery.sqlite", public=public)
        services = fake_services(settings, fakes)
        context = make_context(services, Sessions(services))
        made.append(context)
        return context

    yield make
    for context in made:
        context.sessions.close()


@pytest.fixture
def ctx(make_ctx: Callable[[bool], Context]) -> Context:
    return make_ctx(False)


@pytest.fixture
def public_ctx(make_ctx: Callable[[bool], Context]) -> Context:
    return make_ctx(True)


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    """Tabs can only be made inside a page."""
    with gr.Blocks() as page:
        yield page


@pytest.fixture(autouse=True)
def uploads_folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Gradio keeps what visitors upload: what a handler's test makes counts as uploaded, nothing else does."""
    if "server" in request.fixturenames:  # it was started with a folder, and keeps it
        return Path(os.environ["GRADIO_TEMP_DIR"])
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    # as they are, but put back after a test that starts the program, which takes a folder of its own
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    return tmp_path


@pytest.fixture
def upload(uploads_folder: Path) -> Callable[..., dict[str, str]]:
    """Makes what Gradio hands over for a picture with those faces."""

    def make(*faces: tuple[int, int, int], mode: str = "RGB") -> dict[str, str]:
        path = uploads_folder / f"{len(list(uploads_folder.iterdir()))}.png"
        image = Image.fromarray(picture(*faces)).convert(mode)
        if mode == "RGBA":
            image.putpixel((0, 0), (255, 0, 0, 0))
        image.save(path)
        return {"path": str(path)}

    return make


def request(session: str = "a") -> gr.Request:
    """A call from a browser session."""
    return gr.Request(session_hash=session)


def click(**data: str) -> gr.EventData:
    """A click inside HTML, as `html.CLICKS` reports it."""
    return gr.EventData(None, data)
