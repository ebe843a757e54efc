"""`batch`: every photo of a folder in every one of several styles."""

from __future__ import annotations

import argparse
import hashlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json
from facestyle.cli.output import Output
from facestyle.cli.stylise import layer_weights
from facestyle.errors import InvalidRequestError, StyleError
from facestyle.settings import Settings
from facestyle.style.results import COLORS, INITS, OPTIMIZERS, StyleRequest

if TYPE_CHECKING:
    from facestyle.style.batch_work import BatchStep, BatchStyle

    Commands = argparse._SubParsersAction[Any]

_BY_PICTURE = ""
"""Value of `--fast` given without a style's ID: the styles are the pictures STYLE."""

_OPTIONS = ("alpha", "beta", "layer_weights", "steps", "init", "optimizer", "seed", "backbone", "colors")
"""Fields of `StyleRequest` that mean something to an optimisation only."""


def add_commands(commands: Commands) -> None:
    """Adds the command; its defaults are those of `StyleRequest` and `stylize_fast`."""
    default = {field: spec.default for field, spec in StyleRequest.__dataclass_fields__.items()}
    batch = commands.add_parser(
        "batch",
        help="paint all photos of a folder, each in every style",
        description="Paints all photos of a folder, each in every style. Run it again to go on after an interruption: "
        "results made from the same pictures with the same settings are kept.",
    )
    batch.add_argument("folder", metavar="DIR", type=Path, help="the photos, in all depths")
    batch.add_argument("styles", metavar="STYLE", nargs="*", help="paintings (not needed with --fast STYLE_ID)")
    batch.add_argument("-o", "--out", metavar="OUTDIR", type=Path, required=True, help="folder of the results")
    batch.add_argument("--format", choices=("png", "jpg", "webp"), default="png", help="of the results (default: png)")
    batch.add_argument(
        "--fast",
        nargs="?",
        const=_BY_PICTURE,
        metavar="STYLE_ID,...",
        help="one pass of a feed-forward network instead of an optimisation: its own styles by ID, or the paintings",
    )
    batch.add_argument("--strength", type=float, metavar="SHARE", help="with --fast: 0 to 1 (default: 1)")
    batch.add_argument("--size", type=int, metavar="PX", help=f"longer side (default: {default['size']}; fast: as is)")
    batch.add_argument("--steps", type=int, metavar="N", help=f"evaluations of J (default: {default['steps']})")
    batch.add_argument("--alpha", type=float, help="weight of the content (default: 1)")
    batch.add_argument("--beta", type=float, help="weight of the style (default: 1)")
    batch.add_argument("--layer-weights", type=layer_weights, metavar="LAYER=WEIGHT,...", help="as for `style`")
    batch.add_argument("--init", choices=INITS, help="what the pictures start from")
    batch.add_argument("--optimizer", choices=OPTIMIZERS)
    batch.add_argument("--colors", choices=COLORS, help="whose colours the results have")
    batch.add_argument("--seed", type=int)
    batch.add_argument("--backbone", metavar="ID", help="feature network")
    add_json(batch)
    batch.set_defaults(run=_batch)


def _batch(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle import device
    from facestyle.style.batch import run_batch

    settings = Settings()
    device.configure(settings)
    styles = _optimised(options, settings) if options.fast is None else _fast(options, settings)
    step: BatchStep | None = None
    stopped = False
    steps = run_batch(options.folder, styles, options.out, suffix=f".{options.format}", settings=settings)
    shape = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total_fmt} pictures [{elapsed}{postfix}]"
    with closing(steps), tqdm(desc="painting", bar_format=shape) as bar:
        try:
            for step in steps:
                bar.total = step.total
                bar.update(step.done + step.share - bar.n)
                left = "" if step.seconds_left is None else f"{_clock(step.seconds_left)} left, "
                bar.set_postfix_str(f"{left}{len(step.failed)} failed")
        except KeyboardInterrupt:
            if step is None:
                raise
            stopped = True
    if step is not None:
        _report(step, options, output, stopped=stopped)
    if stopped:
        raise KeyboardInterrupt


def _report(step: BatchStep, options: argparse.Namespace, output: Output, *, stopped: bool) -> None:
    for failure in step.failed:
        output.note(f"{failure.name}: {failure.reason}")
    if step.failed and not step.made and not step.kept and not stopped:
        first = step.failed[0]
        raise StyleError(f"None of the pictures could be painted. The first, {first.name}: {first.reason}")
    facts = {
        "out": str(options.out),
        "seconds": round(step.seconds, 3),
        "total": step.total,
        "made": [str(path) for path in step.made],
        "kept": [str(path) for path in step.kept],
        "failed": [{"name": one.name, "code": one.code, "reason": one.reason} for one in step.failed],
        "stopped": stopped,
    }
    counts = f"{len(step.made)} made, {len(step.kept)} kept, {len(step.failed)} failed"
    sentence = f"{options.out}: {counts} in {step.seconds:.1f} s"
    output.answer(facts, f"{sentence}; stopped, run it again to go on" if stopped else sentence)


def _optimised(options: argparse.Namespace, settings: Settings) -> list[BatchStyle]:
    from facestyle.style.batch_work import BatchStyle
    from facestyle.style.checks import check_request
    from facestyle.style.painters import optimising_painter

    if options.strength is not None:
        raise InvalidRequestError("--strength belongs to --fast. Leave it out, or use alpha and beta.")
    chosen = {name: getattr(options, name) for name in (*_OPTIONS, "size") if getattr(options, name) is not None}
    styles = []
    for path in options.styles:
        picture, digest = _painting(path, settings)
        request = StyleRequest(content=picture[:64, :64], style=picture, **chosen)
        check_request(request, settings)  # a slip in an option is told at once, not once a picture
        every = {name: getattr(request, name) for name in (*_OPTIONS, "size", "style_loss")}
        styles.append(
            BatchStyle(Path(path).stem, {"style": digest, **every}, optimising_painter(picture, chosen, settings))
        )
    return styles


def _fast(options: argparse.Namespace, settings: Settings) -> list[BatchStyle]:
    from facestyle.style.batch_work import BatchStyle
    from facestyle.style.fast import check_fast
    from facestyle.style.painters import fast_painter

    unused = [f"--{name.replace('_', '-')}" for name in _OPTIONS if getattr(options, name) is not None]
    if unused:
        raise InvalidRequestError(f"{', '.join(unused)}: only an optimisation has this. Leave it out, or --fast.")
    strength = 1.0 if options.strength is None else options.strength
    facts = {"size": options.size, "strength": strength}
    styles = []
    names = [name.strip() for name in options.fast.split(",") if name.strip()]
    for name in names:
        known = check_fast(name, size=options.size, strength=strength, settings=settings)
        painter = fast_painter(name, size=options.size, strength=strength, settings=settings)
        styles.append(BatchStyle(known or name, {"fast": known or name, **facts}, painter))
    for path in options.styles:
        picture, digest = _painting(path, settings)
        check_fast(picture, size=options.size, strength=strength, settings=settings)
        painter = fast_painter(picture, size=options.size, strength=strength, settings=settings)
        styles.append(BatchStyle(Path(path).stem, {"painting": digest, **facts}, painter))
    return styles


def _painting(path: str, settings: Settings) -> tuple[Any, str]:
    from facestyle import images

    picture = images.decode(path, settings=settings)
    return picture, hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
