"""What a run leaves besides its picture: `--timelapse FILE`, and `--bits 16` for the picture itself."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from facestyle.cli.output import Output
from facestyle.errors import InvalidRequestError, shown

if TYPE_CHECKING:
    from facestyle.style.results import StyleFrame
    from facestyle.style.timelapse import Timelapse


def add_recording(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--timelapse", type=Path, metavar="FILE", help="film of the run: .mp4 or .gif")
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8, help="a channel; 16 needs .png (default: 8)")


def check_bits(options: argparse.Namespace) -> None:
    """Refuses before the run what could not be written after it.

    Raises:
        InvalidRequestError: 16 bits in a format that has 8.
    """
    if options.bits == 16 and options.out.suffix.lower() != ".png":
        raise InvalidRequestError(f"{shown(options.out.name)} cannot hold 16 bits. Write a .png, or leave --bits out.")


def recorded(frames: Generator[StyleFrame], options: argparse.Namespace, output: Output) -> Generator[StyleFrame]:
    """The frames, filmed where `--timelapse` was given.

    Raises:
        InvalidRequestError: The film could not be written; at once, before the run.
    """
    if options.timelapse is None:
        return frames
    from facestyle.style.timelapse import Timelapse

    return _filmed(Timelapse(options.timelapse), frames, output)


def _filmed(timelapse: Timelapse, frames: Generator[StyleFrame], output: Output) -> Generator[StyleFrame]:
    try:
        yield from timelapse.watch(frames)
    finally:
        if timelapse.failure is not None:
            output.note(f"There is no timelapse: {timelapse.failure.message}")
