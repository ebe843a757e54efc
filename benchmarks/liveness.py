"""How many live faces the passive liveness check takes for fakes, and what it says to known fakes.

    python benchmarks/liveness.py --live DIR [--live DIR ...] [--fake PICTURE ...] [--weights V2.pth V1SE.pth]

Counts the largest face of each picture; every picture below a `--live` folder must show a real person. Without
`--weights` (the authors' own files) the networks come from the catalogue.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device
from facestyle.evaluation.verification import wilson
from facestyle.faces.base import Detector
from facestyle.faces.detection import load_detector
from facestyle.faces.liveness import Liveness, LivenessChecker, MiniFasLiveness
from facestyle.images import decode


def answers(paths: Iterable[Path], detector: Detector, checker: LivenessChecker) -> dict[Path, Liveness]:
    """By picture; one without a face is left out."""
    found = {}
    for path in paths:
        image = decode(path)
        if faces := detector.detect(image):
            found[path] = checker.check(image, max(faces, key=lambda face: face.box.width * face.box.height))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--live", action="append", type=Path, required=True, metavar="DIR")
    parser.add_argument("--fake", nargs="*", type=Path, default=[], metavar="PICTURE")
    parser.add_argument("--weights", nargs=2, type=Path, metavar="FILE", help="the authors' .pth files")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th picture (default: all)")
    options = parser.parse_args()
    device.configure()
    checker = (
        MiniFasLiveness.from_checkpoints(*options.weights) if options.weights else MiniFasLiveness.from_catalogue()
    )
    detector = load_detector()
    for folder in options.live:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
        found = answers(paths[:: options.every], detector, checker).values()
        checked = [answer for answer in found if answer.checked]
        if not checked:
            print(f"{folder.name}: no face could be checked")
            continue
        rate = wilson(sum(not answer.live for answer in checked), len(checked))
        print(
            f"{folder.name}: {rate.value:.1%} of {len(checked)} live faces taken for fakes "
            f"(95 %: {rate.low:.1%} to {rate.high:.1%}); {len(found) - len(checked)} not checked"
        )
    for path, answer in answers(options.fake, detector, checker).items():
        print(f"{path.name}: {answer.reason or f'score {answer.score:.3f} of 1'}")


if __name__ == "__main__":
    main()
