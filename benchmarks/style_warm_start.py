"""Does the picture of a fast network pay as the start of the optimisation?

    python benchmarks/style_warm_start.py FOLDER [--size 256]

Each run is started from the photo, as the app does it, and from what the fast network made of photo and painting, with
the same coarse-to-fine plan and the same steps; J is that of the saved picture. The fast network's own pass is not
charged to its run. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import numpy.typing as npt
from torch import Tensor

from facestyle import device, images
from facestyle.settings import Settings
from facestyle.style import pixels as px
from facestyle.style.fast import stylize_fast
from facestyle.style.results import StyleRequest
from facestyle.style.scene import Scene
from facestyle.style.service import stylize

PAIRS = (("tubingen.jpg", "starry_night_crop.png"), ("golden_gate.jpg", "the_scream.jpg"), ("lion.jpg", "mosaic.jpg"))
STEPS = (20, 40, 80)
BETA = 1.0


def last(request: StyleRequest) -> tuple[float, float, float]:
    """J before the first step and at the end, and the seconds of the run."""
    *frames, frame = stylize(request)
    return frames[0].losses.total, frame.losses.total, frame.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with content/ and style/")
    parser.add_argument("--size", type=int, default=256)
    options = parser.parse_args()
    device.configure(Settings())
    print("| pair | steps | J, start: photo (end) | J, start: fast (end) | ratio of the ends | seconds |")
    print("|---|---|---|---|---|---|")
    for photo, painting in PAIRS:
        content = images.decode(options.folder / "content" / photo)
        style = images.decode(options.folder / "style" / painting)
        quick = stylize_fast(content, style=style, size=options.size)

        def warm(scene: Scene, quick: npt.NDArray[np.uint8] = quick) -> Tensor:
            return px.resize(px.to_tensor(quick, scene._content.device), scene.size).clamp(0, 1)

        for steps in STEPS:
            request = StyleRequest(content=content, style=style, size=options.size, steps=steps, beta=BETA)
            first, end, seconds = last(request)
            with mock.patch.object(Scene, "start", warm):
                first_warm, end_warm, seconds_warm = last(request)
            name = f"{Path(photo).stem}, {Path(painting).stem}"
            print(
                f"| {name} | {steps} | {first:.3f} ({end:.4f}) | {first_warm:.3f} ({end_warm:.4f}) | "
                f"{end_warm / end:.3f} | {seconds:.1f}, {seconds_warm:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
