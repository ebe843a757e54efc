"""`evaluate lfw | detection`: where the README's accuracy comes from, from raw pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.settings import Settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds `evaluate` with its protocols."""
    evaluate = commands.add_parser("evaluate", help="measure the accuracy on labelled data")
    protocols = evaluate.add_subparsers(dest="protocol", required=True, metavar="PROTOCOL")
    lfw = protocols.add_parser("lfw", help="verification on Labeled Faces in the Wild, from raw pictures")
    lfw.add_argument("--images", type=Path, required=True, metavar="DIR", help="DIR/Name/Name_0001.jpg ...")
    lfw.add_argument("--pairs", type=Path, required=True, metavar="FILE", help="the official pairs.txt")
    lfw.add_argument("--model", metavar="ID", help="embedder (default: the embedded one)")
    lfw.add_argument("--report", type=Path, metavar="DIR", help="write figures, plots and the worst mistakes there")
    lfw.add_argument("--no-cache", action="store_true", help="neither use nor keep embeddings of earlier runs")
    add_json(lfw)
    lfw.set_defaults(run=_lfw)
    detection = protocols.add_parser("detection", help="face detection against labelled boxes")
    detection.add_argument("--images", type=Path, required=True, metavar="DIR")
    detection.add_argument("--boxes", type=Path, required=True, metavar="FILE", help="CSV: file, x, y, w, h[, invalid]")
    detection.add_argument("--min-height", type=float, default=20, metavar="PX", help="lower faces do not count")
    add_json(detection)
    detection.set_defaults(run=_detection)


def _lfw(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import device
    from facestyle.evaluation.lfw import evaluate_lfw
    from facestyle.evaluation.pairs import read_pairs
    from facestyle.evaluation.report import write_report
    from facestyle.faces.detection import MtcnnDetector
    from facestyle.faces.embedding import load_embedder

    settings = Settings()
    device.configure(settings)
    pairs = read_pairs(options.pairs, options.images)
    embedder = load_embedder(options.model, settings)
    cache = None if options.no_cache else settings.cache_dir / "evaluation.sqlite"
    pictures = len({path for pair in pairs for path in (pair.a, pair.b)})
    with tqdm(total=pictures, unit="picture", desc="embedding") as bar:
        result = evaluate_lfw(
            pairs, MtcnnDetector(settings=settings), embedder, cache=cache, settings=settings, on_done=bar.update
        )
    facts = result.as_dict()
    if options.report is not None:
        facts["report"] = [str(path) for path in write_report(result, options.report)]
    lines = [
        f"{result.model} on {len(pairs):,} pairs, {result.images:,} pictures, {result.seconds:.0f} s",
        f"accuracy {result.accuracy.mean:.4f} ± {result.accuracy.stderr:.4f} (threshold chosen on the other folds)",
        f"AUC {result.auc:.5f}, equal error rate {result.eer:.4f}, mean threshold {result.tau:.4f}",
        f"accuracy at the model's own threshold {result.default_tau}: {result.default_accuracy:.4f}",
        f"no face found in {len(result.failures)} picture(s)",
    ]
    for far, rate in result.tars.items():
        if rate is not None:
            lines.append(f"TAR at FAR {far:g}: {rate.value:.4f} (95 %: {rate.low:.4f} to {rate.high:.4f})")
    output.answer(facts, "\n".join(lines))


def _detection(options: argparse.Namespace, output: Output) -> None:
    import time

    import numpy as np
    from tqdm import tqdm

    from facestyle import device, images
    from facestyle.evaluation.detection import read_boxes, score_detections
    from facestyle.faces.detection import MtcnnDetector

    settings = Settings()
    device.configure(settings)
    labels = read_boxes(options.boxes)
    detector = MtcnnDetector(settings=settings)
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
