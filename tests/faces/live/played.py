"""A played stream: a frame is a small picture whose pixels say which faces it has, and what each embeds to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.results import Box, Face

ADA, BOB, EVE = np.eye(3, dtype=np.float32)
"""Three people; Eve is never enrolled. Squared distance between any two: 2."""

FRAME = np.zeros((480, 640, 3), np.uint8)
LANDMARKS = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))


def face_at(left: float, top: float = 100, side: float = 160, score: float = 0.99) -> Face:
    points = tuple((left + u * side, top + v * side) for u, v in LANDMARKS)
    return Face(Box(left, top, left + side, top + side), score, points)


@dataclass
class Played:
    """Detector, embedder and gallery in one; `show` sets what the next frames have.

    Attributes:
        shown: (left edge, side, embedding) of each face, in pixels of the 640 x 480 frame.
        sizes: Longer side of every picture that was looked at.
        embedded: How many faces each call embedded.
    """

    gallery: MemoryGallery = field(default_factory=MemoryGallery)
    model: str = "played"
    version: str = "1"
    metric: str = "squared_euclidean"
    tau: float = 0.36
    preprocessing: str = "played-1/1"
    shown: Sequence[tuple[float, float, np.ndarray]] = ()
    score: float = 0.99
    sizes: list[int] = field(default_factory=list)
    embedded: list[int] = field(default_factory=list)

    @property
    def detector(self) -> Played:
        return self

    @property
    def embedder(self) -> Played:
        return self

    def show(self, *faces: tuple[float, float, np.ndarray]) -> None:
        self.shown = faces

    def enroll(self, name: str, embedding: np.ndarray) -> str:
        added = self.gallery.add(name, embedding[None], model=self.model, preprocessing=self.preprocessing)
        return added.id

    def detect(self, image: np.ndarray) -> tuple[Face, ...]:
        self.sizes.append(max(image.shape[:2]))
        scale = max(image.shape[:2]) / 640
        faces = [face_at(left * scale, 100 * scale, side * scale, self.score) for left, side, _ in self.shown]
        return tuple(faces)

    def align(self, image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
        """A chip carries the index of its face."""
        lefts = np.array([left for left, _, _ in self.shown])
        which = [int(np.abs(lefts - face.box.left).argmin()) for face in faces]
        return np.array(which, np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)

    def embed(self, chips: np.ndarray) -> np.ndarray:
        self.embedded.append(len(chips))
        return np.stack([self.shown[int(chip[0, 0, 0])][2] for chip in chips]).astype(np.float32)


def near(person: np.ndarray, apart: float) -> np.ndarray:
    """An embedding at that squared distance of a person, in the direction of nobody else."""
    moved = person.copy()
    moved[int(person.argmax())] += np.sqrt(apart)
    return moved
