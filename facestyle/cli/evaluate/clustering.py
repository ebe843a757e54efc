"""`evaluate clustering`: purity and NMI of every method on labelled pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.settings import Settings

if TYPE_CHECKING:
    Protocols = argparse._SubParsersAction[Any]


def add_command(protocols: Protocols) -> None:
    """Adds the protocol."""
    clustering = protocols.add_parser("clustering", help="grouping faces by person, against who they are")
    clustering.add_argument("--images", type=Path, required=True, metavar="DIR", help="DIR/PERSON/PICTURE ...")
    clustering.add_argument(
        "--labels", type=Path, metavar="FILE", help="CSV: file, person (default: the folder each picture is in)"
    )
    clustering.add_argument(
        "--min-pictures", type=int, default=1, metavar="N", help="leave people with fewer pictures out (default: 1)"
    )
    clustering.add_argument("--model", metavar="ID", help="embedder (default: the embedded one)")
    clustering.add_argument("--detector", metavar="ID", help="face detector (default: the one on board)")
    clustering.add_argument("--no-cache", action="store_true", help="neither use nor keep embeddings of earlier runs")
    add_json(clustering)
    clustering.set_defaults(run=_clustering)


def _clustering(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import device
    from facestyle.evaluation.clustering import evaluate_clustering, read_labels
    from facestyle.faces.detection import load_detector
    from facestyle.faces.embedding import load_embedder

    settings = Settings()
    device.configure(settings)
    people = read_labels(options.images, options.labels, options.min_pictures)
    cache = None if options.no_cache else settings.cache_dir / "evaluation.sqlite"
    with tqdm(total=len(people), unit="picture", desc="embedding") as bar:
        result = evaluate_clustering(
            people,
            load_detector(options.detector, settings),
            load_embedder(options.model, settings),
            cache=cache,
            settings=settings,
            on_done=bar.update,
        )
    lines = [
        f"{result.model} on {result.pictures:,} pictures of {result.people:,} people; "
        f"no face found in {len(result.failures)}",
        f"{'method':26}{'groups':>7}{'alone':>7}{'purity':>8}{'NMI':>8}{'s':>7}",
    ]
    for s in result.scores:
        lines.append(f"{s.method:26}{s.groups:7}{s.not_grouped:7}{s.purity:8.3f}{s.nmi:8.3f}{s.seconds:7.2f}")
    output.answer(result.as_dict(), "\n".join(lines))
