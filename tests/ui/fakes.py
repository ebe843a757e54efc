"""A small, deterministic stand-in for the networks, so that tests of the page need no weights.

A "face" is a filled square of a pure colour on a grey picture; its colour is the person. The gallery and the face
service around it are the real ones; only the detector, the embedder and the painting are played.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle.errors import NotEnoughMemoryError, UnknownModelError
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.results import RGB, Box, Face
from facestyle.faces.service import FaceService
from facestyle.hub.progress import Progress, ProgressListener
from facestyle.settings import Settings
from facestyle.style.fast import FastStyle
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.ui.services import FaceModel, Services

GREY = 128
RED, PINK, GREEN, BLUE = (230, 20, 20), (230, 40, 40), (20, 230, 20), (20, 20, 230)
"""RED and PINK are near: two pictures of one person. GREEN and BLUE are others."""


def picture(
    *faces: tuple[int, int, int], side: int = 60, sides: Sequence[int] | None = None, path: Path | None = None
) -> RGB:
    """A grey picture with one square per colour, from left to right; also written to `path` if given."""
    widths = list(sides) if sides is not None else [side] * len(faces)
    canvas = np.full((200, 40 + sum(width + 40 for width in widths), 3), GREY, np.uint8)
    left = 40
    for color, width in zip(faces, widths, strict=True):
        canvas[60 : 60 + width, left : left + width] = color
        left += width + 40
    if path is not None:
        Image.fromarray(canvas).save(path)
    return canvas


class FakeDetector:
    """Finds the columns that are not grey, and the square in them."""

    model = "fake_detector"
    version = "1"

    def detect(self, image: RGB) -> tuple[Face, ...]:
        colored = (np.ptp(image.astype(int), axis=2) > 60).astype(int)
        columns = colored.any(axis=0).astype(int)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], columns, [0]])))
        faces = []
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            rows = np.flatnonzero(colored[:, left:right].any(axis=1))
            top, bottom = rows[0], rows[-1] + 1
            points = tuple((left + (right - left) * u, top + (bottom - top) * v) for u, v in _POINTS)
            faces.append(Face(Box(float(left), float(top), float(right), float(bottom)), 0.99, points))
        return tuple(faces)


_POINTS = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))


@dataclass
class FakeEmbedder:
    """A face's embedding is its mean colour, from 0 to 1; it counts its calls."""

    model: str = "fake_embedder"
    version: str = "1"
    metric: str = "squared_euclidean"
    tau: float = 0.36
    calls: int = 0
    fail: Exception | None = None

    def align(self, image: RGB, faces: Sequence[Face]) -> npt.NDArray[np.uint8]:
        chips = [
            image[int(face.box.top) : int(face.box.bottom), int(face.box.left) : int(face.box.right)] for face in faces
        ]
        return np.stack([np.asarray(Image.fromarray(chip).resize((150, 150))) for chip in chips])

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.calls += 1
        if self.fail is not None:
            raise self.fail
        return (chips.mean(axis=(1, 2)) / 255).astype(np.float32)


@dataclass
class FakePainter:
    """Paints by mixing: at step n of N the picture is n/N of the style's mean colour.

    Attributes:
        delay: Seconds a step takes.
        fail_at: Step at which `failure` is raised.
        closed: How many runs were closed before their end.
        steps_done: Steps done over all runs.
    """

    delay: float = 0.0
    fail_at: int | None = None
    failure: Exception = field(default_factory=lambda: NotEnoughMemoryError("This run needs 9 GB. Choose less."))
    closed: int = 0
    steps_done: int = 0
    requests: list[StyleRequest] = field(default_factory=list)

    def stylize(self, request: StyleRequest) -> Generator[StyleFrame]:
        self.requests.append(request)
        began = time.monotonic()
        content = Image.fromarray(request.content)
        scale = request.size / max(content.size)
        base = np.asarray(content.resize((round(content.width * scale), round(content.height * scale))), float)
        paint = request.style.mean(axis=(0, 1))

        def times(step: int) -> tuple[float, float | None]:
            seconds = time.monotonic() - began
            return seconds, seconds / step * (request.steps - step) if step else None

        try:
            for step in range(request.steps + 1):
                if step == self.fail_at:
                    raise self.failure
                if step:
                    time.sleep(self.delay)
                self.steps_done += 1
                share = step / request.steps
                mixed = base.copy()
                mixed[..., :3] = (1 - share) * base[..., :3] + share * paint
                losses = StyleLosses(
                    total=10.0 * (1 - 0.9 * share), content=1e5 * share, style=1e9 * (1 - 0.99 * share)
                )
                yield StyleFrame(mixed.astype(np.uint8), step, request.steps, losses, *times(step))
        except GeneratorExit:
            self.closed += 1
            raise


