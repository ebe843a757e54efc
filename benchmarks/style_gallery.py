"""Paints twelve pairs with the default settings, for a look beside published results.

    python benchmarks/style_gallery.py CONTENT_DIR STYLE_DIR OUT_DIR [--size 384] [--only tubingen]

Writes one JPEG a pair and `sheet.jpg` with all of them, and prints their losses and times. A pair whose picture is
there already is kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image, ImageOps

from facestyle import device, images
from facestyle.style.results import StyleRequest
from facestyle.style.service import stylize

PAIRS = (
    ("tubingen.jpg", "starry_night_crop.png"),
    ("tubingen.jpg", "the_scream.jpg"),
    ("tubingen.jpg", "shipwreck.jpg"),
    ("golden_gate.jpg", "the_scream.jpg"),
    ("golden_gate.jpg", "starry_night_crop.png"),
    ("golden_gate.jpg", "woman-with-hat-matisse.jpg"),
    ("lion.jpg", "wave_crop.jpg"),
    ("lion.jpg", "mosaic.jpg"),
    ("brad_pitt.jpg", "picasso_selfport1907.jpg"),
    ("hoovertowernight.jpg", "candy.jpg"),
    ("taj_mahal.jpg", "udnie.jpg"),
    ("figures.jpg", "seated-nude.jpg"),
)
COLUMNS, CELL = 4, (320, 240)
"""Of the sheet, and its pictures in pixels."""


def sheet(paths: list[Path]) -> Image.Image:
    """All pictures side by side, cut to one shape."""
    rows = -(-len(paths) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * CELL[0], rows * CELL[1]), "white")
    for number, path in enumerate(paths):
        with Image.open(path) as picture:
            cell = ImageOps.fit(picture.convert("RGB"), (CELL[0] - 4, CELL[1] - 4), Image.Resampling.LANCZOS)
        whole.paste(cell, (number % COLUMNS * CELL[0] + 2, number // COLUMNS * CELL[1] + 2))
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=StyleRequest.__dataclass_fields__["size"].default)
    parser.add_argument("--only", default="", help="only photos whose name has this in it")
    options = parser.parse_args()
    device.configure()
    options.out.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for content, style in PAIRS:
        if options.only not in content:
            continue
        path = options.out / f"{Path(content).stem}-{Path(style).stem}.jpg"
        paths.append(path)
        if path.exists():
            continue
        request = StyleRequest(
            content=images.decode(options.content / content),
            style=images.decode(options.style / style),
            size=options.size,
        )
        *_, frame = stylize(request)
        images.save(frame.image, path)
        print(
            f"{path.name}: J {frame.losses.total:.3f} after {frame.step} steps, {frame.seconds:.0f} s, "
            f"{frame.image.shape[1]} x {frame.image.shape[0]}",
            flush=True,
        )
    sheet(paths).save(options.out / "sheet.jpg", quality=88)


if __name__ == "__main__":
    main()
