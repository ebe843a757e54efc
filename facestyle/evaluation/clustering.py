"""How well faces are grouped: purity and NMI of every method on labelled pictures, from raw pictures.

Of each picture its central face counts. A picture without one has no group: it counts as wrong in the purity and as a
group of its own in the NMI.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from facestyle.errors import InvalidRequestError
from facestyle.evaluation.measure import embed_files
from facestyle.evaluation.pairs import read_rows, require_files
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.clustering import Method, group_embeddings
from facestyle.faces.clustering.base import NOT_GROUPED
from facestyle.faces.clustering.scores import alone, nmi, purity
from facestyle.settings import Settings

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".pgm", ".bmp"})


@dataclass(frozen=True, slots=True)
class Score:
    """One method on one set of pictures.

    Attributes:
        method: With whether K was given or chosen.
        groups: How many it made, each ungrouped face not counted.
        not_grouped: Faces in no group.
        purity: The share of all pictures that are in a group of mostly their person.
        nmi: Normalised mutual information.
        seconds: Of the grouping alone.
    """

    method: str
    groups: int
    not_grouped: int
    purity: float
    nmi: float
    seconds: float


@dataclass(frozen=True, slots=True)
class ClusteringScores:
    """All methods on one set of pictures.

    Attributes:
        model: Catalogue ID of the embedder.
        pictures: How many.
        people: How many they show.
        failures: Pictures in which no face was found.
        scores: One a method.
    """

    model: str
    pictures: int
    people: int
    failures: tuple[Path, ...]
    scores: tuple[Score, ...]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "model": self.model,
            "pictures": self.pictures,
            "people": self.people,
            "failures": [str(path) for path in self.failures],
            "methods": [
                {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(s).items()} for s in self.scores
            ],
        }


def read_labels(images: Path, labels: Path | None, min_pictures: int = 1) -> dict[Path, str]:
    """Who each picture shows.

    Args:
        images: The folder of pictures.
        labels: CSV with the columns `file` (below `images`) and `person`; None takes the folder each picture is in.
        min_pictures: People with fewer are left out.

    Raises:
        InvalidRequestError: A file is missing or malformed, or nothing is left.
    """
    if labels is None:
        if not images.is_dir():
            raise InvalidRequestError(f"There is no folder {images}.")
        files = sorted(path for path in images.glob("*/*") if path.suffix.lower() in _SUFFIXES)
        found = {path: path.parent.name for path in files}
    else:
        found = _read_csv(images, labels)
    counts = Counter(found.values())
    kept = {path: person for path, person in found.items() if counts[person] >= min_pictures}
    if not kept:
        raise InvalidRequestError(
            "There are no labelled pictures: give DIR/PERSON/PICTURE, or --labels with the columns file and person."
        )
    return kept


def _read_csv(images: Path, labels: Path) -> dict[Path, str]:
    rows = read_rows(labels)
    if not rows or not {"file", "person"} <= set(rows[0]):
        raise InvalidRequestError(f"{labels} needs a header line with the columns file and person, and lines below it.")
    found = {images / row.get("file", ""): row.get("person", "") for row in rows}
    require_files(list(found), labels)
    return found


def evaluate_clustering(
    people: dict[Path, str],
    detector: Detector,
    embedder: Embedder,
    *,
    cache: Path | None,
    settings: Settings,
    on_done: Callable[[int], None] = lambda _: None,
) -> ClusteringScores:
    """Runs every method on the same embeddings.

    K-means runs once with the true number of people and once without; the other methods are told nothing.

    Raises:
        InvalidRequestError: A picture can't be read, or no picture shows a face.
    """
    embeddings = embed_files(list(people), detector, embedder, cache=cache, settings=settings, on_done=on_done)
    found = [path for path, vector in embeddings.items() if vector is not None]
    if not found:
        raise InvalidRequestError("No face was found in any of the pictures.")
    vectors = np.stack([vector for vector in embeddings.values() if vector is not None])
    failures = tuple(path for path in embeddings if embeddings[path] is None)
    who = np.array([people[path] for path in [*found, *failures]])
    count = len(set(people.values()))
    runs: tuple[tuple[str, Method, int | None], ...] = (
        ("linkage at tau", "linkage", None),
        ("K-means, K given", "kmeans", min(count, len(found))),
        ("K-means, K by silhouette", "kmeans", None),
        ("density (HDBSCAN)", "density", None),
    )
    scores = []
    for name, method, k in runs:
        start = time.perf_counter()
        clustering = group_embeddings(vectors, metric=embedder.metric, tau=embedder.tau, method=method, k=k)
        seconds = time.perf_counter() - start
        labels = alone(np.concatenate([clustering.labels, np.full(len(failures), NOT_GROUPED)]))
        right = purity(labels[: len(found)], who[: len(found)]) * len(found) / len(who)
        scores.append(
            Score(name, len(clustering.clusters), len(clustering.not_grouped), right, nmi(labels, who), seconds)
        )
    return ClusteringScores(embedder.model, len(who), count, failures, tuple(scores))
