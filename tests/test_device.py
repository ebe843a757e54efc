"""Where networks run, and in which precision."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch

from facestyle import device
from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize


def test_the_cpu_is_always_there():
    assert device.pick(Settings(device="cpu")) == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_by_name(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert device.pick(Settings(device="auto")).type == "cpu"
    with pytest.raises(InvalidRequestError, match=f"asks for {name}"):
        device.pick(Settings(device=name))


def test_threads_and_full_precision_of_matrix_products():
    threads = torch.get_num_threads()
    try:
        torch.set_float32_matmul_precision("medium")
        device.configure(Settings(threads=1))
        assert torch.get_num_threads() == 1
        assert torch.get_float32_matmul_precision() == "highest"
    finally:
        torch.set_num_threads(threads)


def test_cudnn_tries_its_algorithms_while_anybody_repeats_the_same_shapes():
    cuda = torch.device("cuda")  # the switch is there without a GPU too
    assert not torch.backends.cudnn.benchmark
    with device.steady_shapes(cuda):
        with device.steady_shapes(cuda):
            assert torch.backends.cudnn.benchmark
        assert torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.benchmark
    first, second = device.steady_shapes(cuda), device.steady_shapes(cuda)  # not nested: two people paint
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert torch.backends.cudnn.benchmark
    second.__exit__(None, None, None)
    assert not torch.backends.cudnn.benchmark
    with device.steady_shapes(torch.device("cpu")):
        assert not torch.backends.cudnn.benchmark


def test_a_run_repeats_shapes_from_its_first_frame_until_it_is_closed(monkeypatch):
    seen = []

    @contextmanager
    def steady(where):
        seen.append(where.type)
        try:
            yield
        finally:
            seen.append("end")

    monkeypatch.setattr("facestyle.device.steady_shapes", steady)
    picture = np.full((64, 64, 3), 90, np.uint8)
    request = StyleRequest(content=picture, style=picture[::-1] // 2, size=64, steps=3)
    frames = stylize(request, settings=Settings(device="cpu"))
    assert seen == []
    next(frames)
    assert seen == ["cpu"]
    frames.close()
    assert seen == ["cpu", "end"]


def test_bfloat16_only_where_the_cpu_has_units_for_it(monkeypatch):
    assert device.fast_dtype(torch.device("cuda")) is torch.float32
    for has, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(device, "_multiplies_bfloat16", lambda has=has: has)
        assert device.fast_dtype(torch.device("cpu")) is dtype
