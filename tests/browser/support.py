"""Starts the app as a person would, and a browser that cannot reach anything but this computer."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


def find_chromium() -> str | None:
    """The browser: FACESTYLE_CHROMIUM, or the system's."""
    chosen = os.environ.get("FACESTYLE_CHROMIUM")
    if chosen:
        return chosen
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def launch_browser(playwright: Playwright, executable: str, camera: Path | None = None) -> Browser:
    """A headless browser without a network; its webcam shows the film in `camera`, or a test pattern."""
    film = [f"--use-file-for-fake-video-capture={camera}"] if camera is not None else []
    return playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM_FLAGS, *film])


def film(picture: Path, path: Path) -> Path:
    """Writes a film of one picture, 640 x 480, in the form that Chromium takes for a webcam's."""
    frame = Image.new("RGB", (640, 480), (60, 70, 90))
    with Image.open(picture) as portrait:
        portrait.thumbnail(frame.size)
        frame.paste(portrait, ((frame.width - portrait.width) // 2, 0))
    buffer = io.BytesIO()
    frame.save(buffer, "JPEG", quality=95)
    path.write_bytes(buffer.getvalue() * 30)
    return path


@contextmanager
def running_app(*arguments: str, home: Path, **variables: str) -> Iterator[str]:
    """Runs `python app.py` with a home folder of its own and yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FACESTYLE_", "GRADIO_"))}
    environment |= {"HOME": str(home), "XDG_DATA_HOME": "", "XDG_CACHE_HOME": "", "HF_HUB_OFFLINE": "1"} | variables
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port), *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    said: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.startswith("facestyle is at "):
                break
        else:
            raise RuntimeError(f"The app ended before it was ready:\n{''.join(said)}")
        timer.cancel()
        # Nobody reads on, so that a full pipe would stop the app: let a thread drain it.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield said[-1].split()[-1].rstrip("/")
    finally:
        timer.cancel()
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@dataclass
class Watch:
    """What a page must not do: ask another host, or complain in its console."""

    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.outside.append(request.url)

    def console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(known in message.text for known in self.expected):
            self.complaints.append(message.text)

    def error(self, error: Exception) -> None:
        self.complaints.append(str(error))


def watched_page(context: BrowserContext, watch: Watch) -> Page:
    """A page that reports to `watch`."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("request", watch.request)
    page.on("console", watch.console)
    page.on("pageerror", watch.error)
    page.add_init_script("window.clicksSeen = 0; addEventListener('click', () => { window.clicksSeen += 1; }, true);")
    return page


# Of this document: a click may have led to another one.
_CLICKS = "[performance.timeOrigin, window.clicksSeen.valueOf()]"


def press(page: Page, selector: str) -> None:
    """Clicks; and again where no click came of it.

    What moves a button away between its going down and its coming up swallows the click, in a browser as for a person,
    who then clicks again. Only a click that the page never saw is repeated: one that it saw and did nothing with fails.
    """
    seen = page.evaluate(_CLICKS)
    page.click(selector)
    if page.evaluate(_CLICKS) == seen:
        page.click(selector)


MOUNT_MS = 700
"""Gradio mounts what a tab or an accordion holds when it opens, and sets its initial values once more just after."""


def open_app(page: Page, url: str, tab: str = "Verify") -> None:
    """Opens the app at a tab."""
    page.goto(url)
    page.wait_for_selector("#verify-run")
    choose_tab(page, tab)


def choose_tab(page: Page, name: str) -> None:
    """Opens a tab; all are in view on any page, so no menu of further ones is looked for."""
    page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_timeout(MOUNT_MS)
