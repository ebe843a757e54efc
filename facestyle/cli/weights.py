"""`weights list | verify`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.errors import UnknownModelError, WeightsError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds `weights` with its two verbs."""
    weights = commands.add_parser("weights", help="the pretrained networks on board")
    verbs = weights.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="every model of the catalogue")
    verify = verbs.add_parser("verify", help="check each file against its SHA-256")
    verify.add_argument("models", nargs="*", metavar="ID", help="default: all")
    for parser, run in ((listing, _list), (verify, _verify)):
        add_json(parser)
        parser.set_defaults(run=run)


def _list(options: argparse.Namespace, output: Output) -> None:
    from facestyle.weights import catalogue

    entries = catalogue().values()
    lines = [
        f"{entry.id:<16} {entry.role:<15} {entry.size / 1e6:6.1f} MB  "
        f"{'embedded' if entry.embedded else 'Hub':<9} {entry.licence}"
        for entry in entries
    ]
    facts = [
        {
            "id": entry.id,
            "title": entry.title,
            "role": entry.role,
            "bytes": entry.size,
            "embedded": bool(entry.embedded),
            "licence": entry.licence,
            "credit": entry.credit,
            "source": entry.source,
            "verified": entry.verified,
        }
        for entry in entries
    ]
    output.answer({"models": facts}, "\n".join(lines))


def _verify(options: argparse.Namespace, output: Output) -> None:
    from facestyle.weights import catalogue, resolve

    known = catalogue()
    for model_id in options.models:
        if model_id not in known:
            raise UnknownModelError(f"There is no model “{model_id}”. Known models: {', '.join(known)}.")
    failures: list[WeightsError] = []
    facts = []
    lines = []
    for model_id in options.models or known:
        try:
            files = resolve(model_id)
        except WeightsError as error:
            failures.append(error)
            continue
        facts.append({"id": model_id, "files": [path.name for path in files], "ok": True})
        lines.append(f"{model_id}: {len(files)} file(s), as the catalogue names them")
    if failures:
        raise type(failures[0])(" ".join(error.message for error in failures))
    output.answer({"models": facts}, "\n".join(lines))