STYLES = (FastStyle("night", "Night"), FastStyle("day", "Day"))


def stylize_fast(
    content: npt.NDArray[np.uint8],
    *,
    style: str | npt.NDArray[np.uint8],
    size: int | None = None,
    strength: float = 1.0,
) -> npt.NDArray[np.uint8]:
    """Inverts for a learned style, tints with a picture's mean colour otherwise."""
    result = content.astype(float)
    paint = (
        255 - result[..., :3]
        if isinstance(style, str)
        else np.broadcast_to(style.mean(axis=(0, 1)), result[..., :3].shape)
    )
    result[..., :3] = (1 - strength) * result[..., :3] + strength * paint
    return result.astype(np.uint8)


def model_of(ident: str, place: str, **facts: object) -> FaceModel:
    given = {
        "title": f"The {ident}",
        "size": 12_300_000,
        "licence": "MIT",
        "published": {},
        "verified": "file",
        **facts,
    }
    return FaceModel(id=ident, place=place, **given)


@dataclass
class FakeHub:
    """Embedders to choose from; what is "hub" can be fetched, in two steps, unless `failure` says otherwise.

    Attributes:
        places: Where each model is.
        fetched: What was asked for.
    """

    places: dict[str, str] = field(
        default_factory=lambda: {"fake_embedder": "on_board", "cached": "downloaded", "far": "hub"}
    )
    embedders: dict[str, FakeEmbedder] = field(
        default_factory=lambda: {
            "cached": FakeEmbedder(model="cached", metric="cosine", tau=0.7),
            "far": FakeEmbedder(model="far", tau=0.5),
        }
    )
    fetched: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def models(self) -> list[FaceModel]:
        return [
            model_of(
                ident,
                place,
                published={"LFW": 99.4} if place == "hub" else {},
                verified="schema" if place == "hub" else "file",
            )
            for ident, place in self.places.items()
        ]

    def fetch(self, ident: str, listener: ProgressListener) -> None:
        self.fetched.append(ident)
        if self.places[ident] != "hub":
            return
        listener(Progress("far", 0, 2_000_000, None, None))
        listener(Progress("far", 1_000_000, 2_000_000, 500_000.0, 2.0))
        if self.failure is not None:
            raise self.failure
        self.places[ident] = "downloaded"


@dataclass
class Fakes:
    """The played parts, to be looked into by a test."""

    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    hub: FakeHub = field(default_factory=FakeHub)
    painter: FakePainter = field(default_factory=FakePainter)
    galleries: list[Gallery] = field(default_factory=list)


def fake_services(
    settings: Settings, fakes: Fakes | None = None, local: Callable[[], Gallery] | None = None
) -> Services:
    """Services as the app has them, with the networks played."""
    fakes = fakes or Fakes()

    def gallery() -> Gallery:
        made = MemoryGallery()
        fakes.galleries.append(made)
        return made

    def faces(over: Gallery, model: str | None = None) -> FaceService:
        known = {fakes.embedder.model: fakes.embedder, **fakes.hub.embedders}
        if model is not None and model not in known:
            raise UnknownModelError(f"There is no embedder “{model}”.")
        embedder = fakes.embedder if model is None else known[model]
        return FaceService(over, detector=FakeDetector(), embedder=embedder, settings=settings)

    return Services(
        settings=settings,
        faces=faces,
        face_models=fakes.hub.models,
        fetch_model=fakes.hub.fetch,
        local_gallery=local or gallery,
        session_gallery=gallery,
        stylize=fakes.painter.stylize,
        fast_styles=lambda: STYLES,
        stylize_fast=stylize_fast,
    )
