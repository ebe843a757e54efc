"""A loan as ZeroGPU makes it: the task runs in a forked process, arguments and results go through queues."""

import multiprocessing
import os
import subprocess
import sys
import time
import types
from dataclasses import replace

import numpy as np
import pytest

import app
from facestyle.errors import GpuNotLentError, NotEnoughMemoryError
from facestyle.settings import Settings
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.ui import zerogpu
from facestyle.ui.services import real_services
from facestyle.ui.warm import warm_up
from tests.ui.fakes import Fakes, fake_services

PICTURE = np.full((64, 64, 3), 90, np.uint8)
REQUEST = StyleRequest(content=PICTURE, style=PICTURE, size=64, steps=3)
ON_ZERO = Settings(zero_gpu=True)


class GradioError(Exception):
    """Shaped like `gradio.Error`, which the package raises."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


def make_spaces(asked):
    def gpu(*, duration):
        def decorate(task):
            def handler(*args):
                asked.append(duration(*args))
                fork = multiprocessing.get_context("fork")
                results, stop = fork.Queue(), fork.Event()

                def work():
                    try:
                        for value in task(*args):
                            results.put(("ok", value))
                            if stop.wait(0.05):
                                break
                        results.put(("end", None))
                    except Exception as error:
                        results.put(("error", type(error).__name__))

                process = fork.Process(target=work, daemon=True)
                process.start()
                try:
                    while True:
                        kind, value = results.get(timeout=60)
                        if kind == "end":
                            return
                        if kind == "error":
                            raise GradioError(value)
                        yield value
                finally:
                    stop.set()
                    process.join(10)
                    assert process.exitcode == 0

            return handler

        return decorate

    module = types.ModuleType("spaces")
    module.GPU = gpu
    return module


@pytest.fixture
def asked(monkeypatch):
    seen = []
    monkeypatch.setitem(sys.modules, "spaces", make_spaces(seen))
    return seen


def frames_of(error=None):
    def stylize(request):
        for step in range(request.steps + 1):
            yield StyleFrame(request.content, step, request.steps, StyleLosses(os.getpid(), 0, 0), 0.0)
            if error is not None:
                raise error

    return stylize


def test_elsewhere_nothing_is_wrapped_and_the_package_not_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)  # an import would fail
    stylize = frames_of()
    assert zerogpu.lent(stylize, Settings()) is stylize


def test_frames_come_from_the_process_with_the_gpu(asked):
    found = list(zerogpu.lent(frames_of(), ON_ZERO)(REQUEST))
    assert [frame.step for frame in found] == [0, 1, 2, 3]
    np.testing.assert_array_equal(found[-1].image, PICTURE)
    assert os.getpid() not in {frame.losses.total for frame in found}
    assert asked == [zerogpu.duration(REQUEST)]


def test_a_refusal_keeps_its_class_and_its_sentence(asked):
    refused = zerogpu.lent(frames_of(NotEnoughMemoryError("It takes 9 GB. Choose a smaller size.")), ON_ZERO)
    with pytest.raises(NotEnoughMemoryError, match="smaller size"):
        list(refused(REQUEST))


def test_a_loan_that_fails_says_why_and_what_to_do(asked):
    failing = zerogpu.lent(frames_of(RuntimeError("secret path")), ON_ZERO)
    with pytest.raises(GpuNotLentError, match=r"RuntimeError.*fast style") as refused:
        list(failing(REQUEST))
    assert "secret" not in refused.value.message


def test_stopping_gives_the_gpu_back(asked):
    endless = replace(REQUEST, steps=10**6)
    frames = zerogpu.lent(frames_of(), ON_ZERO)(endless)
    next(frames)
    began = time.perf_counter()
    frames.close()  # the loan's own assertion: its process ended by itself
    assert time.perf_counter() - began < 10


def test_a_longer_run_asks_for_longer_and_nobody_for_ever():
    assert zerogpu.duration(REQUEST) < zerogpu.duration(replace(REQUEST, size=1024, steps=200))
    assert zerogpu.duration(replace(REQUEST, size=4096, steps=2000)) == 120


def test_only_the_optimisation_leaves_the_cpu(asked, monkeypatch):
    seen = []

    def stylize(request, *, settings, control=None):
        seen.append(settings.device)
        yield StyleFrame(request.content, 0, request.steps, StyleLosses(len(seen), 0, 0), 0.0)

    monkeypatch.setattr("facestyle.style.service.stylize", stylize)
    services = real_services(Settings(zero_gpu=True, public=True))
    assert services.settings.device == "cpu"
    assert len(list(services.stylize(REQUEST))) == 1
    assert asked == [zerogpu.duration(REQUEST)]
    assert seen == []  # it ran in the other process


def test_a_fast_style_stays_on_the_cpu_too(asked, monkeypatch):
    seen = []

    def stylize_fast(content, *, style, size, strength, settings, vectors):
        seen.append(settings.device)
        return content

    monkeypatch.setattr("facestyle.style.fast.stylize_fast", stylize_fast)
    services = real_services(Settings(zero_gpu=True, public=True))
    services.stylize_fast(REQUEST.content, style="ember")
    assert seen == ["cpu"]
    assert asked == []


def test_warming_up_borrows_no_gpu():
    fakes = Fakes()
    warm_up(fake_services(ON_ZERO, fakes))
    assert fakes.embedder.calls == 1
    assert fakes.painter.requests == []


def test_the_environment_variable_is_the_one_that_such_spaces_set(monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert Settings().zero_gpu
    monkeypatch.setenv("SPACES_ZERO_GPU", "0")
    assert not Settings().zero_gpu


def test_the_app_imports_the_package_before_torch(tmp_path):
    package = "import sys\nprint('torch first' if 'torch' in sys.modules else 'in time')\nraise SystemExit(0)\n"
    (tmp_path / "spaces.py").write_text(package)
    environment = {**os.environ, "SPACES_ZERO_GPU": "1", "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, app.__file__], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.strip() == "in time"
