"""`weights list | pull | verify | path`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.errors import (
    CacheUnwritableError,
    DiskFullError,
    HubOfflineError,
    HubUnreachableError,
    InvalidRequestError,
    UnknownModelError,
    WeightsDamagedError,
    WeightsError,
    WeightsMissingError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from facestyle.hub import Progress
    from facestyle.weights import ModelEntry

    Commands = argparse._SubParsersAction[Any]

_HOPELESS = (HubUnreachableError, HubOfflineError, DiskFullError, CacheUnwritableError)
"""After one of these the next model would fail in the same way."""

_LEAST_ROOM = 20
"""Columns: in a narrower terminal the lines are left to it to break."""


def add_commands(commands: Commands) -> None:
    """Adds `weights` with its verbs."""
    weights = commands.add_parser("weights", help="the pretrained networks: on board and on the Hugging Face Hub")
    verbs = weights.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="every model of the catalogue")
    pull = verbs.add_parser("pull", help="download models from the Hugging Face Hub")
    pull.add_argument("models", nargs="*", metavar="ID")
    pull.add_argument("--all", action="store_true", help="every model of the catalogue")
    verify = verbs.add_parser("verify", help="check each file against its SHA-256; downloads nothing")
    verify.add_argument("models", nargs="*", metavar="ID", help="default: all")
    path = verbs.add_parser("path", help="where a model's files are; downloads nothing")
    path.add_argument("model", metavar="ID")
    for parser, run in ((listing, _list), (pull, _pull), (verify, _verify), (path, _path)):
        add_json(parser)
        parser.set_defaults(run=run)


def _list(options: argparse.Namespace, output: Output) -> None:
    from facestyle.weights import catalogue

    facts = [_facts(entry) for entry in catalogue().values()]
    output.answer({"models": facts}, "\n".join(_table(facts, _columns())))
    if not output.json:
        output.note(_LEGEND)


_LEGEND = (
    "verified: file = the weights themselves were loaded and their outputs checked with this code; schema = only the "
    "network and the names and shapes of its tensors were."
)
_HEAD = ("ID", "ROLE", "SIZE", "WHERE", "VERIFIED", "LICENCE; AS PUBLISHED")


def _table(facts: Sequence[dict[str, Any]], columns: int | None) -> list[str]:
    """A heading and a line per model; what is too long for a terminal of so many columns goes on below its column."""
    rows = [
        (
            fact["id"],
            fact["role"],
            f"{fact['bytes'] / 1e6:.1f} MB",
            _where(fact),
            fact["verified"],
            "; ".join([fact["licence"], *_published(fact["published"])]),
        )
        for fact in facts
    ]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)][:-1]
    lines = []
    for row in (_HEAD, *rows):
        cells = [
            cell.rjust(width) if column == 2 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        begin = "  ".join(cells) + "  "
        room = None if columns is None else columns - len(begin)
        parts = [row[-1]] if room is None or room < _LEAST_ROOM else _wrapped(row[-1], room)
        lines += [begin + parts[0], *(" " * len(begin) + part for part in parts[1:])]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of a text; no line begins with a percent sign."""
    return [
        line.replace("\u00a0", " ")
        for line in textwrap.wrap(text.replace(" %", "\u00a0%"), width, break_on_hyphens=False)
    ]


