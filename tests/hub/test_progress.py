"""Who watches a download, and who stops it."""

import io
import sys
import threading

import pytest

from facestyle import weights
from facestyle.errors import DownloadCancelledError
from facestyle.hub.progress import bar_class
from facestyle.models import zoo
from tests.hub.conftest import DATA

SIZES = {"pinned": len(DATA), "open": len(DATA), "big": 4 * 90_000}
ALL = pytest.mark.parametrize("model_id", list(SIZES))


@ALL
def test_listener_hears_of_every_step(client, settings, model_id):
    heard = []
    weights.resolve(model_id, settings, progress=heard.append)
    assert [step.title for step in heard] == [model_id.title()] * len(heard)
    done = [step.done_bytes for step in heard]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] == heard[-1].total_bytes == SIZES[model_id]
    assert heard[0].bytes_per_s is None
    assert heard[-1].bytes_per_s > 0
    assert heard[-1].eta_s == 0


@ALL
def test_cached_model_makes_no_progress(client, settings, model_id):
    weights.resolve(model_id, settings)
    weights.resolve(model_id, settings, progress=lambda step: pytest.fail(f"nothing to do: {step}"))


def test_speed_and_time_left_are_those_of_the_last_seconds(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("facestyle.hub.progress.time.monotonic", lambda: clock[0])
    heard = []
    with bar_class("Model", heard.append)(total=10_000) as bar:
        for step in range(1, 11):  # 100 bytes a second, then 200
            clock[0] += 1
            bar.update(100 if step <= 4 else 200)
    assert heard[4].bytes_per_s == pytest.approx(100)
    assert heard[4].eta_s == pytest.approx(9_600 / 100)
    assert heard[-1].bytes_per_s == pytest.approx(200)
    assert heard[-1].eta_s == pytest.approx((10_000 - 1_600) / 200)


def test_time_left_is_unknown_without_a_total():
    heard = []
    with bar_class("Model", heard.append)() as bar:
        bar.update(5)
    assert (heard[-1].total_bytes, heard[-1].eta_s) == (None, None)


def test_terminal_shows_one_bar_with_bytes_speed_and_time_left(client, settings, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    client.faults.chunk_delay_s = 0.03
    weights.resolve("pinned", settings)
    shown = [line for line in terminal.getvalue().split("\r") if line.startswith("Pinned:")]
    assert len(shown) > 1
    assert "/1.32M" in shown[-1]
    assert "B/s" in shown[-1]
    assert "<" in shown[-1]  # elapsed<left


def test_without_a_terminal_nothing_is_drawn(client, settings, capfd):
    weights.resolve("pinned", settings)
    assert capfd.readouterr().err == ""


@ALL
@pytest.mark.parametrize("way", ["event", "listener"])
def test_cancelled_download_leaves_nothing_broken(client, settings, cache, model_id, way):
    cancel = threading.Event()
    steps = []

    def stop(step):
        steps.append(step)
        if step.done_bytes > 100_000:
            if way == "listener":
                raise DownloadCancelledError("enough")
            cancel.set()

    with pytest.raises(DownloadCancelledError):
        weights.resolve(model_id, settings, progress=stop, cancel=cancel)
    assert 100_000 < steps[-1].done_bytes < SIZES[model_id]
    assert cache.files() == []
    assert not weights.is_cached(model_id, settings)
    assert weights.load_tensors(model_id, settings)


@ALL
def test_cancelled_before_it_began_makes_no_request(client, settings, model_id):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(DownloadCancelledError, match="cancelled"):
        weights.resolve(model_id, settings, cancel=cancel)
    assert client.requests == []


def test_loading_a_network_passes_the_listener_on(client, settings, monkeypatch):
    monkeypatch.setitem(zoo._ARCHITECTURES, "tiny", "tests.hub.test_download:Tiny")
    heard = []
    zoo.load_model("big", "cpu", settings, progress=heard.append)
    zoo.clear_cache()
    assert heard[-1].done_bytes == SIZES["big"]
