"""Frames a second of the live camera's engine, with and without its economies, interleaved on the same frames.

    python benchmarks/live_rate.py [--frames 200] [--width 640] [--height 480]

The frames are the project's example portraits, moved and scaled a little from frame to frame. The decoding of a frame's
JPEG, as it comes from a browser, is measured apart. Each row: median milliseconds a frame, and frames a second from it.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device, images
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.live import LiveEngine, LiveOptions
from facestyle.faces.results import RGB
from facestyle.faces.service import FaceService
from facestyle.settings import Settings
from facestyle.ui import samples


def stream(names: tuple[str, ...], count: int, size: tuple[int, int]) -> Iterator[RGB]:
    """Portraits side by side that sway, `count` frames of that width and height."""
    faces = [Image.open(samples.path(name)).convert("RGB") for name in names]
    slot = size[0] // max(1, len(faces))
    rng = np.random.default_rng(0)
    for index in range(count):
        frame = Image.new("RGB", size, (60, 70, 90))
        for place, face in enumerate(faces):
            scale = (1 + 0.05 * np.sin(index / 15)) * min(size[1] / face.height, slot / face.width)
            left = slot * place + round(12 * np.sin(index / 9 + place))
            frame.paste(face.resize((round(face.width * scale), round(face.height * scale))), (left, 0))
        noise = rng.integers(-6, 7, (size[1], size[0], 1))
        yield np.clip(np.asarray(frame, np.int16) + noise, 0, 255).astype(np.uint8)


def measure(service: FaceService, frames: list[RGB]) -> dict[str, list[float]]:
    """Milliseconds a frame for both engines, one frame of each in turn."""
    options = LiveOptions(hold=1.0)
    engines = {
        "as needed": LiveEngine(service, options),
        "plain": LiveEngine(service, replace(options, adaptive=False)),
    }
    spent: dict[str, list[float]] = {name: [] for name in engines}
    for index, frame in enumerate(frames):
        for name, engine in engines.items():
            spent[name].append(engine.update(frame, index / 10).ms)
    return spent


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=480)
    asked = parser.parse_args()
    settings = Settings()
    device.configure(settings)
    size = (asked.width, asked.height)
    with MemoryGallery() as gallery:
        service = FaceService(gallery, settings=settings)
        service.enroll("Grace", [samples.path("hopper")], consent=True)
        print(f"{size[0]} x {size[1]}, {asked.frames} frames, {service.model}")
        print(f"{'in view':<24}{'engine':<12}{'ms':>8}{'frames/s':>10}")
        for shown, names in {"nobody": (), "one face": ("hopper",), "two faces": ("hopper", "collins")}.items():
            frames = list(stream(names, asked.frames, size))
            for engine, spent in measure(service, frames).items():
                middle = float(np.median(spent[5:]))
                print(f"{shown:<24}{engine:<12}{middle:>8.1f}{1000 / middle:>10.1f}")
        buffer = io.BytesIO()
        Image.fromarray(frames[0]).save(buffer, "JPEG", quality=92)
        began = time.perf_counter()
        for _ in range(50):
            images.decode(buffer.getvalue(), settings=settings)
        spent_ms = 1000 * (time.perf_counter() - began) / 50
        print(f"decoding a frame ({len(buffer.getvalue()) / 1000:.0f} kB JPEG): {spent_ms:.1f} ms")


if __name__ == "__main__":
    main()
