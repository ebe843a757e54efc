"""`evaluate compare`: several models on the same pairs, and whether their difference is more than luck."""

from __future__ import annotations

import argparse
import dataclasses
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle.cli.evaluate.common import add_run, cache_of, progress
from facestyle.cli.output import Output
from facestyle.errors import FacestyleError, InvalidRequestError
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.cli.evaluate.common import Protocols
    from facestyle.evaluation.comparison_report import Contender
    from facestyle.evaluation.pairs import Pair


def add_command(protocols: Protocols) -> None:
    """Adds the protocol."""
    parser = protocols.add_parser(
        "compare",
        help="several models on the same pairs, with tests of significance",
        description="Every --model behind every --detector. The first that can be loaded is the reference that the "
        "others are tested against; one that can't be is listed with the reason.",
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="as for lfw (default: the list's folder)")
    parser.add_argument("--pairs", type=Path, required=True, metavar="FILE", help="as for lfw")
    parser.add_argument(
        "--model", action="append", metavar="ID", help="embedder; give it several times (default: the one on board)"
    )
    parser.add_argument(
        "--detector", action="append", metavar="ID", help="face detector; several times (default: the one on board)"
    )
    parser.add_argument(
        "--crops",
        action="append",
        type=int,
        choices=(1, 2, 4),
        help="crops of a face that the embedded embedder averages; several times (default: FACESTYLE_CROPS)",
    )
    add_run(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, output: Output) -> None:
    from facestyle import device
    from facestyle.evaluation.comparison import compare
    from facestyle.evaluation.comparison_report import as_text, write_comparison
    from facestyle.evaluation.pairs import read_pairs

    settings = Settings()
    device.configure(settings)
    pairs = read_pairs(options.pairs, options.images)
    combinations = dict.fromkeys(product(options.model or [None], options.detector or [None], options.crops or [None]))
    contenders = [
        _measure(pairs, model=model, detector_id=detector, crops=crops, options=options, settings=settings)
        for model, detector, crops in combinations
    ]
    measured = [item.result for item in contenders if item.result is not None]
    if not measured:
        reasons = " ".join(str(item.refusal) for item in contenders)
        raise InvalidRequestError(f"None of these models could be loaded. {reasons}")
    differences = iter((None, *compare(measured[0], measured[1:])))
    contenders = [
        item if item.result is None else dataclasses.replace(item, difference=next(differences)) for item in contenders
    ]
    facts: dict[str, object] = {"pairs": len(pairs), "models": [item.as_dict() for item in contenders]}
    if options.report is not None:
        title = f"{options.pairs.name}, {len(pairs):,} pairs"
        facts["report"] = [str(path) for path in write_comparison(contenders, options.report, title=title)]
    output.answer(facts, as_text(contenders))


def _measure(
    pairs: tuple[Pair, ...],
    *,
    model: str | None,
    detector_id: str | None,
    crops: int | None,
    options: argparse.Namespace,
    settings: Settings,
) -> Contender:
    from facestyle.evaluation.comparison_report import Contender
    from facestyle.evaluation.lfw import evaluate_lfw
    from facestyle.faces.detection import load_detector
    from facestyle.faces.detection.loading import DEFAULT as DETECTOR
    from facestyle.faces.embedding import DEFAULT, load_embedder

    name = f"{model or DEFAULT} behind {detector_id or DETECTOR}"
    if crops is not None:
        name += f", {crops} crop{'s' if crops > 1 else ''}"
        settings = settings.model_copy(update={"crops": crops})
    try:
        embedder, detector = load_embedder(model, settings), load_detector(detector_id, settings)
    except FacestyleError as error:
        return Contender(name, refusal=error)
    with progress(len({path for pair in pairs for path in (pair.a, pair.b)}), name) as on_done:
        result = evaluate_lfw(
            pairs, detector, embedder, cache=cache_of(options, settings), settings=settings, on_done=on_done
        )
    return Contender(name, result)
