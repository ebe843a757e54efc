"""`gallery list | rename | delete | clear`; the other verbs are in `archives` and `folder`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from facestyle.cli import archives, folder
from facestyle.cli.common import add_gallery, add_json, open_gallery
from facestyle.cli.output import Output, counted, people
from facestyle.errors import InvalidRequestError
from facestyle.faces.gallery.base import SORTS
from facestyle.faces.results import Person
from facestyle.settings import Settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds `gallery` with its verbs."""
    gallery = commands.add_parser("gallery", help="list, rename or forget enrolled people; export, import, back up")
    verbs = gallery.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="everybody enrolled")
    listing.add_argument("--search", default="", metavar="TEXT", help="only names that contain this")
    listing.add_argument("--sort", choices=SORTS, default="name", help="order (default: name)")
    listing.add_argument("--limit", type=int, metavar="N", help="at most so many people")
    listing.add_argument("--offset", type=int, default=0, metavar="N", help="leave out so many at the beginning")
    rename = verbs.add_parser("rename", help="give a person another name")
    rename.add_argument("person", metavar="PERSON", help="ID or name")
    rename.add_argument("name", metavar="NEW_NAME")
    delete = verbs.add_parser("delete", help="forget a person, as when consent is withdrawn")
    delete.add_argument("person", metavar="PERSON", help="ID or name (after -- if it begins with a dash)")
    clear = verbs.add_parser("clear", help="forget everybody")
    clear.add_argument("--yes", action="store_true", help="don't ask")
    for parser, run in ((listing, _list), (rename, _rename), (delete, _delete), (clear, _clear)):
        add_gallery(parser)
        add_json(parser)
        parser.set_defaults(run=run)
    folder.add_verb(verbs)
    archives.add_verbs(verbs)


def _facts(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "embeddings": person.embeddings,
        "models": list(person.models),
        "created": person.created.isoformat(),
        "thumbnail": person.thumbnail is not None,
        "expires": None if person.expires is None else person.expires.isoformat(),
        "consent": None
        if person.consent is None
        else {"version": person.consent.version, "given": person.consent.given.isoformat()},
    }


def _list(options: argparse.Namespace, output: Output) -> None:
    with open_gallery(options, Settings()) as gallery:
        found = gallery.list(search=options.search, sort=options.sort, limit=options.limit, offset=options.offset)
        total = gallery.count(search=options.search)
    lines = [_line(person) for person in found]
    if len(found) < total:
        lines.append(f"{len(found):,} of {people(total)}; see --limit and --offset.")
    nobody = "Nobody is enrolled." if not options.search else "Nobody of that name is enrolled."
    output.answer({"people": [_facts(p) for p in found], "total": total}, "\n".join(lines) or nobody)


def _line(person: Person) -> str:
    end = "" if person.expires is None else f"\tuntil {person.expires:%Y-%m-%d}"
    embeddings = counted(person.embeddings, "embedding", "embeddings")
    return f"{person.name}\t{embeddings}\t{person.created:%Y-%m-%d %H:%M} UTC{end}\t{person.id}"


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
        if not options.yes:
            if sys.stdin is None or not sys.stdin.isatty():
                raise InvalidRequestError("Nothing was deleted: add --yes to forget everybody without being asked.")
            output.note(f"Forget {people(gallery.count())} for good? Type yes to go on.")
            if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
                raise InvalidRequestError("Nothing was deleted.")
        removed = gallery.clear()
    output.answer({"deleted": removed}, f"{people(removed)} forgotten.")
