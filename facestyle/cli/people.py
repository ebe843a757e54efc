"""`gallery list | rename | delete | clear`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_gallery, add_json, open_gallery
from facestyle.cli.output import Output
from facestyle.errors import InvalidRequestError
from facestyle.faces.results import Person
from facestyle.settings import Settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds `gallery` with its four verbs."""
    gallery = commands.add_parser("gallery", help="list, rename or forget enrolled people")
    verbs = gallery.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="everybody enrolled")
    rename = verbs.add_parser("rename", help="give a person another name")
    rename.add_argument("person", metavar="PERSON", help="ID or name")
    rename.add_argument("name", metavar="NEW_NAME")
    delete = verbs.add_parser("delete", help="forget a person")
    delete.add_argument("person", metavar="PERSON", help="ID or name")
    clear = verbs.add_parser("clear", help="forget everybody")
    clear.add_argument("--yes", action="store_true", help="don't ask")
    for parser, run in ((listing, _list), (rename, _rename), (delete, _delete), (clear, _clear)):
        add_gallery(parser)
        add_json(parser)
        parser.set_defaults(run=run)


def _facts(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "embeddings": person.embeddings,
        "models": list(person.models),
        "created": person.created.isoformat(),
        "thumbnail": person.thumbnail is not None,
    }


def _list(options: argparse.Namespace, output: Output) -> None:
    with open_gallery(options, Settings()) as gallery:
        people = gallery.list()
    lines = [f"{p.name}\t{p.embeddings} embedding(s)\t{p.created:%Y-%m-%d %H:%M} UTC\t{p.id}" for p in people]
    output.answer({"people": [_facts(p) for p in people]}, "\n".join(lines) or "Nobody is enrolled.")


def _rename(options: argparse.Namespace, output: Output) -> None:
    with open_gallery(options, Settings()) as gallery:
        person = gallery.rename(options.person, options.name)
    output.answer(_facts(person), f"Renamed to {person.name}.")


def _delete(options: argparse.Namespace, output: Output) -> None:
    with open_gallery(options, Settings()) as gallery:
        person = gallery.remove(options.person)
    output.answer({"deleted": _facts(person)}, f"{person.name} is forgotten.")


def _clear(options: argparse.Namespace, output: Output) -> None:
    with open_gallery(options, Settings()) as gallery:
        if not options.yes and sys.stdin is not None and sys.stdin.isatty():
            output.note(f"Forget all {len(gallery.list())} people? Type yes to go on.")
            if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
                raise InvalidRequestError("Nothing was deleted.")
        removed = gallery.clear()
    output.answer({"deleted": removed}, f"{removed} people are forgotten.")
