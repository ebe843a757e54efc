"""Accuracy of the embedded face networks on labelled pairs, from raw pictures, detection and alignment included.

    python benchmarks/faces_accuracy.py FOLDER/pairs.csv [...]

`pairs.csv` has the columns file_x, file_y (relative to its folder) and same (1 or 0). A picture in which no face is
found makes its pair an error at every threshold. Of several faces the one nearest to the centre counts, as is usual
for Labeled Faces in the Wild, whose pictures are centred on their subject.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device
from facestyle.faces.detection import MtcnnDetector
from facestyle.faces.embedding import DlibEmbedder
from facestyle.faces.results import Face
from facestyle.faces.service import CERTAIN
from facestyle.images import decode


def central(faces: tuple[Face, ...], height: int, width: int) -> Face:
    """The face nearest to the picture's centre."""
    return min(
        faces,
        key=lambda face: np.hypot(
            (face.box.left + face.box.right - width) / 2, (face.box.top + face.box.bottom - height) / 2
        ),
    )


def report(pairs: Path, detector: MtcnnDetector, embedder: DlibEmbedder) -> None:
    with pairs.open(newline="", encoding="utf-8") as file:
        rows = [(row["file_x"], row["file_y"], row["same"] == "1") for row in csv.DictReader(file)]
    names = sorted({name for x, y, _ in rows for name in (x, y)})
    embeddings: dict[str, np.ndarray] = {}
    start = time.perf_counter()
    for name in names:
        image = decode(pairs.parent / name)
        faces = detector.detect(image)
        faces = tuple(face for face in faces if face.score >= CERTAIN) or faces
        if faces:
            embeddings[name] = embedder.embed(embedder.align(image, [central(faces, *image.shape[:2])]))[0]
    seconds = time.perf_counter() - start
    same = np.array([row[2] for row in rows])
    missed = np.array([x not in embeddings or y not in embeddings for x, y, _ in rows])
    apart = np.array(
        [
            np.inf if gone else float(((embeddings[x] - embeddings[y]) ** 2).sum())
            for (x, y, _), gone in zip(rows, missed, strict=True)
        ]
    )

    def accuracy(tau: float) -> float:
        return float((((apart <= tau) == same) & ~missed).mean())

    best = max(np.sort(apart[np.isfinite(apart)]), key=accuracy)
    print(f"{pairs.parent.name}: {len(rows)} pairs ({same.sum()} same), {len(names)} pictures")
    print(f"  no face found in: {', '.join(name for name in names if name not in embeddings) or 'none'}")
    print(f"  accuracy at the best threshold of these pairs ({best:.3f}): {accuracy(best):.2%}")
    print(f"  accuracy at the default threshold ({embedder.tau}): {accuracy(embedder.tau):.2%}")
    print(f"  detect + align + embed: {1000 * seconds / len(names):.0f} ms a picture")
    for (x, y, pair_same), d, gone in zip(rows, apart, missed, strict=True):
        if gone or (d <= embedder.tau) != pair_same:
            why = "no face" if gone else f"d = {d:.3f}"
            print(f"    wrong: {x} and {y} ({'same' if pair_same else 'different'}): {why}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("pairs", nargs="+", type=Path, metavar="pairs.csv")
    options = parser.parse_args()
    device.configure()
    detector, embedder = MtcnnDetector(), DlibEmbedder()
    for pairs in options.pairs:
        report(pairs, detector, embedder)


if __name__ == "__main__":
    main()
