"""`calibrate`: fits the probability of a model on labelled pairs, or holds a calibration against other pairs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json, add_models
from facestyle.cli.output import Output
from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.evaluation.calibrate import Check
    from facestyle.faces.calibration.base import Calibration, Scores

    Commands = argparse._SubParsersAction[Any]

HEADS = ("distance", "absolute", "chi_square")


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    calibrate = commands.add_parser(
        "calibrate",
        help="fit a model's probability on labelled pairs",
        description="Compares three logistic heads on labelled pairs, by cross-validation over people, and keeps one "
        "beside the model: its parameters and the pairs' distances, no picture and no embedding.",
    )
    calibrate.add_argument("--images", type=Path, required=True, metavar="DIR", help="the folder of the pictures")
    calibrate.add_argument(
        "--pairs", type=Path, required=True, metavar="FILE", help="CSV: file_x, file_y, same; or the official pairs.txt"
    )
    add_models(calibrate)
    calibrate.add_argument("--head", choices=HEADS, help="default: the one of the least cross-validated log loss")
    calibrate.add_argument("--name", metavar="TEXT", help="what the data is called (default: its folder's name)")
    calibrate.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="default: the model's place in FACESTYLE_CALIBRATION, the user's folder",
    )
    calibrate.add_argument(
        "--check",
        type=Path,
        metavar="FILE",
        help="fit nothing: score this calibration on the pairs, which it must not have seen",
    )
    calibrate.add_argument("--report", type=Path, metavar="DIR", help="write the figures and plots there")
    calibrate.add_argument("--no-cache", action="store_true", help="neither use nor keep embeddings of earlier runs")
    add_json(calibrate)
    calibrate.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import device
    from facestyle.evaluation.calibrate import calibrate, check, label, preprocessing_of
    from facestyle.evaluation.pairs import read_pairs
    from facestyle.faces.calibration import store
    from facestyle.faces.detection import load_detector
    from facestyle.faces.embedding import load_embedder

    if options.check is not None and (options.out is not None or options.head is not None):
        raise InvalidRequestError("--check fits nothing: leave out --out and --head.")
    settings = Settings()
    device.configure(settings)
    pairs = read_pairs(options.pairs, options.images)
    given = None if options.check is None else store.read(options.check)
    embedder, detector = load_embedder(options.model, settings), load_detector(options.detector, settings)
    cache = None if options.no_cache else settings.cache_dir / "evaluation.sqlite"
    data = options.name or options.images.resolve().name
    pictures = len({path for pair in pairs for path in (pair.a, pair.b)})
    with tqdm(total=pictures, unit="picture", desc="embedding") as bar:
        labelled = label(pairs, detector, embedder, data=data, cache=cache, settings=settings, on_done=bar.update)
    if given is not None:
        preprocessing = preprocessing_of(detector, embedder)
        checked = check(given, labelled, preprocessing=preprocessing, model=embedder.model)
        facts = _check_facts(given, checked)
        if options.report is not None:
            title = f"{given.model}, fitted on {given.data},\nseen on {checked.data}"
            facts["report"] = _report(
                options.report, facts, {"reliability.png": _reliability(checked.reliability, title)}
            )
        output.answer(facts, _check_words(given, checked))
        return
    found = calibrate(labelled, detector, embedder, head=options.head)
    path = options.out or settings.calibration / store.file_name(embedder.model)
    store.save(found, path)
    facts = _facts(found, path)
    if options.report is not None:
        from facestyle.evaluation.reliability_plot import rates_plot

        title = f"{found.model}, {found.head} head, people held out\n{found.data}: {len(pairs):,} pairs"
        plots = {
            "reliability.png": _reliability(found.reliability, title),
            "rates.png": rates_plot(
                found, embedder.tau, title=f"{found.model}: error rates with 95 % intervals\n{found.data}"
            ),
        }
        facts["report"] = _report(options.report, facts, plots)
    output.answer(facts, _words(found, path))


def _reliability(bins: Any, title: str) -> Any:  # noqa: ANN401 - matplotlib has no types here
    from facestyle.evaluation.reliability_plot import reliability_plot

    return reliability_plot(bins, title=title)


def _report(folder: Path, facts: dict[str, object], plots: dict[str, Any]) -> list[str]:
    from facestyle.evaluation.plots import save

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "calibration.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
        for name, figure in plots.items():
            save(figure, folder / name)
    except OSError as error:
        raise InvalidRequestError(f"The report can't be written to {folder} ({error.strerror}).") from error
    return [str(folder / name) for name in ("calibration.json", *plots)]


def _score(scores: Scores) -> dict[str, float]:
    return {"log_loss": scores.log_loss, "brier": scores.brier, "ece": scores.ece}


def _facts(found: Calibration, path: Path) -> dict[str, object]:
    return {
        "model": found.model,
        "preprocessing": found.preprocessing,
        "data": found.data,
        "same_pairs": len(found.same_distances),
        "different_pairs": len(found.different_distances),
        "left_out": found.left_out,
        "people": found.people,
        "head": found.head,
        "l2": found.l2,
        "groups": found.groups,
        "cross_validation": {name: _score(scores) for name, scores in found.scores.items()},
        "reliability": [
            {
                "said": each.said,
                "seen": each.seen,
                "low": each.low,
                "high": each.high,
                "same": each.same,
                "different": each.different,
            }
            for each in found.reliability
        ],
        "file": str(path),
    }


def _words(found: Calibration, path: Path) -> str:
    rows = [f"{'head':<12}{'log loss':>10}{'Brier':>10}{'ECE':>10}"]
    for name, scores in found.scores.items():
        mark = "  <- kept" if name == found.head else ""
        rows.append(f"{name:<12}{scores.log_loss:>10.4f}{scores.brier:>10.4f}{scores.ece:>10.4f}{mark}")
    left_out = f", {found.left_out} left out: no face found" if found.left_out else ""
    return "\n".join(
        [
            f"{found.model} on {found.data}: {len(found.same_distances):,} same and "
            f"{len(found.different_distances):,} different pairs of {found.people:,} people{left_out}",
            f"cross-validated over {found.groups} groups of people, at even odds:",
            *rows,
            f"written to {path}",
        ]
    )


def _check_facts(given: Calibration, checked: Check) -> dict[str, object]:
    return {
        "model": given.model,
        "head": given.head,
        "fitted_on": given.data,
        "data": checked.data,
        "same_pairs": checked.same,
        "different_pairs": checked.different,
        **_score(checked.scores),
    }


def _check_words(given: Calibration, checked: Check) -> str:
    scores = checked.scores
    return (
        f"{given.model}, {given.head} head fitted on {given.data}, on {checked.data}: {checked.same:,} same and "
        f"{checked.different:,} different pairs\n"
        f"at even odds: log loss {scores.log_loss:.4f}, Brier {scores.brier:.4f}, ECE {scores.ece:.4f}"
    )
