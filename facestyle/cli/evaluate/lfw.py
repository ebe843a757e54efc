"""`evaluate lfw`: verification on labelled pairs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle.cli.common import add_models
from facestyle.cli.evaluate.common import add_run, cache_of, in_words, progress
from facestyle.cli.output import Output
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.cli.evaluate.common import Protocols
    from facestyle.evaluation.lfw import LfwResult

_LISTED = 20


def add_command(protocols: Protocols) -> None:
    """Adds the protocol."""
    parser = protocols.add_parser("lfw", help="verification on Labeled Faces in the Wild, from raw pictures")
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="DIR/Name/Name_0001.jpg ... (default: the list's folder)"
    )
    parser.add_argument(
        "--pairs", type=Path, required=True, metavar="FILE", help="the official pairs.txt, or CSV: file_x, file_y, same"
    )
    add_models(parser)
    add_run(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, output: Output) -> None:
    from facestyle import device
    from facestyle.evaluation.lfw import evaluate_lfw
    from facestyle.evaluation.pairs import read_pairs
    from facestyle.evaluation.report import write_report
    from facestyle.faces.detection import load_detector
    from facestyle.faces.embedding import load_embedder

    settings = Settings()
    device.configure(settings)
    pairs = read_pairs(options.pairs, options.images)
    embedder, detector = load_embedder(options.model, settings), load_detector(options.detector, settings)
    with progress(len({path for pair in pairs for path in (pair.a, pair.b)})) as on_done:
        result = evaluate_lfw(
            pairs, detector, embedder, cache=cache_of(options, settings), settings=settings, on_done=on_done
        )
    facts = result.as_dict()
    if options.report is not None:
        facts["report"] = [str(path) for path in write_report(result, options.report)]
    output.answer(facts, "\n".join(_sentences(result)))


def _sentences(result: LfwResult) -> list[str]:
    remembered = f" ({result.remembered:,} remembered)" if result.remembered else ""
    lines = [
        f"{result.model} behind {result.detector} on {len(result.pairs):,} pairs, {result.images:,} pictures"
        f"{remembered}, {result.seconds:.0f} s",
        f"accuracy {result.accuracy.mean:.4f} ± {result.accuracy.stderr:.4f} (threshold chosen on the other folds)",
        f"AUC {result.auc:.5f}, equal error rate {result.eer:.4f}, mean threshold {result.tau:.4f}",
        f"accuracy at the model's own threshold {result.default_tau}: {result.default_accuracy:.4f}",
        *(f"TAR at FAR {far:g}: {in_words(rate)}" for far, rate in result.tars.items()),
        f"no face found in {len(result.failures):,} picture(s), each an error{':' if result.failures else ''}",
        *(f"  {path}" for path in result.failures[:_LISTED]),
    ]
    if len(result.failures) > _LISTED:
        lines.append(f"  and {len(result.failures) - _LISTED:,} more (all of them with --json)")
    return lines
