"""`train`: a network of one's own, from folders of pictures of people."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_json, add_models, face_service
from facestyle.cli.output import Output, people
from facestyle.errors import InvalidRequestError
from facestyle.learning.results import LOSSES, MARGINS, MINER_NAMES, MODES, Epoch, Figures, TrainRequest

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]

_DEFAULT: dict[str, Any] = {name: spec.default for name, spec in TrainRequest.__dataclass_fields__.items()}


def add_commands(commands: Commands) -> None:
    """Adds the command; its defaults are those of `TrainRequest`."""
    train = commands.add_parser("train", help="train a small face network on people's pictures")
    train.add_argument("folders", nargs="+", metavar="DIR", help="a folder (or zip) with a folder for each person")
    train.add_argument("--loss", choices=LOSSES, default=_DEFAULT["loss"], help="default: triplet")
    train.add_argument(
        "--miner", choices=MINER_NAMES, default=_DEFAULT["miner"], help="which triplets count (default: semi-hard)"
    )
    margins = ", ".join(f"{MARGINS[loss]:g} for {loss}" for loss in ("triplet", "contrastive"))
    train.add_argument("--margin", type=float, metavar="A", help=f"default: {margins}")
    train.add_argument("--epochs", type=int, default=_DEFAULT["epochs"], metavar="N", help="default: %(default)s")
    train.add_argument("--seed", type=int, default=_DEFAULT["seed"], metavar="N", help="default: %(default)s")
    train.add_argument(
        "--mode",
        choices=MODES,
        default="encoder",
        help="a convolutional network from scratch, or a projection head on the pretrained network's frozen embeddings "
        "(default: encoder)",
    )
    train.add_argument(
        "--held-out", type=int, metavar="N", help="people to measure on, never to learn from (default: a quarter)"
    )
    train.add_argument("-o", "--out", type=Path, metavar="FILE.safetensors", help="where to write the network")
    add_models(train)
    add_json(train)
    train.set_defaults(run=_train)


def _train(options: argparse.Namespace, output: Output) -> None:
    request = TrainRequest(
        options.loss, options.miner, margin=options.margin, epochs=options.epochs, seed=options.seed
    ).checked()
    _check_place(options.out)
    if options.held_out is not None and options.held_out < 1:
        raise InvalidRequestError("--held-out takes the number of people to measure on, at least 4.")
    from tqdm import tqdm

    from facestyle.learning.service import Training, read_people, save_encoder

    options.gallery = "memory"
    with face_service(options) as faces, tqdm(unit="picture", desc="reading") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        data = read_people(options.folders, mode=options.mode, faces=faces, settings=faces.settings, progress=progress)
    for skipped in data.skipped:
        output.note(f"left out: {skipped.name}: {skipped.reason}")
    training = Training(data, request, mode=options.mode, held_out=options.held_out)
    output.note(
        f"{people(len(data.names))}, {len(data.pictures):,} pictures; {len(training.split.held_out_people)} people are "
        "held out"
    )
    first: Epoch | None = None
    try:
        with closing(training.run()) as frames, tqdm(total=training.steps, unit="step", desc="training") as bar:
            for frame in frames:
                if isinstance(frame, Epoch):
                    first = first or frame
                    bar.set_postfix(held_out_AUC=f"{frame.held_out.auc:.3f}")
                else:
                    bar.update(frame.step - bar.n)
    except KeyboardInterrupt:
        if training.last is None or not training.last.step:
            raise
        output.note("Stopped: the network is kept as it is now.")
    last = training.last
    if first is None or last is None:
        raise RuntimeError("the training gave no frame")
    if options.out is not None:
        save_encoder(training, options.out)
    facts = {
        "out": None if options.out is None else str(options.out),
        "mode": options.mode,
        "request": request.as_dict(),
        "people": len(data.names),
        "pictures": len(data.pictures),
        "held_out_people": [data.names[person] for person in training.split.held_out_people],
        "skipped": [{"picture": item.name, "code": item.code, "message": item.reason} for item in data.skipped],
        "epochs": last.epoch,
        "seconds": round(last.seconds, 3),
        "loss": last.loss,
        "active": last.active,
        "before": first.held_out.as_dict(),
        "held_out": last.held_out.as_dict(),
        "trained": last.trained.as_dict(),
    }
    output.answer(facts, "\n".join(_sentences(first, last, options.out)))


def _check_place(out: Path | None) -> None:
    """A place that can't be written is said before minutes of training, not after."""
    if out is None:
        return
    if out.suffix != ".safetensors":
        raise InvalidRequestError(f"A network is written as safetensors: give {out.name or 'the file'} that ending.")
    if not out.parent.is_dir():
        raise InvalidRequestError(f"There is no folder {out.parent} to write the network to.")


def _sentences(first: Epoch, last: Epoch, out: Path | None) -> list[str]:
    lines = [
        f"{last.epoch} epochs in {last.seconds:.1f} s",
        f"people never seen, before: {_words(first.held_out)}",
        f"people never seen, after:  {_words(last.held_out)}",
        f"people trained on:         {_words(last.trained)}",
    ]
    return lines if out is None else [*lines, f"written to {out}"]


def _words(found: Figures) -> str:
    accuracy = "" if found.accuracy is None else f", accuracy {100 * found.accuracy:.1f} %"
    return f"AUC {found.auc:.3f}, equal error rate {100 * found.eer:.1f} %{accuracy}"
