"""`evaluate lfw | identification | compare | clustering | detection`: where the README's figures come from."""

from __future__ import annotations

import argparse
from typing import Any

from facestyle.cli.evaluate import clustering, compare, detection, identification, lfw


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Adds `evaluate` with its protocols."""
    evaluate = commands.add_parser("evaluate", help="measure the accuracy on labelled data")
    protocols = evaluate.add_subparsers(dest="protocol", required=True, metavar="PROTOCOL")
    for module in (lfw, identification, compare, clustering, detection):
        module.add_command(protocols)
