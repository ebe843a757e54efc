"""How soon a picture is as good as the best that the usual recipe makes: seconds and floating-point operations.

    python benchmarks/style_speed.py CONTENT STYLE [--size 512] [--evaluations 300] [--steps 80 500] [--plot OUT.png]

Compares, in one run and on the same pictures, backbone, layers and weights:

- the plain recipe: the optimisation of Gatys et al. 2016 as PyTorch's tutorial "Neural Transfer Using PyTorch" sets it
  up, torch.optim.LBFGS with its defaults on all pixels at full size, start from the content, clamped to [0, 1] before
  each evaluation, in float32;
- the plain recipe in the precision that the engine chooses on this machine, where that is another one, so that what the
  method gains and what the precision gains can be told apart;
- the engine at full size only, from the same start: what its optimiser and its way through the network gain;
- `facestyle.style.service.stylize` with its defaults, coarse to fine.

Everybody's intermediate pictures are rounded to 8 bits, as they would be saved, and their J is computed by one float32
evaluator after all clocks have stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.figure import Figure
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.plain_recipe import PlainObjective, minimise
from facestyle import device as devices
from facestyle import images
from facestyle.models.vgg import Vgg
from facestyle.models.zoo import load_model
from facestyle.style import pixels as px
from facestyle.style.canvas import Canvas
from facestyle.style.objective import Objective, Painting
from facestyle.style.optimize import optimize
from facestyle.style.optimizers import LBFGS
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize
from facestyle.style.stages import plan


@dataclass(frozen=True)
class Snapshot:
    """A picture on the way, the seconds it took, and the full-size evaluations with gradient that it is worth."""

    image: npt.NDArray[np.uint8]
    seconds: float
    evaluations: float


@dataclass(frozen=True)
class Curve:
    """One contestant: J of its saved pictures."""

    name: str
    seconds: list[float]
    evaluations: list[float]
    loss: list[float]

    def reaches(self, goal: float) -> tuple[float, float] | None:
        """Seconds and evaluations at its first picture that is as good; None if it never is."""
        for seconds, evaluations, loss in zip(self.seconds, self.evaluations, self.loss, strict=True):
            if loss <= goal:
                return seconds, evaluations
        return None


def plain(objective: PlainObjective, start: torch.Tensor, evaluations: int, every: int) -> list[Snapshot]:
    """The tutorial's loop, with its pictures on the way."""
    snapshots: list[Snapshot] = []
    began = time.perf_counter()

    def watch(done: int, pixels: torch.Tensor) -> None:
        if done <= evaluations and (done % every == 0 or done == evaluations):
            devices.synchronize(pixels.device)
            snapshots.append(Snapshot(px.to_picture(pixels), time.perf_counter() - began, done))

    minimise(objective, start, evaluations, watch)
    return snapshots


def engine(request: StyleRequest, every: float) -> list[Snapshot]:
    """Ours. The clock runs from the call: decoding aside, all of it is counted."""
    height, width = request.content.shape[:2]
    costs = [
        stage.cost
        for stage in plan(px.result_size((height, width), request.size), request.steps)
        for _ in range(stage.steps)
    ]
    return [
        Snapshot(frame.image, frame.seconds, sum(costs[: frame.step])) for frame in stylize(request, frame_every=every)
    ]


