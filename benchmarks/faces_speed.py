"""Detect + align + embed, beside facenet-pytorch and face_recognition (dlib), on the same cores, with the accuracy.

    python benchmarks/faces_speed.py --lfw DIR --pairs pairs.csv --facenet SITE --dlib SITE --dlib-models DIR

`--lfw` is a folder of 250 x 250 pictures and `--pairs` a CSV with file_x, file_y (relative to it) and same (1 or 0).
SITE is a folder into which pip installed the peer: `pip install --target SITE requests` and `pip install --no-deps
--target SITE facenet-pytorch` (its pins are older than today's torch), `pip install --no-deps --target SITE dlib-bin`.
`--dlib-models` holds the .dat files of face_recognition_models. A peer that is not named is left out.

Every picture goes through all contenders in turn, so that whatever else the machine does meets all of them. Wall clock
and CPU time are both given: on a busy machine the minima and the CPU time say more than the medians, and
FACESTYLE_THREADS=1 more than threads that wait for each other. face_recognition is reproduced by the calls it consists
of: dlib's frontal detector on the picture upsampled once, the 5-point predictor, one descriptor. facenet-pytorch's
MTCNN has its own weights; its embedder is the real network with random weights (the trained ones are a separate
download), which takes the same time and says nothing about anybody's face.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from facestyle import device, images
from facestyle.evaluation.measure import central_face, embed_files
from facestyle.evaluation.verification import best_threshold
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding import DlibEmbedder
from facestyle.faces.results import RGB
from facestyle.settings import Settings

Vector = npt.NDArray[np.float32] | None


@dataclass
class Contender:
    """A pipeline from a picture to the embedding of its central face, and what it took."""

    name: str
    run: Callable[[RGB], Vector]
    trained: bool = True
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def measure(self, image: RGB) -> Vector:
        """Runs once and notes the time."""
        wall, cpu = time.perf_counter(), time.process_time()
        vector = self.run(image)
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)
        return vector


def ours(detector_id: str, settings: Settings) -> Contender:
    detector, embedder = load_detector(detector_id, settings), DlibEmbedder(settings=settings)

    def run(image: RGB) -> Vector:
        face = central_face(detector.detect(image), image)
        return None if face is None else embedder.embed(embedder.align(image, [face]))[0]

    crops = f"{settings.crops} crop{'s' * (settings.crops > 1)}"
    return Contender(f"facestyle, {detector_id} + dlib ResNet, {crops}", run)


def facenet_pytorch(site: Path) -> Contender:
    package = peer("facenet_pytorch", site, "facenet-pytorch")
    detector, network = package.MTCNN(device="cpu"), package.InceptionResnetV1(pretrained=None).eval()

    @torch.inference_mode()
    def run(image: RGB) -> Vector:
        crop = detector(Image.fromarray(image))
        return None if crop is None else np.asarray(network(crop[None])[0], np.float32)

    return Contender("facenet-pytorch, MTCNN + InceptionResnetV1", run, trained=False)


def face_recognition(site: Path, models: Path) -> Contender:
    dlib = peer("dlib", site, "dlib-bin")
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def run(image: RGB) -> Vector:
        boxes = detector(image, 1)
        if not len(boxes):
            return None
        middle = np.array(image.shape[1::-1]) / 2
        box = min(boxes, key=lambda b: np.hypot(b.center().x - middle[0], b.center().y - middle[1]))
        return np.asarray(network.compute_face_descriptor(image, predictor(image, box), 1), np.float32)

    return Contender("face_recognition (dlib HOG, upsampled once, + dlib ResNet)", run)


def peer(module: str, site: Path, package: str):  # type: ignore[no-untyped-def]  # noqa: ANN201  (a foreign module)
    sys.path.append(str(site))  # at the end: numpy and torch stay this project's
    try:
        return import_module(module)
    except ImportError as error:
        raise SystemExit(f"{package} can't be imported from {site} ({error}). See this file's first lines.") from error


def table(title: str, contenders: Sequence[Contender], accuracy: dict[str, str]) -> None:
    print(f"\n{title}\n")
    print("| pipeline | ms: median | ms: minimum | CPU ms: median | embeddings/s | accuracy | times the first |")
    print("|---|---|---|---|---|---|---|")
    for each in contenders:
        wall, cpu = np.array(each.wall) * 1e3, np.array(each.cpu) * 1e3
        ratio = np.median(wall) / (np.median(contenders[0].wall) * 1e3)
        print(
            f"| {each.name} | {np.median(wall):.1f} | {wall.min():.1f} | {np.median(cpu):.1f} "
            f"| {1e3 / np.median(wall):.1f} | {accuracy.get(each.name, '')} | {ratio:.2f} |"
        )


def photo(path: Path) -> RGB:
    """A 640 x 480 cut of a picture, at the largest scale that fits."""
    picture = Image.fromarray(images.decode(path))
    scale = max(640 / picture.width, 480 / picture.height)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    left = (picture.width - 640) // 2
    return np.asarray(picture.crop((left, 0, left + 640, 480)))  # the top, where faces are


def accuracy_of(vectors: dict[str, Vector], rows: Sequence[tuple[str, str, bool]]) -> str:
    """At the best threshold of these pairs; a picture without a face makes its pairs errors."""
    known = [(vectors[a], vectors[b], same) for a, b, same in rows if a in vectors and b in vectors]
    if not known:
        return ""
    far = np.array([np.inf if a is None or b is None else ((a - b) ** 2).sum() for a, b, _ in known])
    same = np.array([same for _, _, same in known])
    failed = ~np.isfinite(far)
    correct = ((far <= best_threshold(far, same)) == same) & ~failed
    missed = sum(vector is None for vector in vectors.values())
    return f"{correct.mean():.2%} of {len(known)} pairs, {missed} faces missed"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--lfw", type=Path, metavar="DIR")
    parser.add_argument("--pairs", type=Path, metavar="FILE")
    parser.add_argument("--facenet", type=Path, metavar="SITE")
    parser.add_argument("--dlib", type=Path, metavar="SITE")
    parser.add_argument("--dlib-models", type=Path, metavar="DIR")
    parser.add_argument("--photo", type=Path, default=ROOT / "facestyle/ui/examples/hopper.jpg")
    parser.add_argument("--repeats", type=int, default=30, help="runs of the 640 x 480 photo")
    parser.add_argument("--pictures", type=int, help="LFW pictures, spread evenly (default: all)")
    options = parser.parse_args()
    if options.dlib and not options.dlib_models:
        parser.error("--dlib needs --dlib-models")
    settings = Settings(device="cpu")
    device.configure(settings)
    contenders = [ours("retinaface_mobilenet", each) for each in by_crops(settings)] + [ours("mtcnn", settings)]
    if options.facenet:
        contenders.append(facenet_pytorch(options.facenet))
    if options.dlib:
        contenders.append(face_recognition(options.dlib, options.dlib_models))
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")

    image = photo(options.photo)
    for round_ in range(options.repeats + 2):
        for each in contenders:
            if each.measure(image) is None:
                raise SystemExit(f"{each.name} finds no face in {options.photo}.")
            if round_ < 2:  # warming up
                each.wall.clear()
                each.cpu.clear()
    table(f"640 x 480, one face ({options.photo.name}), {options.repeats} times", contenders, {})
    if options.lfw and options.pairs:
        lfw(contenders, options.lfw, options.pairs, options.pictures, settings)


def lfw(contenders: Sequence[Contender], folder: Path, pairs: Path, limit: int | None, settings: Settings) -> None:
    with pairs.open(newline="", encoding="utf-8") as file:
        rows = [(row["file_x"], row["file_y"], row["same"] == "1") for row in csv.DictReader(file)]
    names = sorted({name for a, b, _ in rows for name in (a, b)})
    names = names[:: max(1, len(names) // limit)] if limit else names
    vectors: dict[str, dict[str, Vector]] = {each.name: {} for each in contenders}
    for each in contenders:
        each.wall.clear()
        each.cpu.clear()
    for name in names:
        image = images.decode(folder / name, settings=settings)
        for each in contenders:
            vectors[each.name][name] = each.measure(image)
    accuracy = {
        each.name: accuracy_of(vectors[each.name], rows) if each.trained else "(random weights)" for each in contenders
    }
    table(f"LFW, {len(names)} pictures of 250 x 250, one at a time", contenders, accuracy)
    print("\nfacestyle in batches, from files, on all cores (`evaluate lfw`):")
    for chosen in by_crops(settings):
        in_batches([folder / name for name in names], chosen, contenders)


def by_crops(settings: Settings) -> list[Settings]:
    """The settings as they are, and with the other numbers of crops."""
    others = [crops for crops in (4, 2, 1) if crops != settings.crops]
    return [settings, *(settings.model_copy(update={"crops": crops}) for crops in others)]


def in_batches(paths: Sequence[Path], settings: Settings, contenders: Sequence[Contender]) -> None:
    detector, embedder = load_detector(settings=settings), DlibEmbedder(settings=settings)
    start, cpu = time.perf_counter(), time.process_time()
    embed_files(paths, detector, embedder, cache=None, settings=settings)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    rate = len(paths) / wall
    print(
        f"  crops: {settings.crops}; {1e3 / rate:.1f} ms a picture, {rate:.1f} embeddings/s, "
        f"{cpu / len(paths) * 1e3:.1f} ms of CPU time a picture"
    )
    for each in contenders:
        if not each.name.startswith("facestyle"):
            print(f"    {np.median(each.wall) * rate:.1f} times as fast as {each.name}, one at a time")


if __name__ == "__main__":
    main()
