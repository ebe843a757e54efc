"""Which crops of a face are worth averaging: the embedded network on shifted, scaled, turned and mirrored chips.

    python benchmarks/embedding_crops.py DIR

A few hundred pairs saturate: at 99 % right a whole percent is six pairs of 600. So (1) all pairs that the pictures
allow are compared (the people of LFW's first fold: 900 same and 320,000 different pairs; every other picture of ORL:
400 and 20,000; the celebrities: their 300 listed pairs), and (2) the measures are smooth ones: d' (the distance between
both means in standard deviations), the area beyond the ROC, and Cllr, the cost in bits of a calibrated log-likelihood
ratio (Bruemmer and du Preez 2006, "Application-independent evaluation of speaker detection"), besides the true accept
rate at fixed false accept rates. Differences to the mean of chip and mirror image carry 95 % intervals from bootstrap
samples of *people*, the same for every recipe, since pairs that share a person are not independent.

Embeddings of all crops are kept in the file given by --cache: the second run takes seconds.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import device, images
from facestyle.evaluation.measure import central_face
from facestyle.faces.alignment import align_faces
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding.dlib import _TEMPLATE
from facestyle.models.dlib_resnet import DlibFaceResNet
from facestyle.models.zoo import load_model
from facestyle.settings import Settings

Floats = npt.NDArray[np.float64]

SIZE = DlibFaceResNet.SIZE
RANDOM = 8
"""How many crops are drawn as in dlib's own averaging over jittered copies."""


def crops() -> dict[str, tuple[float, float, float, float]]:
    """Name -> scale of the face in the chip, degrees of rotation, and shift in x and y as fractions of the chip."""
    chosen = {
        "plain": (1.0, 0.0, 0.0, 0.0),
        **{f"scale{scale}": (scale, 0.0, 0.0, 0.0) for scale in (0.9, 0.95, 1.05, 1.1)},
        **{f"turn{degrees:+}": (1.0, float(degrees), 0.0, 0.0) for degrees in (-5, -3, 3, 5)},
        **{f"x{sign}2": (1.0, 0.0, float(f"{sign}.02"), 0.0) for sign in "+-"},
        **{f"y{sign}2": (1.0, 0.0, 0.0, float(f"{sign}.02")) for sign in "+-"},
    }
    generator = np.random.default_rng(0)
    for index in range(RANDOM):
        # dlib's random_cropper as its example of face recognition sets it up: up to 3 % smaller, 3 degrees, 2 % aside
        chosen[f"random{index}"] = (
            float(generator.uniform(0.97, 1)),
            float(generator.uniform(-3, 3)),
            float(generator.uniform(-0.02, 0.02)),
            float(generator.uniform(-0.02, 0.02)),
        )
    return chosen


def moved(scale: float, degrees: float, x: float, y: float) -> Floats:
    """The template, scaled and turned about the chip's centre, then shifted."""
    turn = scale * np.exp(1j * np.radians(degrees))
    points = (_TEMPLATE[:, 0] + 1j * _TEMPLATE[:, 1] - SIZE / 2 * (1 + 1j)) * turn
    points += SIZE * ((0.5 + x) + 1j * (0.5 + y))
    return np.stack([points.real, points.imag], 1)


@dataclass(frozen=True)
class Data:
    """Pictures with their embeddings (picture, crop, chip or mirror image, 128), people and pairs."""

    name: str
    embeddings: Floats
    person: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]


def embed(paths: Iterable[Path]) -> tuple[Floats, list[bool]]:
    """Embeds every crop of the central face of each picture, and its mirror image; and which pictures have a face."""
    import torch
    from tqdm import tqdm

    settings = Settings()
    detector, network = load_detector(settings=settings), load_model("dlib_resnet", settings=settings)
    templates = [moved(*recipe) for recipe in crops().values()]
    rows, found = [], []
    for path in tqdm(list(paths), unit="picture"):
        image = images.decode(path, settings=settings)
        face = central_face(detector.detect(image), image)
        found.append(face is not None)
        if face is None:
            continue
        chips = np.concatenate([align_faces(image, [face], template, SIZE) for template in templates])
        with torch.inference_mode():
            batch = torch.from_numpy(chips).permute(0, 3, 1, 2).float()
            both = network(torch.cat([batch, batch.flip(3)])).reshape(2, len(templates), -1)
        rows.append(both.permute(1, 0, 2).numpy())
    return np.stack(rows).astype(np.float64), found


