"""Which loss and which triplets teach a small network most about people it never saw.

    python benchmarks/learning.py FOLDER [--epochs 40] [--seeds 0 1 2] [--held-out 10] [--threads 1] [--json FILE]

FOLDER holds a folder for each person, such as the ORL faces. For each seed the people are dealt into those to learn
from and those held out. Every row has the same splits, batches, steps and network; only the loss and the choice of
triplets differ. The last rows are of the pretrained face network on the same held-out people: as it is, and with a
projection trained on top (`--no-pretrained` leaves them out).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle.learning.datasets.base import PeopleSet
from facestyle.learning.measure import figures
from facestyle.learning.results import Epoch, Figures, Mode, TrainRequest
from facestyle.learning.service import read_people
from facestyle.learning.train import Training

ROWS = (
    ("triplet", "random"),
    ("triplet", "semi-hard"),
    ("triplet", "batch-hard"),
    ("triplet", "all"),
    ("contrastive", "all"),
    ("logistic", "all"),
    ("chi-square", "all"),
)


def trained(data: PeopleSet, request: TrainRequest, mode: Mode, held_out: int) -> tuple[Epoch, Epoch, float]:
    """The first and the last frame, and the CPU seconds between them."""
    training = Training(data, request, mode=mode, held_out=held_out)
    began = time.process_time()
    frames = [frame for frame in training.run() if isinstance(frame, Epoch)]
    return frames[0], frames[-1], time.process_time() - began


def row(name: str, found: list[dict[str, float]]) -> str:
    """One line of the table: means over the seeds, and the smallest and the largest AUC."""
    means = {key: float(np.mean([each[key] for each in found])) for key in found[0]}
    auc = [each["auc"] for each in found]
    active = "–" if np.isnan(means["active"]) else f"{100 * means['active']:.2f} %"
    return (
        f"| {name} | {100 * means['accuracy']:.1f} % | {means['auc']:.3f} ({min(auc):.3f} to {max(auc):.3f}) | "
        f"{100 * means['eer']:.1f} % | {means['trained_auc']:.3f} | {active} | {means['cpu']:.0f} s |"
    )


def facts(held_out: Figures, learnt: Figures, *, active: float | None = None, cpu: float = 0.0) -> dict[str, float]:
    """What is averaged."""
    return {
        "accuracy": float("nan") if held_out.accuracy is None else held_out.accuracy,
        "auc": held_out.auc,
        "eer": held_out.eer,
        "trained_auc": learnt.auc,
        "active": float("nan") if active is None else active,
        "cpu": cpu,
    }


def as_it_is(data: PeopleSet, training: Training) -> dict[str, float]:
    """The pretrained network's own embeddings, on the same people."""
    assert data.features is not None
    score, split = training.objective.scores, training.split
    groups = [
        figures(torch.as_tensor(data.features[rows]), data.people[rows], score, seed=training.request.seed)
        for rows in (split.held_out, split.train)
    ]
    return facts(*groups)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--held-out", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-pretrained", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.environ.setdefault("FACESTYLE_MIN_FACE_SIZE", "16")  # faces of tiny pictures
    data = read_people([options.folder], mode="encoder" if options.no_pretrained else "head")
    people, pictures = len(data.names), len(data.pictures)
    print(f"{people} people, {pictures} pictures, {options.held_out} people held out, {options.epochs} epochs\n")
    print("| loss, triplets | accuracy | AUC | EER | AUC, people trained on | active at the end | CPU |")
    print("|---|---|---|---|---|---|---|", flush=True)
    results: dict[str, list[dict[str, float]]] = {}

    def done(name: str, found: list[dict[str, float]]) -> None:
        results[name] = found
        print(row(name, found), flush=True)

    untrained: list[dict[str, float]] = []
    for loss, miner in ROWS:
        runs = []
        for seed in options.seeds:
            request = TrainRequest(loss, miner, epochs=options.epochs, seed=seed)
            first, last, cpu = trained(data, request, "encoder", options.held_out)
            runs.append(facts(last.held_out, last.trained, active=last.active, cpu=cpu))
            if len(untrained) < len(options.seeds):
                untrained.append(facts(first.held_out, first.trained))
        if (loss, miner) == ROWS[0]:
            done("untrained", untrained)
        done(f"{loss}, {miner}" if loss == "triplet" else loss, runs)
    if data.features is not None:
        plain, projected = [], []
        for seed in options.seeds:
            request = TrainRequest(epochs=options.epochs, seed=seed)
            plain.append(as_it_is(data, Training(data, request, mode="head", held_out=options.held_out)))
            _, last, cpu = trained(data, request, "head", options.held_out)
            projected.append(facts(last.held_out, last.trained, active=last.active, cpu=cpu))
        done(f"pretrained, {data.features_of.split()[0]}", plain)
        done("pretrained and projected, semi-hard", projected)
    if options.json:
        options.json.write_text(json.dumps({"people": people, "pictures": pictures, "rows": results}, indent=1))


if __name__ == "__main__":
    main()
