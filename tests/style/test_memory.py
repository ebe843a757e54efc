"""The forecast of memory, against what a run takes; and the refusal."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from facestyle.errors import NotEnoughMemoryError
from facestyle.settings import Settings
from facestyle.style.checks import MIN_SIZE
from facestyle.style.footprint import Load, run_bytes
from facestyle.style.memory import LARGEST, forecast_memory
from facestyle.style.results import OPTIMIZERS, STYLE_LAYERS, StyleRequest
from facestyle.style.service import forecast, stylize
from facestyle.style.tiling import WHOLE
from tests.style.drawn import scene, strokes

CPU = torch.device("cpu")
LIMITED = Settings(memory_limit_mb=200)
GIB = 2**30


def load(**changed):
    return replace(Load("vgg16", STYLE_LAYERS, "lbfgs"), **changed)


@pytest.mark.parametrize("size", [(3000, 4000), (1000, 50), (2000, 2000)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_refusal_names_the_largest_size_that_fits(size, optimizer):
    settings, asked = Settings(memory_limit_mb=200), load(optimizer=optimizer)
    found = forecast_memory(asked, size, CPU, settings)
    fits = found.fitting_size
    if found.need <= found.limit:
        assert fits >= max(size)
        return
    below, above = (
        forecast_memory(asked, tuple(max(1, round(side * longer / max(size))) for side in size), CPU, settings).need
        for longer in (fits, round(1.05 * fits))
    )
    assert below <= found.limit < above
    with pytest.raises(NotEnoughMemoryError, match=f"Choose a size of {fits} or less") as refused:
        found.check(MIN_SIZE)
    assert refused.value.code == "not_enough_memory"


@pytest.mark.parametrize("size", [(4096, 4096), (3072, 4096), (2048, 2048), (205, 4096)])
def test_what_does_not_fit_as_a_whole_goes_in_tiles(size):
    found = forecast_memory(load(), size, CPU, Settings(memory_limit_mb=6 * 1024))
    assert found.need <= 6 * GIB
    assert (found.tiling == WHOLE) == (run_bytes(load(), size, WHOLE) <= 6 * GIB)
    assert found.fitting_size >= max(size)


def test_memory_to_spare_keeps_tiles():
    limits = (3000, 4000, 5000)
    found = [forecast_memory(load(), (2400, 2400), CPU, Settings(memory_limit_mb=limit)) for limit in limits]
    kept = [each.tiling.keep_bytes for each in found]
    assert kept == sorted(kept)
    assert kept[0] < kept[-1]
    assert all(each.need <= each.limit for each in found)


def test_tiles_can_be_asked_for_and_ruled_out():
    asked = forecast_memory(load(), (512, 512), CPU, Settings(style_tile=256, memory_limit_mb=4000))
    assert asked.tiling.side == 256
    ruled_out = forecast_memory(load(), (4096, 4096), CPU, Settings(style_tile=0, memory_limit_mb=6000))
    assert ruled_out.tiling == WHOLE
    with pytest.raises(NotEnoughMemoryError):
        ruled_out.check(MIN_SIZE)
    larger = forecast_memory(load(), (512, 512), CPU, Settings(style_tile=1024, memory_limit_mb=4000))
    assert larger.tiling == WHOLE


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"value_bytes": 2}, {}),
        ({}, {"style_areas": (1.0, 4.0)}),
        ({}, {"masks": 3}),
        ({"optimizer": "sgd"}, {"optimizer": "lbfgs"}),
        ({}, {"transparent": True}),
        ({}, {"pooling": "max"}),
        ({}, {"content_layer": "relu1_2"}),
    ],
)
def test_what_makes_a_run_larger(less, more):
    assert run_bytes(load(**less), (512, 512), WHOLE) < run_bytes(load(**more), (512, 512), WHOLE)


def test_a_run_that_does_not_fit_is_refused_before_any_work():
    request = StyleRequest(content=scene(), style=strokes(), size=1024)
    with pytest.raises(NotEnoughMemoryError, match="200 MiB may be used"):
        stylize(request, settings=LIMITED)
    found = forecast(request, settings=LIMITED)
    assert found.size == (768, 1024)
    fitting = forecast(replace(request, size=found.fitting_size), settings=LIMITED)
    assert fitting.need <= fitting.limit


def test_nothing_fits():
    request = StyleRequest(content=scene(), style=strokes(), size=64)
    with pytest.raises(NotEnoughMemoryError, match="Close other programs"):
        stylize(request, settings=Settings(memory_limit_mb=64))


def test_without_a_limit_of_its_own_most_of_the_free_memory_may_be_used():
    found = forecast_memory(load(), (64, 64), CPU, Settings(memory_limit_mb=None))
    assert found.limit is not None
    assert 2**26 < found.limit < 2**44
    assert found.fitting_size <= LARGEST
    found.check(MIN_SIZE)


MEASURE = r"""
import re, sys
from pathlib import Path
import torch
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style import service
from facestyle.style.results import StyleRequest
from tests.style.drawn import scene, strokes

