"""Accuracy of the embedded face networks on any labelled pairs, from raw pictures, and which pairs go wrong.

    python benchmarks/faces_accuracy.py FOLDER/pairs.csv [...]

`pairs.csv` has the columns file_x, file_y (relative to its folder) and same (1 or 0). A missed face makes its pair an
error at every threshold. `python -m facestyle evaluate lfw` runs the full protocol on the official layout.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device
from facestyle.evaluation.lfw import LfwResult, evaluate_lfw
from facestyle.evaluation.pairs import Pair
from facestyle.evaluation.verification import best_threshold
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding import DlibEmbedder
from facestyle.settings import Settings


def read(path: Path) -> tuple[Pair, ...]:
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(
            Pair(path.parent / row["file_x"], path.parent / row["file_y"], row["same"] == "1", 0)
            for row in csv.DictReader(file)
        )


def show(name: str, result: LfwResult) -> None:
    same = np.array([pair.same for pair in result.pairs])
    best = best_threshold(result.distances, same)
    accuracy = ((result.distances <= best) == same).mean()
    print(f"{name}: {len(same)} pairs ({same.sum()} same), {result.images} pictures")
    print(f"  no face found in: {', '.join(path.name for path in result.failures) or 'none'}")
    print(f"  accuracy at the best threshold of these pairs ({best:.3f}): {accuracy:.2%}")
    print(f"  accuracy at the default threshold ({result.default_tau}): {result.default_accuracy:.2%}")
    for pair, apart in zip(result.pairs, result.distances, strict=True):
        if (apart <= result.default_tau) != pair.same:
            kind = "same" if pair.same else "different"
            print(f"    wrong: {pair.a.name} and {pair.b.name} ({kind}): d = {apart:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("pairs", nargs="+", type=Path, metavar="pairs.csv")
    parser.add_argument("--detector", metavar="ID", help="face detector (default: the one on board)")
    options = parser.parse_args()
    device.configure()
    settings = Settings()
    detector, embedder = load_detector(options.detector, settings), DlibEmbedder(settings=settings)
    for path in options.pairs:
        show(path.parent.name, evaluate_lfw(read(path), detector, embedder, cache=None, settings=settings))


if __name__ == "__main__":
    main()
