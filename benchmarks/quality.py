"""Where the quality limits come from: false alarms on good pictures, and what each degradation does to an embedding.

    python benchmarks/quality.py FOLDER [FOLDER ...] [--pairs FOLDER/pairs.csv] [--sample 40]

The first table counts how often each reason is given on the folders' pictures as they are (largest face of each). The
second degrades a sample of their faces and shows the squared distance to the undegraded face beside the share that is
flagged. With `--pairs` (columns file_x, file_y, same), the third shows distances of same pairs by the larger yaw.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device, images
from facestyle.faces.detection import MtcnnDetector
from facestyle.faces.embedding import DlibEmbedder
from facestyle.faces.quality import FaceQuality
from facestyle.faces.quality.size import eye_distance
from facestyle.faces.results import RGB, Box, Face
from facestyle.faces.similarity import distance

SUFFIXES = {".jpg", ".jpeg", ".png", ".pgm", ".webp"}
CERTAIN = 0.9
EYES = 60.0
"""Larger faces of the sample are reduced to this first: it saves time, and no embedder here sees more."""


def largest(detector: MtcnnDetector, picture: RGB) -> Face | None:
    faces = [face for face in detector.detect(picture) if face.score >= CERTAIN]
    return max(faces, key=lambda face: face.box.area, default=None)


def scaled(picture: RGB, face: Face, factor: float) -> tuple[RGB, Face]:
    height, width = picture.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    x, y = size[0] / width, size[1] / height
    box = Box(face.box.left * x, face.box.top * y, face.box.right * x, face.box.bottom * y)
    return small, Face(box, face.score, tuple((px * x, py * y) for px, py in face.landmarks))


def degraded(picture: RGB, face: Face, rng: np.random.Generator) -> Iterator[tuple[str, RGB, Face]]:
    """The same face with one fault each; blur is in shares of the eyes' distance, light as a gain on stored values."""
    eyes = eye_distance(face)
    for share in (0.03, 0.06, 0.09, 0.12):
        blurred = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(share * eyes)))
        yield f"blur, sigma {share:.2f} of the eyes' distance", blurred, face
        if share == 0.09:
            yield "  the same with noise of 10 levels", _noisy(blurred, 10, rng), face
    for share in (0.1, 0.2, 0.3, 0.4):
        length = max(2, round(share * eyes))
        rows = np.cumsum(np.pad(picture.astype(float), ((0, 0), (length, 0), (0, 0)), mode="edge"), axis=1)
        moved = (rows[:, length:] - rows[:, :-length]) / length
        yield f"motion over {share:.1f} of the eyes' distance", moved.round().astype(np.uint8), face
    yield "noise of 15 levels", _noisy(picture, 15, rng), face
    for pixels in (8, 11, 14, 18, 24):
        if pixels < eyes:
            yield (f"{pixels} pixels between the eyes", *scaled(picture, face, pixels / eyes))
    for gain in (0.04, 0.07, 0.12, 0.2, 0.4, 1.5, 2.0, 3.0, 4.0):
        yield f"light x {gain}", _noisy(picture * gain, 1.5, rng), face
    for share in (0.1, 0.2, 0.3, 0.4):
        bottom = round(face.box.bottom - share * face.box.height)
        yield f"chin cut off, {share:.0%} of the box", picture[:bottom], face
        left = max(0, round(face.box.left + share * face.box.width))
        box = Box(face.box.left - left, face.box.top, face.box.right - left, face.box.bottom)
        moved_points = tuple((x - left, y) for x, y in face.landmarks)
        yield f"side cut off, {share:.0%} of the box", picture[:, left:], Face(box, face.score, moved_points)


def _noisy(picture: np.ndarray, sigma: float, rng: np.random.Generator) -> RGB:
    noisy: RGB = np.clip(np.round(picture + rng.normal(0, sigma, picture.shape)), 0, 255).astype(np.uint8)
    return noisy


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--sample", type=int, default=40)
    options = parser.parse_args()
    device.configure()
    detector, embedder, quality = MtcnnDetector(), DlibEmbedder(), FaceQuality()
    found: list[tuple[Path, Face]] = []
    for folder in options.folders:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        counts: Counter[str] = Counter()
        faces = 0
        for path in paths:
            picture = images.decode(path)
            face = largest(detector, picture)
            if face is None:
                continue
            faces += 1
            judged = quality.check(picture, face)
            counts.update(judged.as_list() or ["good"])
            if judged.good:
                found.append((path, face))
        print(f"{folder.name}: {faces} faces in {len(paths)} pictures; {dict(counts)}", flush=True)

    rng = np.random.default_rng(0)
    apart: dict[str, list[float]] = {}
    flagged: dict[str, Counter[str]] = {}
    for index in rng.permutation(len(found))[: options.sample]:
        path, face = found[index]
        picture = images.decode(path)
        if (eyes := eye_distance(face)) > EYES:
            picture, face = scaled(picture, face, EYES / eyes)
        variants = [("as it is", picture, face), *degraded(picture, face, rng)]
        chips = np.concatenate([embedder.align(image, [where]) for _, image, where in variants])
        embeddings = embedder.embed(chips)
        for (name, image, where), embedding in zip(variants, embeddings, strict=True):
            apart.setdefault(name, []).append(distance(embeddings[0], embedding, embedder.metric))
            flagged.setdefault(name, Counter()).update(quality.check(image, where).as_list())
    print(f"\n{'degradation':46} {'d 5 %':>7} {'median':>7} {'95 %':>7}  flagged")
    for name, values in apart.items():
        low, middle, high = np.percentile(values, [5, 50, 95])
        shares = ", ".join(f"{reason} {count / len(values):.0%}" for reason, count in flagged[name].items())
        print(f"{name:46} {low:7.3f} {middle:7.3f} {high:7.3f}  {shares or '-'}")

    if options.pairs is not None:
        by_yaw(options.pairs, detector, embedder, quality)


def by_yaw(pairs: Path, detector: MtcnnDetector, embedder: DlibEmbedder, quality: FaceQuality) -> None:
    with pairs.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["same"] == "1"]
    yaws, distances = [], []
    for row in rows:
        pictures = [images.decode(pairs.parent / row[key]) for key in ("file_x", "file_y")]
        faces = [largest(detector, picture) for picture in pictures]
        if None in faces:
            continue
        sure = [face for face in faces if face is not None]
        chips = [embedder.align(picture, [face]) for picture, face in zip(pictures, sure, strict=True)]
        distances.append(distance(*embedder.embed(np.concatenate(chips)), embedder.metric))
        yaws.append(max(abs(quality.check(p, f).yaw) for p, f in zip(pictures, sure, strict=True)))
    yaw, apart = np.array(yaws), np.array(distances)
    print("\nlarger yaw of the pair    pairs  median d   refused at the default threshold")
    edges = (0, 15, 30, 45, 90)
    for low, high in pairwise(edges):
        here = apart[(yaw >= low) & (yaw < high)]
        if len(here):
            refused = (here > embedder.tau).mean()
            print(f"{low:3} to {high:2} degrees {len(here):14}   {np.median(here):7.3f}   {refused:.1%}")


if __name__ == "__main__":
    main()
