"""Face detection against labelled boxes: precision, recall, average precision, recall by face height.

Matching follows the WIDER FACE and PASCAL VOC protocols: detections are taken from the most certain down; each claims
the unclaimed labelled face with which it overlaps most, if the intersection over union is at least 0.5. Labelled faces
marked invalid, or lower than the smallest height asked for, neither count as missed nor make a detection of them wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError, refused
from facestyle.evaluation.pairs import read_rows
from facestyle.numbers import is_number

Boxes = npt.NDArray[np.float64]
"""(N, 4): left, top, right, bottom."""

HEIGHTS = (20, 30, 40, 60, 100, 200)
"""Lower ends of the classes of face heights, pixels."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is in one picture: boxes (N, 4), and which of them count."""

    boxes: Boxes
    counts: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DetectionResult:
    """What detections are worth against labels.

    Attributes:
        faces: Labelled faces that count.
        precision: Share of detections that found a labelled face.
        recall: Share of labelled faces that were found.
        average_precision: Area under the precision-recall curve, precision made monotonic (PASCAL VOC 2010).
        recall_by_height: (lowest height in pixels, labelled faces, recall) of each class.
        scores: Of the detections that count, falling; `hits` says which found a face.
    """

    faces: int
    precision: float
    recall: float
    average_precision: float
    recall_by_height: tuple[tuple[int, int, float], ...]
    scores: npt.NDArray[np.float64]
    hits: npt.NDArray[np.bool_]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "faces": self.faces,
            "precision": self.precision,
            "recall": self.recall,
            "average_precision": self.average_precision,
            "recall_by_height": [
                {"from": low, "faces": faces, "recall": recall} for low, faces, recall in self.recall_by_height
            ],
        }


def read_boxes(path: Path) -> dict[str, Labels]:
    """Reads `boxes.csv`: a header with file, x, y, w, h and optionally invalid (1: does not count).

    Raises:
        InvalidRequestError: The file is missing or lacks a column.
    """
    found: dict[str, list[tuple[list[float], bool]]] = {}
    needed = InvalidRequestError(f"{path} needs the columns file, x, y, w, h with numbers in them.")
    rows = read_rows(path)
    with refused(needed):
        for row in rows:
            x, y, w, h = (float(row[key]) for key in ("x", "y", "w", "h"))
            if not all(map(is_number, (x, y, x + w, y + h))):
                raise needed
            found.setdefault(row["file"], []).append(([x, y, x + w, y + h], row.get("invalid", "0") != "1"))
    return {
        name: Labels(np.array([box for box, _ in rows], np.float64), np.array([valid for _, valid in rows]))
        for name, rows in found.items()
    }


def iou_matrix(a: Boxes, b: Boxes) -> npt.NDArray[np.float64]:
    """Intersection over union of every box of a (M, 4) with every box of b (N, 4): (M, N)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a, area_b = (np.prod(np.clip(x[:, 2:] - x[:, :2], 0, None), axis=1) for x in (a, b))
    return np.asarray(inter / np.maximum(area_a[:, None] + area_b[None] - inter, 1e-12))


def score_detections(
    found: Sequence[tuple[Boxes, npt.NDArray[np.float64]]],
    labels: Sequence[Labels],
    *,
    min_height: float = 20,
    iou: float = 0.5,
) -> DetectionResult:
    """Compares detections with labels, picture by picture.

    Args:
        found: Boxes (N, 4) and scores (N,) of each picture.
        labels: What is in each.
        min_height: Labelled faces lower than this do not count, pixels.
        iou: Least overlap.
    """
    scores: list[float] = []
    hits: list[bool] = []
    heights: list[float] = []
    recalled: list[bool] = []
    for (boxes, certainty), truth in zip(found, labels, strict=True):
        tall = truth.boxes[:, 3] - truth.boxes[:, 1]
        counts = truth.counts & (tall >= min_height)
        claimed = np.zeros(len(truth.boxes), bool)
        overlaps = iou_matrix(boxes, truth.boxes)
        for index in np.argsort(-certainty, kind="stable"):
            free = np.where(claimed, 0.0, overlaps[index])
            best = int(np.argmax(free)) if len(free) else -1
            if best >= 0 and free[best] >= iou:
                claimed[best] = True
                if counts[best]:
                    scores.append(float(certainty[index]))
                    hits.append(True)
            elif not np.any(overlaps[index][~counts] >= iou):
                scores.append(float(certainty[index]))
                hits.append(False)
        heights.extend(tall[counts])
        recalled.extend(claimed[counts])
    order = np.argsort(-np.array(scores), kind="stable")
    right = np.array(hits, bool)[order]
    faces = len(heights)
    return DetectionResult(
        faces=faces,
        precision=float(right.mean()) if len(right) else 0.0,
        recall=float(np.mean(recalled)) if faces else 0.0,
        average_precision=_average_precision(right, faces),
        recall_by_height=_by_height(np.array(heights), np.array(recalled, bool)),
        scores=np.array(scores)[order],
        hits=right,
    )


def _average_precision(hits: npt.NDArray[np.bool_], faces: int) -> float:
    if not len(hits) or not faces:
        return 0.0
    true = np.cumsum(hits)
    precision = true / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((envelope * hits).sum() / faces)


def _by_height(heights: npt.NDArray[np.float64], recalled: npt.NDArray[np.bool_]) -> tuple[tuple[int, int, float], ...]:
    rows = []
    for low, high in zip(HEIGHTS, (*HEIGHTS[1:], np.inf), strict=True):
        inside = (heights >= low) & (heights < high)
        if inside.any():
            rows.append((low, int(inside.sum()), float(recalled[inside].mean())))
    return tuple(rows)
