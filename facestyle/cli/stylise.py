"""`style`: a photo and a painting in, a painted photo out."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.cli.portrait import Portrait, add_keep_faces, likeness_line
from facestyle.cli.recording import add_recording, check_bits, recorded
from facestyle.errors import ImageNotFoundError, InvalidRequestError, shown
from facestyle.settings import Settings
from facestyle.style.results import (
    COLORS,
    CONTENT_LAYERS,
    INITS,
    OPTIMIZERS,
    POOLINGS,
    STYLE_LAYERS,
    STYLE_LOSSES,
    Style,
    StyleRequest,
)

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]

_BY_PICTURE = ""
"""Value of `--fast` given without a style's ID: the style is the picture STYLE."""

_DEFAULT: dict[str, Any] = {name: spec.default for name, spec in StyleRequest.__dataclass_fields__.items()}
_PLAIN = (
    *("alpha", "beta", "size", "steps", "init", "optimizer", "seed", "backbone", "colors", "style_loss"),
    *("content_layer", "pooling", "smoothness"),
)
"""Options that are fields of `StyleRequest`."""

_SETTLED: dict[str, Any] = {
    **{name: _DEFAULT[name] for name in _PLAIN},
    "layer_weights": None,
    "scale": 1.0,
    "keep_faces": None,
}
"""Options that the settings in a picture may fill in, and their defaults."""

_OPTIMISED = (
    *("colors", "style_loss", "scale", "region", "also", "mask", "settings"),
    *("content_layer", "pooling", "smoothness", "keep_faces"),
)
"""Options that only the optimisation has."""


def add_commands(commands: Commands) -> None:
    """Adds the command; its defaults are those of `StyleRequest`."""
    style = commands.add_parser("style", help="paint a photo in the style of a painting")
    style.add_argument("content", metavar="CONTENT", help="the photo")
    style.add_argument("style", metavar="STYLE", nargs="?", help="the painting (not needed with --fast STYLE_ID)")
    style.add_argument(
        "-o", "--out", type=Path, help="where to write: .png, .jpg or .webp (not needed with --forecast)"
    )
    style.add_argument(
        "--forecast", action="store_true", help="only say how long it would take and how much memory, and stop"
    )
    style.add_argument("--alpha", type=float, help="weight of the content (default: 1)")
    style.add_argument("--beta", type=float, help="weight of the style (default: 1)")
    style.add_argument(
        "--layer-weights",
        type=layer_weights,
        metavar="LAYER=WEIGHT,...",
        help=f"lambda of each style layer; those left out count 0 (default: 1 each of {', '.join(STYLE_LAYERS)})",
    )
    style.add_argument("--size", type=int, metavar="PX", help=f"longer side (default: {_DEFAULT['size']})")
    style.add_argument("--steps", type=int, metavar="N", help=f"evaluations of J (default: {_DEFAULT['steps']})")
    style.add_argument("--init", choices=INITS, help="what the picture starts from")
    style.add_argument("--optimizer", choices=OPTIMIZERS, help="default: lbfgs")
    style.add_argument("--seed", type=int, help="of the noise (default: 0)")
    style.add_argument("--backbone", metavar="ID", help="feature network")
    style.add_argument(
        "--settings",
        type=Path,
        metavar="FROM.png",
        help="take the settings out of a PNG painted by this program; options given beside it come first",
    )
    _add_control(style)
    style.add_argument(
        "--fast",
        nargs="?",
        const=_BY_PICTURE,
        metavar="STYLE_ID",
        help="one pass of a feed-forward network instead of an optimisation: one of its own styles by ID, or any "
        "painting as STYLE",
    )
    add_fast_mix(style)
    add_recording(style)
    add_json(style)
    style.set_defaults(run=_style)


