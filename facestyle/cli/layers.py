"""`layers`: the nine patches of some pictures that most excite each channel of a layer, as a sheet."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output, counted
from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.explain.pictures import Pictures
    from facestyle.explain.results import PatchStep, TopPatches

    Commands = argparse._SubParsersAction[Any]

DEFAULT_LAYER, DEFAULT_CHANNELS = 3, 32
MOST_PICTURES = 1000
"""They stay in memory, some 400 kB each."""


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    layers = commands.add_parser(
        "layers",
        help="what the layers of a network see: the patches of pictures that excite each channel most",
        description="Writes a sheet of channels, each with the nine patches, of all pictures, that excite it most. A "
        "patch is exactly what a position of the layer sees.",
    )
    layers.add_argument("pictures", metavar="PHOTO", nargs="+", type=Path, help="pictures, folders, zip archives")
    layers.add_argument("--layer", type=int, default=DEFAULT_LAYER, metavar="N", help="1 to 5 (default: 3)")
    layers.add_argument(
        "--channels", metavar="0-31,40", help=f"numbers and ranges (default: the first {DEFAULT_CHANNELS})"
    )
    layers.add_argument("-o", "--out", metavar="SHEET.png", type=Path, help="where to write the sheet")
    layers.add_argument("--patch", type=int, default=48, metavar="PX", help="side of a patch on it (default: 48)")
    layers.add_argument(
        "--per-picture",
        type=int,
        metavar="N",
        help="patches that a picture may give to a channel (default: few of many)",
    )
    layers.add_argument("--backbone", metavar="ID", help="feature network (default: the one on board)")
    add_json(layers)
    layers.set_defaults(run=_layers)


def parse_channels(text: str | None) -> tuple[int, ...] | None:
    """`0-3,7` -> (0, 1, 2, 3, 7); None for None.

    Raises:
        InvalidRequestError: Anything else.
    """
    if text is None:
        return None
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or (dash and int(last) < int(first)):
            raise InvalidRequestError(
                f"“{text}” are no channels. Write numbers and ranges, such as 0-31 or 3,18,40-47."
            )
        if int(last or first) > 9999:
            raise InvalidRequestError(f"There is no channel {last or first}.")
        numbers += range(int(first), int(last or first) + 1)
    return tuple(dict.fromkeys(numbers))


def _layers(options: argparse.Namespace, output: Output) -> None:
    from facestyle import device, images
    from facestyle.explain import sheets
    from facestyle.explain.pictures import read_pictures

    settings = Settings()
    device.configure(settings)
    asked = parse_channels(options.channels)
    if not 8 <= options.patch <= 512:
        raise InvalidRequestError("--patch: a patch has 8 to 512 pixels a side.")
    if options.out is None and not options.json:
        raise InvalidRequestError("Say where to write the sheet with -o SHEET.png, or ask for --json.")
    if options.out is not None:
        images.check_writable(options.out)
    pictures = read_pictures(options.pictures, settings, most=MOST_PICTURES)
    for left in pictures.skipped:
        output.note(f"{left.name}: {left.reason}")
    step = _looked_at(options, settings, pictures)
    layer = step.found.layer(options.layer)
    channels = asked or tuple(range(min(DEFAULT_CHANNELS, layer.channels)))
    facts = [_facts(step.found, options.layer, channel, pictures.names) for channel in channels]
    if options.out is not None:
        images.save(sheets.sheet(step.found, options.layer, channels, options.patch), options.out)
    answer = {
        "out": None if options.out is None else str(options.out),
        "layer": layer.name,
        "receptive_field": layer.field.size,
        "pictures": len(pictures.names),
        "skipped": [{"picture": left.name, "code": left.code, "reason": left.reason} for left in pictures.skipped],
        "per_picture": step.found.per_picture,
        "seconds": round(step.seconds, 3),
        "channels": facts,
    }
    words = counted(len(channels), "channel", "channels")
    seen = counted(len(pictures.names), "picture", "pictures")
    output.answer(answer, f"{options.out}: {words} of {layer.name} over {seen} in {step.seconds:.1f} s")


def _looked_at(options: argparse.Namespace, settings: Settings, pictures: Pictures) -> PatchStep:
    from tqdm import tqdm

    from facestyle.explain.service import Explainer

    running = Explainer(settings).patches(
        pictures.images, numbers=[options.layer], backbone=options.backbone, per_picture=options.per_picture
    )
    with closing(running), tqdm(unit="picture", desc="looking", total=len(pictures.images)) as bar:
        step = next(running)
        for step in running:
            bar.update(step.done - bar.n)
    return step


def _facts(found: TopPatches, number: int, channel: int, names: Sequence[str]) -> dict[str, object]:
    return {
        "channel": channel,
        "patches": [
            {
                "picture": names[patch.picture],
                "activation": round(patch.activation, 4),
                # in the picture as it is looked at, its shorter side 320 pixels
                "box": [patch.left, patch.top, patch.left + patch.side, patch.top + patch.side],
                "of": list(found.pictures[patch.picture].shape[1::-1]),
            }
            for patch in found.patches(number, channel)
        ],
    }