def load(folder: Path, kind: str, cache: Path) -> Data:
    """One data set with its embeddings, computed or remembered."""
    listed: list[tuple[str, str, bool]] = []
    if kind == "celebrities":
        with (folder / "pairs.csv").open(newline="", encoding="utf-8") as file:
            listed = [(row["file_x"], row["file_y"], row["same"] == "1") for row in csv.DictReader(file)]
        names = sorted({name for a, b, _ in listed for name in (a, b)})
        people = {name: name for name in names}
        for a, b, same in listed:  # same person, transitively
            if same:
                old, new = people[b], people[a]
                people = {name: new if who == old else who for name, who in people.items()}
    else:
        suffix = {"lfw_dev": "*.jpg", "orl": "*.pgm"}[kind]
        names = sorted(str(path.relative_to(folder)) for path in folder.glob(f"*/{suffix}"))
        if kind == "orl":  # ten near-copies of each person: every other one says as much in half the time
            names = [name for name in names if int(Path(name).stem) % 2]
        people = {name: str(Path(name).parent) for name in names}
    stored = cache.with_name(f"{cache.stem}-{kind}.npz")
    if not stored.is_file():
        embeddings, found = embed(folder / name for name in names)
        np.savez(stored, embeddings=embeddings.astype(np.float32), found=np.array(found))
    with np.load(stored) as file:
        embeddings, found = file["embeddings"].astype(np.float64), file["found"]
    if not found.all():
        print(f"{kind}: no face in {[name for name, ok in zip(names, found, strict=True) if not ok]}")
    names = [name for name, ok in zip(names, found, strict=True) if ok]
    numbers = {who: number for number, who in enumerate(sorted({people[name] for name in names}))}
    person = np.array([numbers[people[name]] for name in names])
    if listed:
        place = {name: index for index, name in enumerate(names)}
        kept = [(place[a], place[b]) for a, b, _ in listed if a in place and b in place]
        first, second = np.array(kept).T
    else:
        first, second = np.array(list(itertools.combinations(range(len(names)), 2))).T
    return Data(kind, embeddings, person, first, second, person[first] == person[second])


def distances(data: Data, vectors: Floats) -> Floats:
    """Squared distances of the data's pairs, vectors (picture, 128)."""
    gram = vectors @ vectors.T
    norms = np.diag(gram)
    return np.asarray(norms[data.first] + norms[data.second] - 2 * gram[data.first, data.second])


Recipe = Callable[[Data], Floats]


def mean_of(*parts: str, unit: bool = False, mirror: bool = True) -> Recipe:
    """Distances between the means of the embeddings of these crops, each with its mirror image or without."""

    def apply(data: Data) -> Floats:
        order = list(crops())
        chosen = data.embeddings[:, [order.index(part) for part in parts]]
        chosen = chosen.mean(2) if mirror else chosen[:, :, 0]
        if unit:
            chosen = chosen / np.linalg.norm(chosen, axis=-1, keepdims=True)
        vectors = chosen.mean(1)
        if unit:
            vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
        return distances(data, vectors)

    return apply


def alternating(straight: str, mirrored: str, *more: tuple[str, int]) -> Recipe:
    """Mean of one crop as it is and of another one mirrored, and of further (crop, mirrored or not)."""

    def apply(data: Data) -> Floats:
        order = list(crops())
        chosen = [(straight, 0), (mirrored, 1), *more]
        return distances(data, np.mean([data.embeddings[:, order.index(name), side] for name, side in chosen], 0))

    return apply


def mean_of_distances(*parts: str) -> Recipe:
    """The mean over the distances of all combinations of crops: averaged after comparing instead of before."""

    def apply(data: Data) -> Floats:
        order = list(crops())
        chosen = data.embeddings[:, [order.index(part) for part in parts]].reshape(len(data.person), -1, 128)
        # E||a-b||^2 over all combinations = ||mean a - mean b||^2 + var a + var b
        spread = chosen.var(1).sum(1)
        return np.asarray(distances(data, chosen.mean(1)) + spread[data.first] + spread[data.second])

    return apply


