"""Paints the pairs shown in the README with the default settings, for a look beside published results.

    python benchmarks/style_gallery.py CONTENT_DIR STYLE_DIR OUT_DIR [--size 384]

Writes one JPEG a pair and prints its losses and time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device, images
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize

PAIRS = (
    ("tubingen.jpg", "starry_night_crop.png"),
    ("golden_gate.jpg", "the_scream.jpg"),
    ("lion.jpg", "wave_crop.jpg"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=StyleRequest.__dataclass_fields__["size"].default)
    options = parser.parse_args()
    device.configure()
    options.out.mkdir(parents=True, exist_ok=True)
    for content, style in PAIRS:
        request = StyleRequest(
            content=images.decode(options.content / content),
            style=images.decode(options.style / style),
            size=options.size,
        )
        *_, frame = stylize(request)
        name = f"{Path(content).stem}-{Path(style).stem}.jpg"
        images.save(frame.image, options.out / name)
        print(f"{name}: J {frame.losses.total:.3f} after {frame.step} steps, {frame.seconds:.0f} s")


if __name__ == "__main__":
    main()
