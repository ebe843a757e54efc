"""`evaluate identification`: open-set search among enrolled people."""

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
    from facestyle.evaluation.identification import IdentificationResult


def add_command(protocols: Protocols) -> None:
    """Adds the protocol."""
    parser = protocols.add_parser(
        "identification",
        help="open-set identification: who of the enrolled people is it, if any of them",
        description="Both lists are CSV with the columns path and name. A probe whose name is not in the gallery is "
        "an unknown person. Paths start from --images or, without it, from their list's folder.",
    )
    parser.add_argument("--gallery", type=Path, required=True, metavar="CSV", help="who is enrolled: path, name")
    parser.add_argument("--probes", type=Path, required=True, metavar="CSV", help="who is looked for: path, name")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder that relative paths start from")
    add_models(parser)
    add_run(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, output: Output) -> None:
    from facestyle import device
    from facestyle.evaluation.identification import evaluate_identification
    from facestyle.evaluation.labelled import read_labelled
    from facestyle.evaluation.search_plots import write_identification
    from facestyle.faces.detection import load_detector
    from facestyle.faces.embedding import load_embedder

    settings = Settings()
    device.configure(settings)
    gallery = read_labelled(options.gallery, options.images)
    probes = read_labelled(options.probes, options.images)
    embedder, detector = load_embedder(options.model, settings), load_detector(options.detector, settings)
    with progress(len(gallery) + len(probes)) as on_done:
        result = evaluate_identification(
            gallery, probes, detector, embedder, cache=cache_of(options, settings), settings=settings, on_done=on_done
        )
    facts = result.as_dict()
    if options.report is not None:
        facts["report"] = [str(path) for path in write_identification(result, options.report)]
    output.answer(facts, "\n".join(_sentences(result)))


def _sentences(result: IdentificationResult) -> list[str]:
    lines = [
        f"{result.model} behind {result.detector}: {result.enrolled:,} pictures of {result.people:,} people enrolled; "
        f"{result.mated:,} probes of them, {result.unknown:,} of unknown people; {result.seconds:.0f} s",
        f"rank 1: {in_words(result.rank_one)}",
    ]
    if result.cmc:
        shown = [rank for rank in (5, 10, 20) if rank <= len(result.cmc)]
        lines.append("CMC: " + ", ".join(f"rank {rank} {result.cmc[rank - 1]:.2%}" for rank in shown))
    if result.far_tau is not None:
        lines += [
            f"DIR at FAR 1 % (threshold {result.far_tau:.4f}): {in_words(result.dir_at_far)}",
            f"  unknowns accepted there: {in_words(result.far_at_tau)}",
        ]
    else:
        lines.append("DIR at FAR 1 %: not measurable, that takes 300 probes of unknown people with a face or more")
    lines += [
        f"at the model's own threshold {result.default_tau}:",
        f"  identified: {in_words(result.default_dir)}",
        f"  taken for another person: {in_words(result.default_confused)}",
        f"  unknowns accepted: {in_words(result.default_accepted)}",
        f"no face found in {len(result.failures):,} picture(s)",
    ]
    return lines
