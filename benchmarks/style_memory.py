"""How much memory a run takes at its peak, beside the plain recipe's, and how near the forecast is.

    python benchmarks/style_memory.py [--size 1024] [--evaluations 12] [--steps 12]

Each contestant runs in a process of its own, on the same two drawn pictures; what is compared is the high-water mark of
the process's resident memory (VmHWM in /proc/self/status) above what it had after a run of 64 pixels, so that libraries
and the network count for nobody. The plain recipe remembers 100 steps, the engine 10: with fewer evaluations than 100
the plain recipe has not yet reached its peak.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch

from benchmarks.plain_recipe import PlainObjective, minimise
from benchmarks.process import resident
from facestyle import device as devices
from facestyle.models.vgg import Vgg
from facestyle.models.zoo import load_model
from facestyle.settings import Settings
from facestyle.style import pixels as px
from facestyle.style.results import StyleRequest
from facestyle.style.service import forecast, stylize

CONTESTANTS = ("plain recipe", "facestyle", "facestyle, Adam", "facestyle, tiles of 512", "facestyle, tiles of 256")


def pictures(size: int) -> tuple[px.Picture, px.Picture]:
    """Waves of two kinds: memory does not depend on what is shown."""
    y, x = np.mgrid[0 : size * 3 // 4, 0:size]
    shown = [
        np.stack([np.sin(x / a), np.cos(y / b), np.sin((x + y) / c)], axis=-1) for a, b, c in ((9, 7, 5), (4, 6, 8))
    ]
    content, style = ((127 + 120 * each).astype(np.uint8) for each in shown)
    return content, style


def run(contestant: str, size: int, evaluations: int, steps: int) -> int:
    """One run; returns the forecast in bytes, 0 where there is none."""
    content, style = pictures(size)
    request = StyleRequest(content=content, style=style, size=size, steps=steps)
    if contestant == "plain recipe":
        where = devices.pick()
        network = cast("Vgg", load_model(request.backbone, where))
        start = px.to_tensor(content, where)
        minimise(
            PlainObjective(network, start, px.to_tensor(style, where), request), start, evaluations, lambda *_: None
        )
        return 0
    tile = re.search(r"tiles of (\d+)", contestant)
    settings = Settings(style_tile=int(tile[1]) if tile else None)
    if "Adam" in contestant:
        request = StyleRequest(content=content, style=style, size=size, steps=steps, optimizer="adam")
    for _ in stylize(request, settings=settings, frame_every=1000):
        pass
    return forecast(request, settings=settings).need


def child(contestant: str, size: int, evaluations: int, steps: int) -> None:
    devices.configure()
    run(contestant, 64, 1, 1)
    before = resident("VmRSS")
    need = run(contestant, size, evaluations, steps)
    print(json.dumps([resident("VmHWM") - before, need]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--evaluations", type=int, default=12, help="of the plain recipe")
    parser.add_argument("--steps", type=int, default=12, help="of ours")
    parser.add_argument("--only", choices=CONTESTANTS, action="append")
    parser.add_argument("--child", choices=CONTESTANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.size, options.evaluations, options.steps)
        return
    print(f"{options.size} x {options.size * 3 // 4} px on {devices.pick()}, {torch.get_num_threads()} threads\n")
    print("| | MiB at the peak | of the plain recipe's | forecast, MiB | forecast / measured |")
    print("|---|---|---|---|---|")
    plain = 0
    for contestant in options.only or CONTESTANTS:
        command = [sys.executable, __file__, "--child", contestant]
        command += [f"--{name}={getattr(options, name)}" for name in ("size", "evaluations", "steps")]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        peak, need = json.loads(answer.splitlines()[-1])
        plain = plain or peak
        expected = f"{need / 2**20:.0f} | {need / peak:.2f}" if need else "- | -"
        print(f"| {contestant} | {peak / 2**20:.0f} | {peak / plain:.2f} | {expected} |", flush=True)


if __name__ == "__main__":
    main()