def status(name):
    return int(re.search(name + r":\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

side, steps, optimizer = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
settings = Settings(memory_limit_mb=20_000, style_tile=int(sys.argv[4]))
service.devices.fast_dtype = lambda device: torch.float32
load_model("vgg16", "cpu")

def run(side, steps):
    request = StyleRequest(
        content=scene(side, side), style=strokes(), size=side, steps=steps, optimizer=optimizer, start=scene()
    )
    for frame in service.stylize(request, device="cpu", settings=settings, frame_every=100):
        pass
    return service.forecast(request, device="cpu", settings=settings).need

run(64, 1)  # what is loaded on first use is there
before = status("VmRSS")
need = run(side, steps)
print(status("VmHWM") - before, need)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize(
    ("side", "steps", "optimizer", "tile"),
    [(512, 8, "lbfgs", 0), (768, 2, "adam", 0), (768, 2, "sgd", 384)],
)
def test_forecast_is_near_the_measured_peak(side, steps, optimizer, tile):
    """Each piece of memory is given back when it is free: what is left is what is alive, the same in every run."""
    command = [sys.executable, "-c", MEASURE, str(side), str(steps), optimizer, str(tile)]
    fixed = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **fixed}).stdout
    measured, forecast_bytes = map(int, answer.split())
    assert 0.75 * measured < forecast_bytes < 1.3 * measured


LARGE = r"""
import re
from pathlib import Path
from facestyle import device
from facestyle.settings import Settings
from facestyle.style.results import StyleRequest
from facestyle.style.service import forecast, stylize
from tests.style.drawn import scene, strokes

settings = Settings()
device.configure(settings)

def run(side, steps):
    request = StyleRequest(content=scene(side // 2, side), style=strokes(), size=side, steps=steps)
    for frame in stylize(request, device="cpu", settings=settings, frame_every=100):
        pass
    return forecast(request, device="cpu", settings=settings), frame.image.shape

run(64, 1)  # what is loaded on first use is there
def status(name):
    return int(re.search(name + r":\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

before = status("VmRSS")
found, shape = run(2048, 3)
print(status("VmHWM") - before, found.need, found.tiling.side or 0, *shape)
"""
LARGE_LIMIT_MB = 1280


@pytest.mark.slow
@pytest.mark.timeout(1200)  # a minute and a half on two cores that are free, many on busy ones
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
def test_a_run_of_2048_pixels_stays_within_its_limit():
    """With the allocator as it is, as a person would run it: the kernel's own high-water mark of the process."""
    environment = {**os.environ, "FACESTYLE_MEMORY_LIMIT_MB": str(LARGE_LIMIT_MB)}
    command = [sys.executable, "-c", LARGE]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    taken, need, tile, *shape = map(int, answer.split())
    assert shape == [1024, 2048, 3]
    assert tile > 0
    assert taken < LARGE_LIMIT_MB * 2**20
    assert 0.7 * taken < need < 1.3 * taken