def _add_control(style: argparse.ArgumentParser) -> None:
    group = style.add_argument_group("colours, strokes, several paintings, masks")
    group.add_argument("--colors", choices=COLORS, help="whose colours (default: style)")
    group.add_argument("--style-loss", choices=STYLE_LOSSES, help="what is compared (default: gram)")
    group.add_argument(
        "--content-layer", choices=CONTENT_LAYERS, help=f"where content is compared ({_DEFAULT['content_layer']})"
    )
    group.add_argument("--pooling", choices=POOLINGS, help="how the network's blocks are pooled (default: average)")
    group.add_argument("--smoothness", type=float, metavar="W", help="weight of the total variation (default: 0)")
    add_keep_faces(group)
    group.add_argument("--scale", type=float, metavar="S", help="size of the strokes, 0.25 to 4")
    group.add_argument("--region", metavar="MASK", help="paint only where this picture is white")
    group.add_argument(
        "--also",
        action="append",
        default=[],
        type=weighted,
        metavar="PAINTING[=WEIGHT]",
        help="mix in another painting; STYLE has weight 1, and only the ratios count (may be repeated)",
    )
    group.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="MASK",
        help="use STYLE only where this picture is white; given again, the next painting of --also",
    )


def add_fast_mix(parser: argparse.ArgumentParser) -> None:
    """`--fast-mix OTHER=SHARE`."""
    parser.add_argument(
        "--fast-mix",
        type=lambda text: weighted(text, 0.5),
        metavar="OTHER[=SHARE]",
        help="with --fast: between that style and this other one (an ID, or a painting where the style is one); SHARE "
        "from 0 to 1 (default: 0.5)",
    )


def mixed(style: Any, other: tuple[str, float] | None) -> Any:  # noqa: ANN401
    """The fast style, an ID or a painting, or its mix with the one of `--fast-mix`, path or ID and share."""
    from facestyle import images
    from facestyle.style.fast import FastMix

    if other is None:
        return style
    name, share = other
    return FastMix(style, name if isinstance(style, str) else images.decode(name), share)


def weighted(text: str, default: float = 1.0) -> tuple[str, float]:
    """Parses `PAINTING[=WEIGHT]`; what follows the last = is a weight only if it is a number.

    Returns:
        Path and weight.
    """
    path, equals, value = text.rpartition("=")
    if path and equals:
        try:
            return path, float(value)
        except ValueError:
            pass
    return text, default


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
    if options.out is None and not options.forecast:
        raise InvalidRequestError("Say where to write the picture: -o OUT.png.")
    if options.forecast and options.fast is not None:
        raise InvalidRequestError("--forecast is about the optimisation; --fast takes a second. Leave out one of them.")
    if options.out is not None:
        check_bits(options)
    if options.fast is None:
        _optimise(options, output)
    else:
        _fast(options, output)


