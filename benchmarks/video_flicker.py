"""What consistency costs and gains: flicker and time of a painted clip, frame by frame and blended.

The clip is drawn: a slow pan over one of the app's photos, with a disc that crosses it, and camera noise of 2 levels.

    python benchmarks/video_flicker.py [--frames 30] [--size 512]

Prints a Markdown table: mean warp error times 1000 (Lai et al. 2018, E_warp, over pixels that can be followed), and
seconds a frame with all that a frame needs: decoding, painting, flow, blending, encoding.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from facestyle import device, images
from facestyle.settings import Settings
from facestyle.style.fast import fast_styles
from facestyle.style.video.service import stylize_video
from facestyle.style.video.writing import VideoWriter

EXAMPLES = Path(__file__).resolve().parent.parent / "facestyle" / "ui" / "examples"


def draw(path: Path, frames: int, size: int) -> None:
    """A 4:3 clip of that longer side."""
    height, width = size * 3 // 4 // 2 * 2, size // 2 * 2
    photo = images.resize_longer_side(images.decode(EXAMPLES / "flower.jpg"), width + 3 * frames + 200)
    noise = np.random.default_rng(0)
    y, x = np.mgrid[0:height, 0:width]
    with VideoWriter(path, (height, width), rate=Fraction(25)) as writer:
        for number in range(frames):
            frame = photo[20 + number : 20 + number + height, 2 * number : 2 * number + width].astype(float)
            disc = (x - 60 - 6 * number) ** 2 + (y - height / 2) ** 2 < (size / 12) ** 2
            frame[disc] = np.array([210, 60, 50])
            frame += noise.normal(0, 2, frame.shape)
            writer.add(frame.clip(0, 255).astype(np.uint8), number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--size", type=int, default=512)
    options = parser.parse_args()
    device.configure(Settings())
    painting = images.decode(EXAMPLES / "waves.jpg")
    styles = [(style.id, style.id) for style in fast_styles()[:2]] + [("painting waves.jpg", painting)]
    print("| style | flicker frame by frame | blended | ratio | s/frame frame by frame | s/frame blended |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        draw(clip, options.frames, options.size)
        for name, style in styles:
            seconds = {}
            for consistent in (False, True):
                out = Path(folder) / "out.mp4"
                *_, step = stylize_video(clip, out, style=style, size=options.size, consistent=consistent)
                seconds[consistent] = step.result.seconds / step.result.frames
            alone, blended = step.result.flicker_alone, step.result.flicker
            print(
                f"| {name} | {1000 * alone:.2f} | {1000 * blended:.2f} | {blended / alone:.0%} "
                f"| {seconds[False]:.2f} | {seconds[True]:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
