"""How near the forecast of time is: the processor's time of whole runs beside the forecast's, on one thread.

    python benchmarks/style_forecast.py PHOTO PAINTING [--runs 192x20 256x20 384x20 512x20]

Time on the clock says little where other work keeps the machine busy; one thread's time on its processor says nearly
the same then as on a quiet machine. The machine is timed before and after each run; the mean of both counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from facestyle import device as devices
from facestyle import images
from facestyle.models.vgg import Vgg
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style.forecast import run_seconds
from facestyle.style.results import StyleRequest
from facestyle.style.service import forecast, stylize
from facestyle.style.timing import seconds_per_flop


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("painting", type=Path)
    parser.add_argument("--runs", nargs="+", default=["192x20", "256x20", "384x20", "512x20"], metavar="SIZExSTEPS")
    options = parser.parse_args()
    settings, where = Settings(device="cpu", threads=1), torch.device("cpu")
    devices.configure(settings)
    photo, painting = images.decode(options.photo), images.decode(options.painting)
    print("| size, px | steps | forecast, s | taken, s | taken / forecast |\n|---|---|---|---|---|")
    for run in options.runs:
        size, steps = map(int, run.split("x"))
        request = StyleRequest(content=photo, style=painting, size=size, steps=steps)
        network = cast("Vgg", load_model(request.backbone, where, settings))
        memory = forecast(request, device=where, settings=settings)

        def expected() -> float:
            # A clock of its own each time, so that what was timed before does not count.
            rate = seconds_per_flop(network, "vgg16", where, clock=lambda: time.thread_time())  # noqa: B023, PLW0108
            return run_seconds(request, memory, rate, device=where, settings=settings)  # noqa: B023

        before = expected()
        began = time.thread_time()
        for _ in stylize(request, device=where, settings=settings):
            pass
        taken = time.thread_time() - began
        said = (before + expected()) / 2
        print(f"| {size} | {steps} | {said:.1f} | {taken:.1f} | {taken / said:.2f} |", flush=True)


if __name__ == "__main__":
    main()
