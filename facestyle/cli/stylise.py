"""`style`: a photo and a painting in, a painted photo out."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.errors import InvalidRequestError
from facestyle.settings import Settings
from facestyle.style.results import INITS, OPTIMIZERS, STYLE_LAYERS, StyleRequest

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]

_BY_PICTURE = ""
"""Value of `--fast` given without a style's ID: the style is the picture STYLE."""


def add_commands(commands: Commands) -> None:
    """Adds the command; its defaults are those of `StyleRequest`."""
    default = {field: spec.default for field, spec in StyleRequest.__dataclass_fields__.items()}
    style = commands.add_parser("style", help="paint a photo in the style of a painting")
    style.add_argument("content", metavar="CONTENT", help="the photo")
    style.add_argument("style", metavar="STYLE", nargs="?", help="the painting (not needed with --fast STYLE_ID)")
    style.add_argument("-o", "--out", type=Path, required=True, help="where to write: .png, .jpg or .webp")
    style.add_argument("--alpha", type=float, default=default["alpha"], help="weight of the content (default: 1)")
    style.add_argument("--beta", type=float, default=default["beta"], help="weight of the style (default: 1)")
    style.add_argument(
        "--layer-weights",
        type=layer_weights,
        metavar="LAYER=WEIGHT,...",
        help=f"lambda of each style layer; those left out count 0 (default: 1 each of {', '.join(STYLE_LAYERS)})",
    )
    style.add_argument("--size", type=int, metavar="PX", help=f"longer side (default: {default['size']})")
    style.add_argument("--steps", type=int, default=default["steps"], metavar="N", help="evaluations of J")
    style.add_argument("--init", choices=INITS, default=default["init"], help="what the picture starts from")
    style.add_argument("--optimizer", choices=OPTIMIZERS, default=default["optimizer"])
    style.add_argument("--seed", type=int, default=default["seed"])
    style.add_argument("--backbone", default=default["backbone"], metavar="ID", help="feature network")
    style.add_argument(
        "--fast",
        nargs="?",
        const=_BY_PICTURE,
        metavar="STYLE_ID",
        help="one pass of a feed-forward network instead of an optimisation: one of its own styles by ID, or any "
        "painting as STYLE",
    )
    add_json(style)
    style.set_defaults(run=_style)


def layer_weights(text: str) -> dict[str, float]:
    """Parses `relu1_1=1,relu2_1=0.5`.

    Raises:
        argparse.ArgumentTypeError: The text has another form.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        layer, equals, value = part.strip().partition("=")
        try:
            weights[layer] = float(value)
        except ValueError:
            equals = ""
        if not equals or not layer:
            raise argparse.ArgumentTypeError(f"“{part}” is not of the form LAYER=WEIGHT")
    return weights


def _style(options: argparse.Namespace, output: Output) -> None:
    from facestyle import device

    device.configure(Settings())
    if options.fast is None:
        _optimise(options, output)
    else:
        _fast(options, output)


def _optimise(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import images
    from facestyle.style.service import stylize

    if options.style is None:
        raise InvalidRequestError("Give the painting after the photo, or --fast STYLE_ID.")
    chosen = {
        name: getattr(options, name) for name in ("alpha", "beta", "steps", "init", "optimizer", "seed", "backbone")
    }
    if options.layer_weights is not None:
        chosen["layer_weights"] = options.layer_weights
    if options.size is not None:
        chosen["size"] = options.size
    request = StyleRequest(content=images.decode_rgba(options.content), style=images.decode(options.style), **chosen)
    images.check_writable(options.out)
    frame = None
    frames = stylize(request)
    with closing(frames), tqdm(total=request.steps, unit="step", desc="painting") as bar:
        try:
            for frame in frames:
                bar.update(frame.step - bar.n)
                bar.set_postfix(J=f"{frame.losses.total:.4g}")
        except KeyboardInterrupt:
            if frame is None:
                raise
            output.note("Stopped: the picture so far is kept.")
    if frame is None:
        raise InvalidRequestError("The run gave no picture.")
    images.save(frame.image, options.out)
    height, width = frame.image.shape[:2]
    losses = {"total": frame.losses.total, "content": frame.losses.content, "style": frame.losses.style}
    facts = {
        "out": str(options.out),
        "seconds": round(frame.seconds, 3),
        "steps": frame.step,
        "size": [height, width],
        "backbone": request.backbone,
        "losses": losses,
    }
    output.answer(facts, f"{options.out}: {width} x {height}, {frame.step} steps in {frame.seconds:.1f} s")


def _fast(options: argparse.Namespace, output: Output) -> None:
    from facestyle import images
    from facestyle.style.fast import stylize_fast

    content = images.decode_rgba(options.content)
    if options.fast == _BY_PICTURE:
        if options.style is None:
            raise InvalidRequestError("Give the painting after the photo, or a style's ID after --fast.")
        style: Any = images.decode(options.style)
        backbone = "arbitrary_style"
    else:
        if options.style is not None:
            output.note("--fast STYLE_ID has its own style: the painting is not used.")
        style, backbone = options.fast, "multistyle26"
    images.check_writable(options.out)
    start = time.perf_counter()
    picture = stylize_fast(content, style=style, size=options.size)
    seconds = time.perf_counter() - start
    images.save(picture, options.out)
    height, width = picture.shape[:2]
    facts = {
        "out": str(options.out),
        "seconds": round(seconds, 3),
        "steps": 1,
        "size": [height, width],
        "backbone": backbone,
        "losses": None,
    }
    output.answer(facts, f"{options.out}: {width} x {height} in {seconds:.1f} s")