def engine_at_full_size(objective: Objective, start: torch.Tensor, evaluations: int, every: int) -> list[Snapshot]:
    """Ours without the coarse stages."""
    snapshots: list[Snapshot] = []
    began = time.perf_counter()
    stages = plan((start.shape[-2], start.shape[-1]), evaluations, pyramid=False)
    for iterate in optimize(lambda _stage: objective, start, stages, LBFGS):
        if iterate.step and (iterate.step % every == 0 or iterate.step == evaluations):
            snapshots.append(Snapshot(px.to_picture(iterate.pixels), time.perf_counter() - began, iterate.step))
    return snapshots


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--evaluations", type=int, default=300, help="of the plain recipe")
    default = StyleRequest.__dataclass_fields__["steps"].default
    parser.add_argument("--steps", type=int, nargs="+", default=[default], help="of ours; a run for each")
    parser.add_argument("--backbone", default="vgg16")
    parser.add_argument("--every", type=int, default=5, help="evaluations between two pictures that are kept")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    devices.configure()
    where = devices.pick()

    request = StyleRequest(
        content=images.decode(options.content),
        style=images.decode(options.style),
        size=options.size,
        backbone=options.backbone,
    )
    network = cast("Vgg", load_model(options.backbone, where))
    content, _ = px.prepare_content(request.content, request.size)
    size = (content.shape[0], content.shape[1])
    style = px.to_tensor(px.prepare_style(request.styles[0].picture, size), where)
    start = px.to_tensor(content, where)

    def objective(dtype: torch.dtype) -> PlainObjective:
        return PlainObjective(network.converted(dtype), start, style, request)

    judge = Objective(
        network,
        Canvas(start),
        [Painting(style)],
        alpha=request.alpha,
        beta=request.beta,
        layer_weights=request.layer_weights,
    )
    dtype = devices.fast_dtype(where)
    with FlopCounterMode(display=False) as counter:
        judge.differentiate(start)
    flops = counter.get_total_flops()

    def measured(name: str, snapshots: list[Snapshot]) -> Curve:
        loss = [float(judge.evaluate_picture(px.to_tensor(shot.image, where)).total) for shot in snapshots]
        return Curve(name, [shot.seconds for shot in snapshots], [shot.evaluations for shot in snapshots], loss)

    print(f"{options.content.stem} in the style of {options.style.stem}, {size[1]} x {size[0]}, {options.backbone}")
    print(f"{torch.get_num_threads()} threads on {where}; one evaluation with gradient: {flops / 1e9:.0f} GFLOP")
    ours = [
        measured(f"facestyle, {steps} steps", engine(replace(request, steps=steps), 1.0)) for steps in options.steps
    ]
    reference = measured("plain recipe", plain(objective(torch.float32), start, options.evaluations, options.every))
    mine = Objective(
        network.converted(dtype),
        Canvas(start),
        [Painting(style)],
        alpha=request.alpha,
        beta=request.beta,
        layer_weights=request.layer_weights,
    )
    whole = engine_at_full_size(mine, start, options.evaluations, options.every)
    curves = [reference, measured("facestyle at full size only", whole), *ours]
    if dtype is not torch.float32:
        name = f"plain recipe in {str(dtype).removeprefix('torch.')}"
        curves.insert(1, measured(name, plain(objective(dtype), start, options.evaluations, options.every)))
    report(curves, flops)
    if options.plot:
        plot(curves, options.plot)


def report(curves: list[Curve], flops: int) -> None:
    # Clamped between evaluations, L-BFGS now and then jumps away from what it had: then its best picture and 2 %.
    best, last = min(curves[0].loss), curves[0].loss[-1]
    goal = last if last <= 1.05 * best else 1.02 * best
    whole = curves[0].seconds[-1], curves[0].evaluations[-1]
    print(f"\nGoal: J where the plain recipe ends, {goal:.3f}. Ratios are to its whole run.\n")
    print("| | J at the end | seconds in all | seconds to the goal | TFLOP to the goal | ratio of time | of FLOP |")
    print("|---|---|---|---|---|---|---|")
    for curve in curves:
        found = curve.reaches(goal)
        there = ("not reached", "-", "-", "-")
        if found is not None:
            seconds, evaluations = found
            there = (
                f"{seconds:.1f}",
                f"{evaluations * flops / 1e12:.1f}",
                f"{seconds / whole[0]:.2f}",
                f"{evaluations / whole[1]:.2f}",
            )
        print(f"| {curve.name} | {curve.loss[-1]:.3f} | {curve.seconds[-1]:.1f} | " + " | ".join(there) + " |")


def plot(curves: list[Curve], path: Path) -> None:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    ours = sum(curve.name.startswith("facestyle") for curve in curves)
    colors = [*["#9a3412", "#d97706"][: len(curves) - ours], *["#3730a3", "#0e7490", "#9333ea", "#64748b"][:ours]]
    for curve, color in zip(curves, colors, strict=False):
        axes.plot(curve.seconds, curve.loss, marker=".", markersize=4, color=color, label=curve.name)
    axes.axhline(min(curves[0].loss), color="#64748b", linewidth=0.8, linestyle="--")
    axes.set(xlabel="seconds", ylabel="J of the picture as it is saved", xscale="log", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
