"""Told to end by SIGTERM: real processes, real signals, and what is left of their files."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from facestyle.style.fast import fast_styles
from tests.conftest import ROOT
from tests.style.video.clips import write_clip

EXAMPLES = ROOT / "facestyle" / "ui" / "examples"
GUARD_SECONDS = 240


@contextmanager
def started(*arguments, **variables):
    """A child with its standard error as a pipe; killed where a test goes wrong."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FACESTYLE_", "GRADIO_"))}
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=environment | {"HF_HUB_OFFLINE": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    guard = threading.Timer(GUARD_SECONDS, process.kill)
    guard.start()
    try:
        yield process
    finally:
        guard.cancel()
        process.kill()
        process.wait()


def wait_for(process, pattern):
    """Reads what it says until that has come; the match, and nothing of what follows."""
    said = b""
    while not (found := re.search(pattern, said)):
        part = process.stdout.read1()
        assert part, said.decode()
        said += part
    return found


def ended(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.communicate()
    return process.returncode


def test_a_painting_keeps_the_picture_so_far(tmp_path):
    out = tmp_path / "out.png"
    arguments = ("style", EXAMPLES / "hopper.jpg", EXAMPLES / "waves.jpg", "-o", out, "--size", 64, "--steps", 10_000)
    with started("-m", "facestyle", *arguments) as process:
        wait_for(process, rb" [1-9]\d*/10000 ")
        assert ended(process) == 0
    with Image.open(out) as picture:
        assert max(picture.size) == 64
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_of_a_clip_that_is_not_finished_nothing_stays(tmp_path, how):
    clip, out = write_clip(tmp_path / "clip.mp4", 200), tmp_path / "out" / "out.mp4"
    out.parent.mkdir()
    arguments = ("-m", "facestyle", "video", clip, "-o", out, "--fast", fast_styles()[0].id, "--size", 64)
    with started(*arguments) as process:
        wait_for(process, rb" [1-9]\d*/200 ")
        assert ended(process, how) == (130 if how == signal.SIGTERM else -how)
    left = list(out.parent.iterdir())
    if how == signal.SIGTERM:
        assert left == []
        return
    assert len(left) == 1  # nobody could tidy up
    with started(*arguments) as process:
        wait_for(process, rb" [1-9]\d*/200 ")
        assert not left[0].exists()
        assert ended(process) == 130


def test_the_app_ends_though_it_paints_and_streams_and_leaves_no_upload(tmp_path):
    variables = {"TMPDIR": str(tmp_path), "FACESTYLE_GALLERY": str(tmp_path / "gallery" / "people.sqlite")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with started("app.py", "--port", port, **variables) as process:
        url = wait_for(process, rb"facestyle is at (\S+)/\n")[1].decode()
        client = Client(url, verbose=False, analytics_enabled=False)
        content, style = (handle_file(str(EXAMPLES / name)) for name in ("hopper.jpg", "waves.jpg"))
        job = client.submit(content, style, steps=1000, size=256, api_name="/style")
        with httpx.stream("GET", f"{url}/gradio_api/heartbeat/{client.session_hash}", timeout=60) as beats:
            next(beats.iter_raw())
            assert any("step" in said for _, said in job)  # up to its first step
            assert list(tmp_path.rglob("hopper.jpg"))
            assert ended(process) == 0
    assert list(tmp_path.glob("facestyle-*")) == []
