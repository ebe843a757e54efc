"""`video`: a clip and a painting in, a painted clip out."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.cli.stylise import add_fast_mix, mixed
from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.style.video.service import VideoResult

    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds the command; its defaults are those of `stylize_video`."""
    video = commands.add_parser(
        "video", help="paint a clip in the style of a painting, without flicker, with its sound"
    )
    video.add_argument("clip", metavar="CLIP", type=Path, help="MP4, MOV, WebM, MKV, AVI, MPEG or GIF")
    video.add_argument("style", metavar="STYLE", nargs="?", help="the painting (not needed with --fast STYLE_ID)")
    video.add_argument("-o", "--out", metavar="OUT.mp4", type=Path, required=True, help="where to write")
    video.add_argument("--fast", metavar="STYLE_ID", help="one of the trained styles instead of a painting")
    add_fast_mix(video)
    video.add_argument("--size", type=int, metavar="PX", help="longer side (default: the clip's, at most 512)")
    video.add_argument("--strength", type=float, default=1.0, metavar="SHARE", help="0 (the clip) to 1 (default: 1)")
    video.add_argument("--no-consistency", action="store_true", help="each frame on its own; it will flicker")
    add_json(video)
    video.set_defaults(run=_video)


def _video(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import device, images
    from facestyle.style.video.service import stylize_video

    settings = Settings()
    device.configure(settings)
    if (options.style is None) == (options.fast is None):
        raise InvalidRequestError("Give one style: a painting after the clip, or --fast STYLE_ID.")
    result: VideoResult | None = None
    steps = stylize_video(
        options.clip,
        options.out,
        style=mixed(
            images.decode(options.style, settings=settings) if options.fast is None else options.fast, options.fast_mix
        ),
        size=options.size,
        strength=options.strength,
        consistent=not options.no_consistency,
        settings=settings,
    )
    with closing(steps), tqdm(unit="frame", desc="painting") as bar:
        for step in steps:
            bar.total = step.frames
            bar.update(step.frame - bar.n)
            result = step.result
    if result is None:
        raise InvalidRequestError("The clip gave no picture.")
    height, width = result.size
    facts = {
        "out": str(result.path),
        "frames": result.frames,
        "size": [height, width],
        "rate": round(result.rate, 3),
        "sound": result.sound,
        "seconds": round(result.seconds, 3),
        "flicker": result.flicker,
        "flicker_alone": result.flicker_alone,
    }
    sentence = f"{result.path}: {result.frames} frames of {width} x {height} in {result.seconds:.1f} s"
    if result.flicker is not None and result.flicker_alone:
        sentence += f", flicker {result.flicker / result.flicker_alone:.0%} of that frame by frame"
    output.answer(facts, sentence)
