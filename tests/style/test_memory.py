"""The forecast of memory, against what a run takes; and the refusal."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from facestyle.errors import NotEnoughMemoryError
from facestyle.settings import Settings
from facestyle.style.checks import MIN_SIZE
from facestyle.style.memory import forecast_memory, need_bytes
from facestyle.style.results import OPTIMIZERS, StyleRequest
from facestyle.style.service import forecast, stylize
from tests.style.drawn import scene, strokes

CPU = torch.device("cpu")
LIMITED = Settings(memory_limit_mb=500)


@pytest.mark.parametrize("size", [(3000, 4000), (1000, 50), (2000, 2000)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_refusal_names_the_largest_size_that_fits(size, optimizer):
    found = forecast_memory(size, optimizer, CPU, Settings(memory_limit_mb=180))
    fits = found.fitting_size
    if found.need <= found.limit:
        assert fits >= max(size)
        return
    shape = [tuple(max(1, round(side * longer / max(size))) for side in size) for longer in (fits, round(1.03 * fits))]
    assert need_bytes(shape[0], optimizer) <= found.limit < need_bytes(shape[1], optimizer)
    with pytest.raises(NotEnoughMemoryError, match=f"Choose a size of {fits} or less") as refused:
        found.check(MIN_SIZE)
    assert refused.value.code == "not_enough_memory"


def test_a_run_that_does_not_fit_is_refused_before_any_work():
    request = StyleRequest(content=scene(), style=strokes(), size=1024)
    with pytest.raises(NotEnoughMemoryError, match="500 MiB may be used"):
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
    found = forecast_memory((64, 64), "lbfgs", CPU, Settings(memory_limit_mb=None))
    assert found.limit is not None
    assert 2**26 < found.limit < 2**44
    found.check(MIN_SIZE)


MEASURE = r"""
import re, sys
from pathlib import Path
import torch
from facestyle.models.zoo import load_model
from facestyle.style import service
from facestyle.style.results import StyleRequest
from tests.style.drawn import scene, strokes

def peak():
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

side, dtype, steps = int(sys.argv[1]), getattr(torch, sys.argv[2]), int(sys.argv[3])
service.fast_dtype = lambda device: dtype
torch.nn.functional.conv2d(torch.rand(1, 3, 8, 8, requires_grad=True), torch.rand(1, 3, 3, 3)).sum().backward()
load_model("vgg16", "cpu")
before = peak()
request = StyleRequest(content=scene(side, side), style=strokes(), size=side, steps=steps)
for frame in service.stylize(request, device="cpu"):
    pass
print(peak() - before, service.forecast(request, device="cpu").need)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize(("side", "steps"), [(256, 19), (512, 14)])
def test_forecast_is_near_the_measured_peak(side, steps):
    command = [sys.executable, "-c", MEASURE, str(side), "float32", str(steps)]
    measured, forecast_bytes = map(
        int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    )
    assert 0.75 * measured < forecast_bytes < 1.35 * measured
