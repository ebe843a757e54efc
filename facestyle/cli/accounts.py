"""`accounts list | add | remove`: who may sign in where a gallery is shared."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.errors import AccountsError, InvalidRequestError
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.accounts import Account, Accounts

    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds `accounts` with its verbs."""
    accounts = commands.add_parser("accounts", help="who may sign in where the gallery is shared")
    verbs = accounts.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="everybody who may sign in")
    adding = verbs.add_parser("add", help="make an account, or give it another password and role")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--admin", action="store_true", help="may enrol, rename, delete, import and export")
    adding.add_argument(
        "--password-file", type=Path, metavar="FILE", help="its first line is the password (default: it is asked for)"
    )
    removing = verbs.add_parser("remove", help="take an account away, at once")
    removing.add_argument("name", metavar="NAME")
    for parser, run in ((listing, _list), (adding, _add), (removing, _remove)):
        parser.add_argument("--file", type=Path, metavar="FILE", help="the accounts (default: FACESTYLE_ACCOUNTS)")
        add_json(parser)
        parser.set_defaults(run=run)


def _accounts(options: argparse.Namespace) -> Accounts:
    from facestyle.accounts import Accounts

    path = options.file or Settings().accounts
    if path is None:
        raise InvalidRequestError("There is no file of accounts: name one with --file or FACESTYLE_ACCOUNTS.")
    return Accounts(path)


def _facts(account: Account) -> dict[str, object]:
    return {"name": account.name, "admin": account.admin}


def _list(options: argparse.Namespace, output: Output) -> None:
    found = _accounts(options).list()
    lines = [f"{account.name}\t{'administrator' if account.admin else 'may look'}" for account in found]
    output.answer({"accounts": [_facts(account) for account in found]}, "\n".join(lines) or "There is no account.")


def _add(options: argparse.Namespace, output: Output) -> None:
    accounts = _accounts(options)
    account = accounts.put(options.name, _password(options), admin=options.admin)
    role = "as an administrator" if account.admin else "to look, not to change"
    output.answer(_facts(account), f"{account.name} may sign in {role}. The accounts are in {accounts.path}.")


def _remove(options: argparse.Namespace, output: Output) -> None:
    account = _accounts(options).remove(options.name)
    output.answer({"removed": _facts(account)}, f"{account.name} may no longer sign in.")


def _password(options: argparse.Namespace) -> str:
    """From the file that the options name, else from the keyboard; never none."""
    if options.password_file is not None:
        try:
            lines = options.password_file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise AccountsError(f"The password cannot be read from {options.password_file}.") from error
        return str(lines[0]) if lines else ""
    if sys.stdin is None or not sys.stdin.isatty():
        raise AccountsError("A password is needed: name a file with --password-file.")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != typed:
        raise AccountsError("The two passwords differ. Nothing was changed.")
    return typed
