"""What the protocols share: options, the file of remembered embeddings, the progress bar."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.evaluation.verification import Rate

    Protocols = argparse._SubParsersAction[Any]


def add_run(parser: argparse.ArgumentParser) -> None:
    """`--report`, `--no-cache` and `--json`."""
    parser.add_argument("--report", type=Path, metavar="DIR", help="write figures and plots there")
    parser.add_argument("--no-cache", action="store_true", help="neither use nor keep embeddings of earlier runs")
    add_json(parser)


def cache_of(options: argparse.Namespace, settings: Settings) -> Path | None:
    """Where embeddings are remembered between runs; None with `--no-cache`."""
    return None if options.no_cache else settings.cache_dir / "evaluation.sqlite"


@contextmanager
def progress(pictures: int, what: str = "embedding") -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error with the time left."""
    from tqdm import tqdm

    with tqdm(total=pictures, unit="picture", desc=what) as bar:

        def advance(done: int) -> None:
            bar.update(done)

        yield advance


def in_words(rate: Rate | None, digits: int = 2) -> str:
    """A share with its interval."""
    if rate is None:
        return "not measurable on this data"
    return f"{rate.value:.{digits}%} (95 %: {rate.low:.{digits}%} to {rate.high:.{digits}%})"
