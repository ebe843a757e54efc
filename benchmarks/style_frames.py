"""What a frame of a clip or of the camera costs when its painting is read anew for each, and when it is read once.

    python benchmarks/style_frames.py PHOTO PAINTING [--sizes 192 256 384 512] [--frames 15]

The two ways take turns, frame by frame, so that other work on the machine slows both; the least time of each counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch

from facestyle import device as devices
from facestyle import images
from facestyle.settings import Settings
from facestyle.style.fast import stylize_fast
from facestyle.style.vectors import StyleVectors


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("painting", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[192, 256, 384, 512])
    parser.add_argument("--frames", type=int, default=15)
    options = parser.parse_args()
    settings = Settings()
    devices.configure(settings)
    photo, painting = images.decode(options.photo), images.decode(options.painting)
    print(f"painting of {painting.shape[1]} x {painting.shape[0]} px, {torch.get_num_threads()} threads\n")
    print("| longer side, px | read for each frame, ms | read once, ms | ratio |\n|---|---|---|---|")
    vectors = StyleVectors()
    for size in options.sizes:
        frame = images.resize_longer_side(photo, size)
        ways = (None, vectors)
        pictures = [stylize_fast(frame, style=painting, settings=settings, vectors=way) for way in ways]
        assert np.array_equal(*pictures)
        least = [float("inf")] * 2
        for _ in range(options.frames):
            for index, way in enumerate(ways):
                began = time.perf_counter()
                stylize_fast(frame, style=painting, settings=settings, vectors=way)
                least[index] = min(least[index], time.perf_counter() - began)
        print(f"| {size} | {1000 * least[0]:.0f} | {1000 * least[1]:.0f} | {least[1] / least[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
