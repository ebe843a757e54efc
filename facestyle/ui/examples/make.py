"""Makes the sample pictures of this folder: photographs out of PyPI packages, patterns out of arithmetic.

Usage (the three folders come from unpacked wheels, see CREDITS.md):

    python facestyle/ui/examples/make.py SKIMAGE_DATA SKLEARN_IMAGES MATPLOTLIB_SAMPLE_DATA
    python -m facestyle.ui.examples.make --styles

The same inputs give the same pictures; only the bytes of a JPEG may differ with the version of libjpeg.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

FOLDER = Path(__file__).resolve().parent
SIDE = 512
"""Longer side of every pattern, in pixels."""


def save(picture: Image.Image, name: str, longer_side: int = 640) -> None:
    """Writes `name`.jpg of modest size, without metadata."""
    picture = picture.convert("RGB")
    picture.thumbnail((longer_side, longer_side), Image.Resampling.LANCZOS)
    picture.save(FOLDER / f"{name}.jpg", quality=88, optimize=True, progressive=True)


def altered(picture: Image.Image, brightness: float, angle: float) -> Image.Image:
    """A mirrored, darker, slightly turned copy: stands for "another photo", and is labelled as the copy it is."""
    mirrored = ImageOps.mirror(picture.convert("RGB"))
    turned = mirrored.rotate(angle, Image.Resampling.BICUBIC, fillcolor=mirrored.getpixel((0, 0)))
    width, height = turned.size
    inner = turned.crop((int(0.06 * width), int(0.04 * height), int(0.94 * width), int(0.92 * height)))
    return ImageEnhance.Brightness(inner).enhance(brightness)


def montage(left: Image.Image, right: Image.Image, height: int = 480) -> Image.Image:
    """Two portraits side by side, so that one picture holds two faces."""
    parts = [p.convert("RGB").resize((round(p.width * height / p.height), height)) for p in (left, right)]
    whole = Image.new("RGB", (parts[0].width + parts[1].width, height))
    whole.paste(parts[0], (0, 0))
    whole.paste(parts[1], (parts[0].width, 0))
    return whole


def smooth_noise(rng: np.random.Generator, side: int, cells: int) -> npt.NDArray[np.float64]:
    """Values in about -1..1 of shape (side, side) that vary over side / cells pixels."""
    coarse = Image.fromarray(rng.normal(size=(cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64)


def swirls(seed: int = 7) -> Image.Image:
    """Brush strokes that follow the level lines of a height map with a few whirls; blues against golds."""
    rng = np.random.default_rng(seed)
    side = 2 * SIDE
    ys, xs = np.mgrid[0:side, 0:side] / side
    height = 0.5 * smooth_noise(rng, side, 6)
    whirls = [(0.24, 0.26, 0.16), (0.70, 0.20, 0.12), (0.55, 0.62, 0.20), (0.15, 0.80, 0.13), (0.88, 0.83, 0.14)]
    light = np.zeros_like(height)
    for x, y, radius in whirls:
        distance = np.hypot(xs - x, ys - y)
        height += 2.5 * np.exp(-((distance / radius) ** 2))
        light += np.exp(-((distance / (0.42 * radius)) ** 2))
    dy, dx = np.gradient(height)
    flow = np.stack([-dy, dx], axis=-1)
    flow /= np.linalg.norm(flow, axis=-1, keepdims=True) + 1e-9
    night = np.array([[16, 26, 66], [24, 52, 118], [42, 96, 168], [96, 152, 196], [20, 38, 90], [146, 186, 206]], float)
    gold = np.array([[250, 214, 92], [240, 176, 52], [255, 238, 164], [226, 140, 44]], float)
    canvas = Image.new("RGB", (side, side), (20, 36, 84))
    pen = ImageDraw.Draw(canvas)
    for count, width, length in ((2600, 22, 34), (5200, 13, 30), (9000, 7, 24)):
        for _ in range(count):
            x, y = rng.uniform(0, side - 1, 2)
            bright = light[int(y), int(x)] + 0.12 * rng.normal()
            tone = height[int(y), int(x)] + 0.6 * rng.normal()
            pool = gold if bright > 0.42 or rng.random() < 0.015 else night
            color = pool[int(np.clip((tone + 1.2) / 3.4, 0, 0.999) * len(pool))] + rng.normal(0, 9, 3)
            path = [(x, y)]
            for _ in range(length):
                vx, vy = flow[int(y), int(x)]
                x, y = np.clip(x + 3 * vx, 0, side - 1), np.clip(y + 3 * vy, 0, side - 1)
                path.append((x, y))
            fill = tuple(int(c) for c in np.clip(color, 0, 255))
            pen.line(path, fill=fill, width=width, joint="curve")
    return canvas.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def glass(seed: int = 11, panes: int = 190) -> Image.Image:
    """Stained glass: Voronoi cells in saturated colours between dark lead lines."""
    rng = np.random.default_rng(seed)
    side = 2 * SIDE
    points = rng.uniform(-0.05, 1.05, (panes, 2)) * side
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    xs = xs + 9 * smooth_noise(rng, side, 14).astype(np.float32)
    ys = ys + 9 * smooth_noise(rng, side, 14).astype(np.float32)
    nearest = np.full((side, side), np.inf, np.float32)
    second = nearest.copy()
    owner = np.zeros((side, side), np.int64)
    for index, (x, y) in enumerate(points):
        distance = np.hypot(xs - x, ys - y)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        owner[closer] = index
        nearest = np.minimum(nearest, distance)
    palette = np.array(
        [[206, 44, 49], [232, 120, 38], [246, 190, 66], [38, 128, 92], [28, 92, 156], [86, 58, 142], [24, 150, 168]],
        float,
    )
    # Neighbouring panes share a leaning towards one hue, as in a window that tells something.
    hue = (points[:, 0] / side * 3 + points[:, 1] / side * 4 + rng.normal(0, 0.9, panes)) % len(palette)
    colors = palette[hue.astype(int)] * rng.uniform(0.72, 1.15, (panes, 1))
    shine = 1 + 0.16 * smooth_noise(rng, side, 40)[..., None] - 0.0016 * nearest[..., None]
    picture = colors[owner] * shine
    lead = np.clip((second - nearest) / 9, 0, 1)[..., None] ** 1.5
    picture = picture * lead + np.array([22, 20, 26]) * (1 - lead)
    whole = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return whole.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def waves(seed: int = 3) -> Image.Image:
    """Rows of concentric arcs on warm paper in three inks, after the Japanese seigaiha pattern."""
    rng = np.random.default_rng(seed)
    side = 2 * SIDE
    paper = (
        np.array([240, 228, 202]) + 7 * smooth_noise(rng, side, 160)[..., None] + 5 * rng.normal(size=(side, side, 1))
    )
    canvas = Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    inks = [(24, 58, 98), (46, 104, 140), (196, 78, 54)]
    radius = 108
    for row in range(-1, 2 * side // radius + 2):
        for column in range(-1, side // radius + 2):
            x = column * 2 * radius + (radius if row % 2 else 0) + rng.normal(0, 2)
            y = row * radius // 2 + rng.normal(0, 2)
            ink = inks[2] if rng.random() < 0.13 else inks[int(rng.random() < 0.45)]
            for ring, r in enumerate(range(radius, 8, -20)):
                fill = (240, 228, 202) if ring % 2 else ink
                wobble = rng.normal(0, 1.2)
                pen.ellipse((x - r + wobble, y - r, x + r + wobble, y + r), fill=fill)
    worn = np.asarray(canvas, float) + 9 * smooth_noise(rng, side, 90)[..., None] + 6 * rng.normal(size=(side, side, 1))
    whole = Image.fromarray(np.clip(worn, 0, 255).astype(np.uint8))
    return whole.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def style_tiles() -> None:
    """styles/ID.jpg: the pagoda in each of the learned styles, by the project's own network."""
    from facestyle import images
    from facestyle.style.fast import fast_styles, stylize_fast

    content = images.decode(FOLDER / "china.jpg")[20:372, 40:502]
    folder = FOLDER / "styles"
    folder.mkdir(exist_ok=True)
    for style in fast_styles():
        painted = Image.fromarray(stylize_fast(content, style=style.id, size=420))
        painted.resize((184, 140), Image.Resampling.LANCZOS).save(folder / f"{style.id}.jpg", quality=82, optimize=True)


def main(skimage_data: Path, sklearn_images: Path, matplotlib_data: Path) -> None:
    """Writes every sample picture beside this file."""
    collins = Image.open(skimage_data / "astronaut.png")
    hopper = Image.open(matplotlib_data / "grace_hopper.jpg")
    save(collins, "collins")
    save(altered(collins, 0.62, 4), "collins_altered")
    save(hopper, "hopper")
    save(altered(hopper, 0.6, -5), "hopper_altered")
    save(montage(collins, hopper), "montage", 900)
    for name in ("chelsea", "coffee"):
        save(Image.open(skimage_data / f"{name}.png"), name)
    for name in ("china", "flower"):
        save(Image.open(sklearn_images / f"{name}.jpg"), name)
    save(swirls(), "swirls")
    save(glass(), "glass")
    save(waves(), "waves")


if __name__ == "__main__" and sys.argv[1:] == ["--styles"]:
    style_tiles()
elif __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