def _columns() -> int | None:
    """Of the terminal; None where the output goes to a file or another program, which wants a line per model."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _facts(entry: ModelEntry) -> dict[str, Any]:
    from facestyle.weights import is_cached

    hub = entry.hub if not entry.embedded else None
    return {
        "id": entry.id,
        "title": entry.title,
        "role": entry.role,
        "bytes": entry.size,
        "embedded": bool(entry.embedded),
        "cached": is_cached(entry.id),
        "licence": entry.licence,
        "credit": entry.credit,
        "source": f"{hub.repo}@{hub.revision}" if hub else entry.source,
        "verified": entry.verified,
        "published": dict(entry.published),
    }


def _where(fact: dict[str, Any]) -> str:
    return "on board" if fact["embedded"] else "downloaded" if fact["cached"] else "not downloaded"


def _published(accuracies: dict[str, float]) -> list[str]:
    return [", ".join(f"{benchmark} {percent:g} %" for benchmark, percent in accuracies.items())] if accuracies else []


def _pull(options: argparse.Namespace, output: Output) -> None:
    # The Hub's Xet protocol can't be stopped midway and isn't needed for files of this size; the client reads this
    # variable when it is imported, which the next line does.
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    from facestyle.weights import catalogue, is_cached, resolve

    if bool(options.models) == options.all:
        raise InvalidRequestError("Name the models to download, or give --all. `weights list` shows them.")
    failures: list[WeightsError] = []
    facts, lines = [], []
    for model_id in _known(options.models or catalogue()):
        here, begin = is_cached(model_id), time.monotonic()
        received = 0

        def note(progress: Progress) -> None:
            nonlocal received
            received = progress.done_bytes

        try:
            paths = resolve(model_id, progress=note)
        except WeightsError as error:
            failures.append(error)
            if isinstance(error, _HOPELESS):
                break
            continue
        seconds = time.monotonic() - begin
        facts.append({"id": model_id, "files": [str(path) for path in paths], "bytes": received, "seconds": seconds})
        done = "was here already" if here and not received else f"{received / 1e6:,.1f} MB in {seconds:.1f} s"
        lines.append(f"{model_id}: {done}")
    if failures:
        for line in lines:
            output.note(line)
        raise _joined(failures)
    output.answer({"models": facts}, "\n".join(lines))


def _verify(options: argparse.Namespace, output: Output) -> None:
    from facestyle.weights import catalogue

    failures: list[WeightsError] = []
    facts, lines = [], []
    for model_id in _known(options.models or catalogue()):
        try:
            fact, line = _verified(model_id)
        except WeightsError as error:
            failures.append(error)
            continue
        facts.append(fact)
        lines.append(line)
    if failures:
        raise _joined(failures)
    output.answer({"models": facts}, "\n".join(lines))


def _verified(model_id: str) -> tuple[dict[str, Any], str]:
    """What is to say about a model whose files are sound, or are still on the Hub; WeightsError about others."""
    from facestyle.weights import entry, inspect, keys_match

    on_hub = not entry(model_id).embedded
    states = inspect(model_id)
    damaged = [str(state.path) for state in states if state.state == "damaged"]
    if damaged:
        advice = f"Download it anew: `weights pull {model_id}`." if on_hub else "Restore it from the repository."
        raise WeightsDamagedError(f"{', '.join(damaged)}: the SHA-256 is not as recorded. {advice}")
    if any(state.path is None for state in states):
        if on_hub:
            return {"id": model_id, "files": [], "ok": None}, f"{model_id}: not downloaded"
        raise WeightsMissingError(f"A file of “{model_id}” is missing. Restore it from the repository.")
    if keys_match(model_id) is False:
        raise WeightsDamagedError(f"“{model_id}” holds other tensors than the catalogue records. Do not use it.")
    names = [state.path.name for state in states if state.path]
    line = f"{model_id}: {len(names)} file(s), as the catalogue names them"
    for name, state in zip(names, states, strict=True):
        if not state.pinned:
            line += f"\n    {name}: as recorded when it was downloaded, sha256 {state.sha256}"
    return {"id": model_id, "files": names, "ok": True, "sha256": [state.sha256 for state in states]}, line


def _path(options: argparse.Namespace, output: Output) -> None:
    from facestyle.weights import inspect

    (model_id,) = _known([options.model])
    paths = [str(state.path) for state in inspect(model_id) if state.path is not None]
    if not paths:
        raise WeightsMissingError(f"“{model_id}” is not downloaded. Run `python -m facestyle weights pull {model_id}`.")
    output.answer({"id": model_id, "files": paths}, "\n".join(paths))


def _known(models: Iterable[str]) -> list[str]:
    """The same IDs, all checked before anything is done with the first."""
    from facestyle.weights import catalogue

    known = catalogue()
    wanted = list(dict.fromkeys(models))
    for model_id in wanted:
        if model_id not in known:
            raise UnknownModelError(f"There is no model “{model_id}”. Known models: {', '.join(known)}.")
    return wanted


def _joined(failures: list[WeightsError]) -> WeightsError:
    return type(failures[0])(" ".join(error.message for error in failures))
