"""Where a command's answer goes: sentences for people, or one JSON object for programs."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from facestyle.errors import FacestyleError


def counted(count: int, one: str, many: str) -> str:
    """A number and what it counts: `1 person`, `2 people`."""
    return f"{count:,} {one if count == 1 else many}"


def people(count: int) -> str:
    """So many people."""
    return counted(count, "person", "people")


@dataclass(frozen=True)
class Output:
    """Standard output and standard error of one command.

    Attributes:
        json: Whether the answer is printed as one JSON object instead of sentences.
    """

    json: bool

    def answer(self, facts: Mapping[str, object], sentences: str) -> None:
        """Prints the answer in the form that was asked for."""
        print(jsonlib.dumps(facts, ensure_ascii=False) if self.json else sentences)

    def refuse(self, error: FacestyleError) -> None:
        """Prints why nothing was done."""
        if self.json:
            print(jsonlib.dumps({"error": error.as_dict()}, ensure_ascii=False))
        else:
            print(error.message, file=sys.stderr)

    def note(self, sentence: str) -> None:
        """Says something on standard error, so that standard output stays the answer alone."""
        print(sentence, file=sys.stderr)
