"""The command line: the same services as the app, from a terminal.

With `--json` exactly one JSON object goes to standard output; progress bars and notes go to standard error. A refusal
(bad picture, unknown person, damaged weights ...) ends with status 2 and `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pydantic import ValidationError

from facestyle import __version__, files
from facestyle.cli import (
    accounts,
    batch,
    calibrate,
    cluster,
    evaluate,
    faces,
    layers,
    live,
    people,
    stylise,
    train,
    video,
    weights,
)
from facestyle.cli.output import Output
from facestyle.errors import FacestyleError, InvalidRequestError, shown
from facestyle.settings import complaint

REFUSED = 2
INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are refusals like any other, so that `--json` covers them."""

    def error(self, message: str) -> NoReturn:
        raise InvalidRequestError(f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.")


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = _Parser(prog="facestyle", description="Face verification and neural style transfer.")
    parser.add_argument("--version", action="version", version=f"facestyle {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (
        *(faces, cluster, live, people, accounts),
        *(stylise, batch, video, layers),
        *(evaluate, calibrate, train, weights),
    ):
        module.add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Without the program's name; default: the process's own.

    Returns:
        0; 2 for a refusal; 130 when interrupted, by Ctrl-C or by SIGTERM.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    output = Output(json="--json" in arguments)
    try:
        options = build_parser().parse_args(arguments)
        options.run(options, output)
        sys.stdout.flush()
    except FacestyleError as error:
        output.refuse(error)
        return REFUSED
    except ValidationError as error:  # an environment variable of ours
        output.refuse(InvalidRequestError(complaint(error)))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has read enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = "A file" if error.filename is None else shown(error.filename)
        reason = error.strerror or type(error).__name__
        refusal = InvalidRequestError(f"{place} cannot be read or written ({reason}). Choose another, or make room.")
        output.refuse(files.named(error) or refusal)
        return REFUSED
    return 0
