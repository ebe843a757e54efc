"""What a run will take, before it begins."""

import time
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from facestyle.errors import InvalidRequestError
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style import timing
from facestyle.style.canvas import Canvas
from facestyle.style.footprint import Load
from facestyle.style.forecast import duration, forecast_run
from facestyle.style.objective import Objective, Painting
from facestyle.style.results import STYLE_LAYERS, StyleRequest
from facestyle.style.stages import plan
from facestyle.style.tiling import WHOLE, Tiling
from facestyle.style.timing import forward_flops, run_flops
from tests.style.drawn import scene, strokes

LOAD = Load("vgg16", STYLE_LAYERS, "lbfgs")
REQUEST = StyleRequest(content=scene(), style=strokes(), size=512)
AMPLE = Settings(memory_limit_mb=4000)


@pytest.mark.parametrize("side", [None, 64])
def test_the_work_counted_is_the_work_done(side):
    picture = torch.rand(1, 3, 96, 130)
    objective = Objective(
        load_model("vgg16", "cpu"),
        Canvas(picture),
        [Painting(picture)],
        alpha=1,
        beta=1,
        layer_weights=dict.fromkeys(STYLE_LAYERS, 1.0),
        tiling=Tiling(side),
    )
    # The counter counts convolutions, but no product that is added in place, as those of Gram matrices are.
    with FlopCounterMode(display=False) as counter:
        objective.evaluate(picture)
    assert counter.get_total_flops() == pytest.approx(forward_flops(LOAD, (96, 130), side), rel=0.1)
    with FlopCounterMode(display=False) as counter:
        objective.differentiate(picture)
    ways = 2 if side is None else 3
    assert counter.get_total_flops() == pytest.approx(ways * forward_flops(LOAD, (96, 130), side), rel=0.1)


def test_tiles_that_are_kept_save_a_way():
    size, stages = (512, 512), plan((512, 512), 80)
    whole, again, kept = (
        run_flops(LOAD, size, stages, tiling, frames=0)
        for tiling in (WHOLE, Tiling(256), Tiling(256, keep_bytes=10**9))
    )
    assert whole < kept < again


def test_time_grows_with_the_work_and_memory_with_the_size():
    small, large = (forecast_run(replace(REQUEST, size=size), settings=AMPLE) for size in (256, 512))
    assert 2 * small.seconds < large.seconds < 8 * small.seconds
    assert small.memory.need < large.memory.need
    assert forecast_run(replace(REQUEST, steps=160), settings=AMPLE).seconds > 1.7 * large.seconds
    assert small.fits
    assert [choice.size for choice in large.smaller] == [384, 256]
    assert large.smaller[1].seconds == pytest.approx(small.seconds)
    assert large.smaller[1].need == small.memory.need


def test_smaller_sizes_are_those_that_fit():
    found = forecast_run(replace(REQUEST, size=4096), settings=Settings(memory_limit_mb=400))
    assert not found.fits
    assert found.smaller
    assert all(choice.need <= 400 * 2**20 for choice in found.smaller)
    assert found.smaller[0].size <= found.memory.fitting_size


def test_a_machine_is_timed_once_and_again_when_that_is_long_ago(monkeypatch):
    network = load_model("vgg16", "cpu")
    readings = iter(range(1000))

    def clock():
        return float(next(readings))

    def rate():
        return timing.seconds_per_flop(network, "vgg16", torch.device("cpu"), clock=clock)

    first = rate()
    assert first > 0
    read = next(readings)
    assert rate() == first
    assert next(readings) == read + 1  # the clock was not looked at
    later = time.monotonic() + timing.FRESH_SECONDS
    monkeypatch.setattr(timing.time, "monotonic", lambda: later)
    assert rate() == first  # by a clock that ticks evenly
    assert next(readings) > read + 2


def test_in_words():
    assert [duration(seconds) for seconds in (0.2, 25.4, 130, 7300)] == ["1 s", "25 s", "2 min", "2.0 h"]
    text = forecast_run(replace(REQUEST, size=64, steps=1), settings=AMPLE).as_text()
    assert text.startswith("about ")
    assert text.endswith(" MiB")


def test_what_cannot_be_run_has_no_forecast():
    with pytest.raises(InvalidRequestError, match="size must be a whole number"):
        forecast_run(replace(REQUEST, size=63), settings=AMPLE)