def _optimise(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import images
    from facestyle.style.checks import MIN_SIZE
    from facestyle.style.forecast import forecast_run
    from facestyle.style.recipe import KEYWORD, recipe_of
    from facestyle.style.service import stylize

    if options.style is None:
        raise InvalidRequestError("Give the painting after the photo, or --fast STYLE_ID.")
    if options.fast_mix is not None:
        raise InvalidRequestError("--fast-mix belongs to --fast. Leave it out, or mix paintings with --also.")
    _settle(options)
    chosen = {name: getattr(options, name) for name in _PLAIN}
    if options.region is not None:
        chosen["region"] = images.decode_mask(options.region)
    if options.layer_weights is not None:
        chosen["layer_weights"] = options.layer_weights
    request = StyleRequest(content=images.decode_rgba(options.content), style=_styles(options), **chosen)
    if options.forecast:
        _forecast(request, output)
        return
    portrait = Portrait(options.keep_faces)
    request = portrait.keep(request, output)
    images.check_writable(options.out)
    expected = forecast_run(request)
    expected.memory.check(MIN_SIZE)
    output.note(f"{expected.as_text()[0].upper()}{expected.as_text()[1:]}.")
    frame = None
    frames = recorded(stylize(request, deep=options.bits == 16), options, output)
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
    text = {KEYWORD: recipe_of(request, steps=frame.step).as_text()}
    images.save(frame.image if frame.deep is None else frame.deep, options.out, text=text)
    height, width = frame.image.shape[:2]
    losses = {"total": frame.losses.total, "content": frame.losses.content, "style": frame.losses.style}
    likenesses = portrait.measure(frame.image)
    facts = {
        "out": str(options.out),
        "seconds": round(frame.seconds, 3),
        "steps": frame.step,
        "size": [height, width],
        "backbone": request.backbone,
        "losses": losses,
        "faces": [found.as_dict() for found in likenesses],
    }
    said = [f"{options.out}: {width} x {height}, {frame.step} steps in {frame.seconds:.1f} s"]
    output.answer(facts, "\n".join([*said, *map(likeness_line, likenesses)]))


def _forecast(request: StyleRequest, output: Output) -> None:
    from facestyle.style.forecast import duration, forecast_run
    from facestyle.style.memory import as_text

    found = forecast_run(request)
    height, width = found.memory.size
    facts = {
        "size": [height, width],
        "seconds": round(found.seconds, 1),
        "bytes": found.memory.need,
        "limit_bytes": found.memory.limit,
        "fits": found.fits,
        "fitting_size": found.memory.fitting_size,
        "tile": found.memory.tiling.side,
        "smaller": [
            {"size": each.size, "seconds": round(each.seconds, 1), "bytes": each.need} for each in found.smaller
        ],
    }
    lines = [f"{width} x {height}, {request.steps} steps: {found.as_text()}"]
    if not found.fits:
        lines[0] += f", but {as_text(found.memory.limit or 0)} may be used"
    lines += [f"  size {each.size}: about {duration(each.seconds)}, {as_text(each.need)}" for each in found.smaller]
    output.answer(facts, "\n".join(lines))


def _settle(options: argparse.Namespace) -> None:
    """Fills in what was not given: from the picture of `--settings`, or the defaults."""
    from facestyle.style.recipe import read_recipe

    found: dict[str, Any] = {}
    if options.settings is not None:
        try:
            recipe = read_recipe(options.settings.read_bytes())
        except OSError as error:
            raise ImageNotFoundError(f"There is no file {shown(options.settings)} to take settings from.") from error
        found = {name: getattr(recipe, name) for name in _SETTLED if hasattr(recipe, name)}
        found |= {"layer_weights": dict(recipe.layer_weights), "scale": recipe.scales[0]}
        if recipe.emphasis_weight > 1:
            found["keep_faces"] = recipe.emphasis_weight
    for name, plain in _SETTLED.items():
        if getattr(options, name) is None:
            setattr(options, name, found.get(name, plain))


def _styles(options: argparse.Namespace) -> tuple[Style, ...]:
    from facestyle import images

    given = [(options.style, 1.0), *options.also]
    if len(options.mask) > len(given):
        raise InvalidRequestError("There are more --mask than paintings. Give one for each, in their order.")
    masks = [images.decode_mask(mask) for mask in options.mask]
    return tuple(
        Style(images.decode(path), weight, options.scale, masks[number] if number < len(masks) else None)
        for number, (path, weight) in enumerate(given)
    )


def _fast(options: argparse.Namespace, output: Output) -> None:
    from facestyle import images
    from facestyle.style.fast import find_style, stylize_fast, stylize_fast_deep

    if any(getattr(options, name) for name in _OPTIMISED):
        named = ", ".join(f"--{name.replace('_', '-')}" for name in _OPTIMISED)
        raise InvalidRequestError(f"--fast paints with one style as it is. Leave out {named}, or --fast.")
    content = images.decode_rgba(options.content)
    if options.fast == _BY_PICTURE:
        if options.style is None:
            raise InvalidRequestError("Give the painting after the photo, or a style's ID after --fast.")
        style: Any = images.decode(options.style)
        backbone = "arbitrary_style"
    else:
        if options.style is not None:
            output.note("--fast STYLE_ID has its own style: the painting is not used.")
        style = options.fast
        backbone = find_style(style).model
    images.check_writable(options.out)
    start = time.perf_counter()
    paint = stylize_fast if options.bits == 8 else stylize_fast_deep
    picture = paint(content, style=mixed(style, options.fast_mix), size=options.size)
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