RECIPES: dict[str, tuple[int, Recipe]] = {
    "mirror (reference)": (2, mean_of("plain")),
    "plain": (1, mean_of("plain", mirror=False)),
    "mirror, unit length": (2, mean_of("plain", unit=True)),
    "mirror, distances averaged": (2, mean_of_distances("plain")),
    **{f"mirror of {name} alone": (2, mean_of(name)) for name in ("scale0.9", "scale0.95", "scale1.05", "scale1.1")},
    **{f"mirror of {name} alone": (2, mean_of(name)) for name in ("y+2", "y-2")},
    "turn+3, mirrored turn+3": (2, alternating("turn+3", "turn+3")),
    "turn+3, mirrored turn-3": (2, alternating("turn+3", "turn-3")),
    "scale0.95, mirrored scale1.05": (2, alternating("scale0.95", "scale1.05")),
    "scale1.05, mirrored plain": (2, alternating("scale1.05", "plain")),
    "scale0.95, mirrored plain": (2, alternating("scale0.95", "plain")),
    "plain, mirror, scale0.95, mirrored scale1.05": (
        4,
        alternating("plain", "plain", ("scale0.95", 0), ("scale1.05", 1)),
    ),
    "mirror x scale 0.95, 1.05": (4, mean_of("scale0.95", "scale1.05")),
    "mirror x scale 0.9, 1.1": (4, mean_of("scale0.9", "scale1.1")),
    "mirror x scale 0.9, 1": (4, mean_of("scale0.9", "plain")),
    "mirror x scale 1, 1.1": (4, mean_of("plain", "scale1.1")),
    "plain, mirrored scale1.1": (2, alternating("plain", "scale1.1")),
    "x+2, mirrored x-2": (2, alternating("x+2", "x-2")),
    "mirror x scale 0.95, 1.1": (4, mean_of("scale0.95", "scale1.1")),
    "mirror x scale 1.05, 1.1": (4, mean_of("scale1.05", "scale1.1")),
    "mirror x scale 1, 1.1, unit length": (4, mean_of("plain", "scale1.1", unit=True)),
    "mirror x x+2, scale 1.1": (4, mean_of("x+2", "scale1.1")),
    "mirror x turn 3": (4, mean_of("turn-3", "turn+3")),
    "mirror x turn 5": (4, mean_of("turn-5", "turn+5")),
    "mirror x shift x 2 %": (4, mean_of("x+2", "x-2")),
    "mirror x shift y 2 %": (4, mean_of("y+2", "y-2")),
    "mirror x scale 0.95, 1, 1.05": (6, mean_of("scale0.95", "plain", "scale1.05")),
    "mirror x scale 0.9, 1, 1.1": (6, mean_of("scale0.9", "plain", "scale1.1")),
    "mirror x turn 3, scale 0.95, 1.05": (8, mean_of("turn-3", "turn+3", "scale0.95", "scale1.05")),
    "mirror x all": (26, mean_of(*[name for name in crops() if not name.startswith("random")])),
    "mirror x 8 random as dlib": (16, mean_of(*[f"random{index}" for index in range(RANDOM)])),
}
"""Name -> crops that the network sees per face, and distances of a data set's pairs."""


def auc(distance: Floats, same: npt.NDArray[np.bool_], weight: Floats) -> float:
    """Weighted area under the ROC (distances of real embeddings have no ties to speak of)."""
    order = np.argsort(distance)
    hits, false = (weight * same)[order], (weight * ~same)[order]
    return float((np.cumsum(hits) * false).sum() / (hits.sum() * false.sum()))


def d_prime(distance: Floats, same: npt.NDArray[np.bool_], weight: Floats) -> float:
    """Distance of the means over the root mean square of both standard deviations."""
    means, variances = [], []
    for kind in (same, ~same):
        mean = np.average(distance[kind], weights=weight[kind])
        means.append(mean)
        variances.append(np.average((distance[kind] - mean) ** 2, weights=weight[kind]))
    return float((means[1] - means[0]) / np.sqrt(np.mean(variances)))


