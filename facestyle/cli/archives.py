"""`gallery export | import | backup | restore | migrate`: whole galleries, from one place to another."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_gallery, add_json, open_gallery
from facestyle.cli.output import Output, people
from facestyle.errors import ArchiveError, InvalidRequestError, PassphraseError
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.faces.gallery.base import Gallery, Record
    from facestyle.faces.gallery.sqlite import SqliteGallery

    Verbs = argparse._SubParsersAction[Any]

_COPIED_AT_ONCE = 1000


def add_verbs(verbs: Verbs) -> None:
    """Adds the five verbs to `gallery`."""
    export = verbs.add_parser("export", help="write everybody to one file")
    export.add_argument("file", type=Path, metavar="FILE", help="a new file; *.csv: names and times only")
    export.add_argument("--encrypt", action="store_true", help="with a passphrase: see --passphrase-file")
    importing = verbs.add_parser("import", help="add everybody of an exported gallery")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--model", metavar="ID", help="refuse embeddings of other models than this one")
    for parser in (export, importing):
        parser.add_argument(
            "--passphrase-file",
            type=Path,
            metavar="FILE",
            help="its first line is the passphrase (default: FACESTYLE_GALLERY_PASSPHRASE, else it is asked for)",
        )
    backup = verbs.add_parser("backup", help="copy the gallery's file while it is in use")
    backup.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a new file (default: beside the gallery)")
    restore = verbs.add_parser("restore", help="put a backup in the place of the gallery's file")
    restore.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the newest that is whole")
    migrate = verbs.add_parser("migrate", help="bring the gallery's file to this version, or copy it elsewhere")
    migrate.add_argument("--to", metavar="PLACE", help="copy everybody there: a file or milvus://host:19530")
    runs = (_export, _import, _backup, _restore, _migrate)
    for parser, run in zip((export, importing, backup, restore, migrate), runs, strict=True):
        add_gallery(parser)
        add_json(parser)
        parser.set_defaults(run=run)


def _export(options: argparse.Namespace, output: Output) -> None:
    from facestyle.faces.gallery.archive import export_gallery, write_new
    from facestyle.faces.gallery.table import people_csv

    settings = Settings()
    as_table = options.file.suffix.lower() == ".csv"
    encrypted = options.encrypt or options.passphrase_file is not None
    if as_table and encrypted:
        raise InvalidRequestError("A table of names and times cannot be encrypted: name another file than *.csv.")
    with open_gallery(options, settings) as gallery:
        if as_table:
            write_new(options.file, people_csv(gallery).encode("utf-8-sig"))  # the mark tells spreadsheets the encoding
        else:
            passphrase = _passphrase(options, settings, twice=True) if encrypted else None
            export_gallery(gallery, options.file, passphrase=passphrase)
        count = gallery.count()
    if not as_table and not encrypted:
        output.note("The file is not encrypted: whoever has it can recognise these people. See --encrypt.")
    facts = {"file": str(options.file), "people": count, "encrypted": encrypted}
    output.answer(facts, f"{people(count)} in {options.file}.")


def _import(options: argparse.Namespace, output: Output) -> None:
    from facestyle import weights
    from facestyle.faces.gallery.archive import import_gallery
    from facestyle.faces.gallery.sealing import MAGIC

    settings = Settings()
    known = [entry.id for entry in weights.catalogue(settings).values() if entry.role == "embedder"]
    try:
        with options.file.open("rb") as file:
            sealed = file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise ArchiveError(f"The archive {options.file} cannot be read ({error.strerror}): check the path.") from error
    asked = sealed or options.passphrase_file is not None
    passphrase = _passphrase(options, settings, twice=False) if asked else None
    models = known if options.model is None else [options.model]
    with open_gallery(options, settings) as gallery:
        came = import_gallery(gallery, options.file, passphrase=passphrase, models=models)
        total = gallery.count()
    output.answer({"imported": len(came), "people": total}, f"{people(len(came))} came in; {people(total)} in all.")


def _passphrase(options: argparse.Namespace, settings: Settings, *, twice: bool) -> str:
    """From the file that the options name, else from the settings, else from the keyboard; never none."""
    if options.passphrase_file is not None:
        try:
            lines = options.passphrase_file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise PassphraseError(f"The passphrase cannot be read from {options.passphrase_file}.") from error
        if not lines or not lines[0]:
            raise PassphraseError(f"The first line of {options.passphrase_file} is empty: write the passphrase there.")
        return str(lines[0])
    if settings.gallery_passphrase is not None:
        return settings.gallery_passphrase.get_secret_value()
    if sys.stdin is None or not sys.stdin.isatty():
        raise PassphraseError("A passphrase is needed: name a file with --passphrase-file.")
    typed = getpass.getpass("Passphrase: ")
    if twice and getpass.getpass("Again: ") != typed:
        raise PassphraseError("The two passphrases differ. Nothing was written.")
    return typed


def _on_file(gallery: Gallery) -> SqliteGallery:
    from facestyle.faces.gallery.sqlite import SqliteGallery

    if not isinstance(gallery, SqliteGallery):
        raise InvalidRequestError("Only a gallery in a file is backed up here; back up a server with its own tools.")
    return gallery


def _backup(options: argparse.Namespace, output: Output) -> None:
    with open_gallery(options, Settings()) as gallery:
        copy = _on_file(gallery).backup(options.file)
    output.answer({"backup": str(copy)}, f"The gallery was copied to {copy}.")


def _restore(options: argparse.Namespace, output: Output) -> None:
    from facestyle.faces.gallery.opening import sqlite_path
    from facestyle.faces.gallery.sqlite import restore

    path = sqlite_path(options.gallery or Settings().gallery)
    if path is None or path.endswith(".db"):
        raise InvalidRequestError("Only a gallery in a file is restored here; restore a server with its own tools.")
    backup, aside = restore(path, options.file)
    kept = "" if aside is None else f" What was there is now {aside}; it goes with the next person who is removed."
    facts = {"restored": str(backup), "replaced": None if aside is None else str(aside)}
    output.answer(facts, f"{backup} is back in place.{kept}")


def _migrate(options: argparse.Namespace, output: Output) -> None:
    from facestyle.faces.gallery.opening import open_gallery as opened
    from facestyle.faces.gallery.sqlite import SqliteGallery

    settings = Settings()
    with open_gallery(options, settings) as gallery:
        found = gallery.migrated if isinstance(gallery, SqliteGallery) else None
        facts: dict[str, object] = {"from_version": found}
        said = (
            "The gallery is of this version already."
            if found is None
            else f"The gallery was brought from version {found} to this one; a backup is beside it."
        )
        if options.to is not None:
            if options.to == (options.gallery or settings.gallery):
                raise InvalidRequestError("A gallery cannot be copied onto itself: name another place.")
            with opened(settings, uri=options.to) as target:
                facts["copied"] = copied = _copy(gallery, target)
            said = f"{people(copied)} copied to {options.to}, and still in the old place as well."
    output.answer(facts, said)


def _copy(source: Gallery, target: Gallery) -> int:
    copied = 0
    waiting: list[Record] = []
    for record in source.records():
        waiting.append(record)
        if len(waiting) == _COPIED_AT_ONCE:
            copied += len(target.upsert(waiting))
            waiting.clear()
    return copied + len(target.upsert(waiting))
