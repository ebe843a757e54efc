"""`evaluate detection`: faces found against labelled boxes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.cli.evaluate.common import Protocols


def add_command(protocols: Protocols) -> None:
    """Adds the protocol."""
    parser = protocols.add_parser("detection", help="face detection against labelled boxes")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--boxes", type=Path, required=True, metavar="FILE", help="CSV: file, x, y, w, h[, invalid]")
    parser.add_argument("--min-height", type=float, default=20, metavar="PX", help="lower faces do not count")
    parser.add_argument("--detector", metavar="ID", help="face detector (default: the one on board)")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, output: Output) -> None:
    import time

    import numpy as np
    from tqdm import tqdm

    from facestyle import device, images
    from facestyle.evaluation.detection import read_boxes, score_detections
    from facestyle.faces.detection import load_detector

    settings = Settings()
    device.configure(settings)
    labels = read_boxes(options.boxes)
    detector = load_detector(options.detector, settings)
    found = []
    start = time.perf_counter()
    for name in tqdm(labels, unit="picture", desc="detecting"):
        faces = detector.detect(images.decode(options.images / name, settings=settings))
        boxes = np.array([face.box.as_list() for face in faces], np.float64).reshape(-1, 4)
        found.append((boxes, np.array([face.score for face in faces], np.float64)))
    seconds = time.perf_counter() - start
    result = score_detections(found, list(labels.values()), min_height=options.min_height)
    facts = {"model": detector.model, "images": len(labels), **result.as_dict(), "seconds": round(seconds, 2)}
    lines = [
        f"{detector.model} on {len(labels)} pictures with {result.faces} faces of {options.min_height:g} px or more, "
        f"{seconds:.0f} s",
        f"precision {result.precision:.3f}, recall {result.recall:.3f}, AP {result.average_precision:.3f} at IoU 0.5",
        *(f"  from {low} px: recall {recall:.3f} of {faces}" for low, faces, recall in result.recall_by_height),
    ]
    output.answer(facts, "\n".join(lines))