def log_likelihood_ratios(distance: Floats, same: npt.NDArray[np.bool_]) -> Floats:
    """Logistic calibration on the distance and its square root, both classes weighted alike."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    x = np.stack([distance, np.sqrt(np.maximum(distance, 0))], 1)
    x = (x - x.mean(0)) / x.std(0)
    return np.asarray(LogisticRegression(C=1e4, class_weight="balanced").fit(x, same).decision_function(x))


def cllr(ratio: Floats, same: npt.NDArray[np.bool_], weight: Floats) -> float:
    """Mean cost in bits: 0 is perfect, 1 says nothing."""
    cost = np.logaddexp(0, np.where(same, -ratio, ratio)) / np.log(2)
    return float(sum(np.average(cost[kind], weights=weight[kind]) for kind in (same, ~same)) / 2)


def tar(distance: Floats, same: npt.NDArray[np.bool_], weight: Floats, far: float) -> float:
    """Weighted true accept rate at the threshold of this false accept rate."""
    order = np.argsort(distance)
    false = np.cumsum((weight * ~same)[order])
    hits = np.cumsum((weight * same)[order])
    return float(hits[np.searchsorted(false, far * false[-1], side="right") - 1] / hits[-1])


def measure(distance: Floats, ratio: Floats, same: npt.NDArray[np.bool_], weight: Floats) -> list[float]:
    return [
        d_prime(distance, same, weight),
        1e4 * (1 - auc(distance, same, weight)),
        1e3 * cllr(ratio, same, weight),
        100 * tar(distance, same, weight, 1e-2),
        100 * tar(distance, same, weight, 1e-3),
    ]


MEASURES = ("d'", "1-AUC e-4", "Cllr e-3", "TAR@1e-2 %", "TAR@1e-3 %")


def study(data: Data, samples: int) -> None:
    """Prints one line a recipe: the measures, and the change against the reference with its interval."""
    generator = np.random.default_rng(1)
    people = data.person.max() + 1
    # a sample of people gives each pair the product of how often both were drawn (once for a pair within a person)
    drawn = generator.multinomial(people, np.full(people, 1 / people), size=samples).astype(np.float64)
    kept = np.arange(len(data.same))
    if len(kept) > 40_000:  # for the bootstrap every different pair would do no better than these
        kept = np.flatnonzero(data.same | (generator.random(len(kept)) < 20_000 / len(kept)))
    a, b, same = data.person[data.first[kept]], data.person[data.second[kept]], data.same[kept]
    weights = [np.where(same, sample[a], sample[a] * sample[b]) for sample in drawn]
    print(f"\n{data.name}: {data.same.sum():,} same, {(~data.same).sum():,} different pairs, {people} people")
    print(f"{'':46} crops  " + "  ".join(f"{name:>26}" for name in MEASURES))
    reference: list[list[float]] = []
    for name, (count, recipe) in RECIPES.items():
        distance = recipe(data)
        ratio = log_likelihood_ratios(distance, data.same)
        whole = measure(distance, ratio, data.same, np.ones(len(distance)))
        sampled = [measure(distance[kept], ratio[kept], same, weight) for weight in weights]
        if not reference:
            reference = sampled
        low, high = np.percentile(np.array(sampled) - np.array(reference), [2.5, 97.5], axis=0)
        cells = [f"{v:8.3f} [{lo:+7.3f}, {hi:+7.3f}]" for v, lo, hi in zip(whole, low, high, strict=True)]
        print(f"{name:46} {count:5}  " + "  ".join(cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="holds lfw_dev, celebrities and orl")
    parser.add_argument("--cache", type=Path, default=Settings().cache_dir / "crops", help="start of the files' names")
    parser.add_argument("--samples", type=int, default=200, help="bootstrap samples")
    options = parser.parse_args()
    device.configure()
    options.cache.parent.mkdir(parents=True, exist_ok=True)
    for data in [load(options.folder / kind, kind, options.cache) for kind in ("lfw_dev", "orl", "celebrities")]:
        study(data, options.samples)


if __name__ == "__main__":
    main()
