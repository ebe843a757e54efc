"""Fixtures: the app as a process of its own, once on this machine and once in public, and pages that are watched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from facestyle.ui import samples
from tests.browser.support import Watch, film, find_chromium, launch_browser, running_app, watched_page

# Networks run behind most answers, on as few as two cores.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        reason = "no chromium: install it (Debian: apt-get install chromium) or set FACESTYLE_CHROMIUM to its path"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        camera = film(Path(samples.path("hopper")), tmp_path_factory.mktemp("camera") / "face.mjpeg")
        launched = launch_browser(playwright, executable, camera)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def local_app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(home=tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture(scope="session")
def public_app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app("--public", home=tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Makes pages, each in a context of its own; afterwards none may have asked outside or complained."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        return watched_page(contexts[-1], watch)

    yield make
    for context in contexts:
        context.close()
    assert watch.outside == []
    assert watch.complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()
