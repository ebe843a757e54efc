"""A small, deterministic stand-in for the networks, so that tests of the page need no weights.

A "face" is a filled square of a pure colour on a grey picture; its colour is the person. The gallery, the face
service around it and the grouping of albums are the real ones; only the detector, the embedder and the painting are
played.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle.errors import DownloadCancelledError, NotEnoughMemoryError, UnknownModelError
from facestyle.faces.album.service import group_album
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.liveness import Liveness
from facestyle.faces.quality import Quality, QualityReason
from facestyle.faces.results import RGB, Box, Face
from facestyle.faces.service import FaceService
from facestyle.hub.progress import Progress, ProgressListener
from facestyle.learning.results import TrainRequest
from facestyle.learning.service import Training, digits, read_people, save_encoder
from facestyle.portraits import service as portraits
from facestyle.settings import Settings
from facestyle.style.batch_album import paint_album
from facestyle.style.batch_work import BatchStep, BatchStyle
from facestyle.style.control import RunControl, RunWeights
from facestyle.style.fast import AnyFastStyle, FastMix, FastStyle
from facestyle.style.forecast import RunForecast
from facestyle.style.memory import MemoryForecast
from facestyle.style.results import StyleFrame, StyleLosses, StyleRequest
from facestyle.style.timelapse import write_film
from facestyle.style.video.service import VideoResult, VideoStep
from facestyle.style.video.writing import VideoWriter
from facestyle.ui.services import Model, Services
from tests.ui.fake_explainer import FakeExplainer

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


@dataclass
class FakeDetector:
    """Finds the columns that are not grey, and the square in them."""

    model: str = "fake_detector"
    version: str = "1"

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
    reweighed: list[RunWeights] = field(default_factory=list)

    def stylize(self, request: StyleRequest, control: RunControl | None = None) -> Generator[StyleFrame]:
        self.requests.append(request)
        control = control or RunControl()
        began = time.monotonic()
        content = Image.fromarray(request.content)
        scale = request.size / max(content.size)
        base = np.asarray(content.resize((round(content.width * scale), round(content.height * scale))), float)
        paint = request.styles[0].picture.mean(axis=(0, 1))

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
                control.wait()
                if control.stopped:
                    self.closed += 1
                    return
                if (weights := control.take()) is not None:
                    self.reweighed.append(weights)
        except GeneratorExit:
            self.closed += 1
            raise


STYLES = (
    FastStyle("night", "Night"),
    FastStyle("day", "Day"),
    FastStyle("dawn", "Dawn", "cached_style"),
    FastStyle("dusk", "Dusk", "far_style"),
)
"""Two on board, one that was downloaded, one on the Hub."""


def forecast(request: StyleRequest) -> RunForecast:
    """A second for every 100 pixels of the longer side; 1000 fit."""
    longest = max(request.content.shape[:2])
    height, width = (round(side * request.size / longest) for side in request.content.shape[:2])
    memory = MemoryForecast((height, width), request.size * 2**20, 1000 * 2**20, 1000)
    return RunForecast(memory, request.size / 100, ())


def stylize_fast(
    content: npt.NDArray[np.uint8],
    *,
    style: AnyFastStyle,
    size: int | None = None,
    strength: float = 1.0,
) -> npt.NDArray[np.uint8]:
    """Inverts for a learned style, tints with a picture's mean colour otherwise; a mix is one of the results."""
    if isinstance(style, FastMix):
        ends = [stylize_fast(content, style=one, size=size, strength=strength) for one in (style.first, style.second)]
        return ((1 - style.share) * ends[0] + style.share * ends[1]).astype(np.uint8)
    result = content.astype(float)
    paint = (
        255 - result[..., :3]
        if isinstance(style, str)
        else np.broadcast_to(style.mean(axis=(0, 1)), result[..., :3].shape)
    )
    result[..., :3] = (1 - strength) * result[..., :3] + strength * paint
    return result.astype(np.uint8)


def model_of(ident: str, place: str, **facts: object) -> Model:
    given = {
        "kind": "embedder",
        "title": f"The {ident}",
        "size": 12_300_000,
        "licence": "MIT",
        "published": {},
        "verified": "file",
        **facts,
    }
    return Model(id=ident, place=place, **given)


@dataclass
class FakeHub:
    """Models to choose from; what is "hub" can be fetched, in two steps, unless `failure` says otherwise.

    Attributes:
        places: Where each model is.
        kinds: What each that is no embedder is for.
        fetched: What was asked for.
        before_second_step: Called in the middle of a download.
    """

    places: dict[str, str] = field(
        default_factory=lambda: {
            "fake_embedder": "on_board",
            "cached": "downloaded",
            "far": "hub",
            "fake_detector": "on_board",
            "cached_detector": "downloaded",
            "far_detector": "hub",
            "vgg16": "on_board",
            "far_backbone": "hub",
            "cached_style": "downloaded",
            "far_style": "hub",
        }
    )
    kinds: dict[str, str] = field(
        default_factory=lambda: {
            "fake_detector": "detector",
            "cached_detector": "detector",
            "far_detector": "detector",
            "vgg16": "backbone",
            "far_backbone": "backbone",
            "cached_style": "fast_style",
            "far_style": "fast_style",
        }
    )
    embedders: dict[str, FakeEmbedder] = field(
        default_factory=lambda: {
            "cached": FakeEmbedder(model="cached", metric="cosine", tau=0.7),
            "far": FakeEmbedder(model="far", tau=0.5),
        }
    )
    fetched: list[str] = field(default_factory=list)
    failure: Exception | None = None
    before_second_step: Callable[[], object] = lambda: None

    def models(self, kind: str) -> list[Model]:
        return [
            model_of(
                ident,
                place,
                kind=kind,
                published={"LFW": 99.4} if place == "hub" else {},
                verified="schema" if place == "hub" else "file",
                tau_source=f"the authors of {ident}" if kind == "embedder" else "",
            )
            for ident, place in self.places.items()
            if self.kinds.get(ident, "embedder") == kind
        ]

    def fetch(self, ident: str, listener: ProgressListener, cancel: threading.Event) -> None:
        self.fetched.append(ident)
        if self.places[ident] != "hub":
            return
        listener(Progress(ident, 0, 2_000_000, None, None))
        self.before_second_step()
        if cancel.is_set():
            raise DownloadCancelledError(f"The download of {ident} was cancelled. Nothing was kept of it.")
        listener(Progress(ident, 1_000_000, 2_000_000, 500_000.0, 2.0))
        if self.failure is not None:
            raise self.failure
        self.places[ident] = "downloaded"


@dataclass
class FakeQuality:
    """Finds nothing wrong with any face, unless told what."""

    reasons: tuple[QualityReason, ...] = ()

    def check(self, image: RGB, face: Face) -> Quality:
        return Quality(self.reasons, 40.0, 0.0, 200.0, 0.0, 0.2, 0.0, 0.0, 0.0)


@dataclass
class FakeLiveness:
    """Gives the answer that it was told; counts its calls."""

    answer: Liveness = field(default_factory=lambda: Liveness.of(0.9, "fake_liveness"))
    model: str = "fake_liveness"
    calls: int = 0

    def check(self, image: RGB, face: Face) -> Liveness:
        self.calls += 1
        return self.answer


@dataclass
class FakeLearning:
    """The real training, on a few small digits; and pictures of people from real files.

    Attributes:
        asked: What was asked of it.
        failure: Raised instead of reading.
    """

    asked: list[tuple[TrainRequest, str]] = field(default_factory=list)
    failure: Exception | None = None

    def read_people(self, source, paths, mode, faces, progress):
        if self.failure is not None:
            raise self.failure
        if source == "digits":
            return digits(6)
        return read_people(paths, mode=mode, faces=faces, progress=progress)

    def make_training(self, data, request, mode):
        self.asked.append((request, mode))
        return Training(data, request, mode=mode)


@dataclass
class FakeCamera:
    """Paints a clip of five frames into a file of a few bytes, which is there at the end and not before.

    Attributes:
        asked: What it was called with.
        closed: How many clips were given up.
        failure: Raised at the third frame.
    """

    asked: list[dict[str, object]] = field(default_factory=list)
    closed: int = 0
    failure: Exception | None = None
    delay: float = 0.0

    def stylize_video(
        self, clip: Path, out: str, *, style: AnyFastStyle, size: int | None = None, strength: float = 1.0
    ) -> Generator[VideoStep]:
        self.asked.append({"clip": clip, "style": style, "size": size, "strength": strength})
        image = np.full((48, 64, 3), GREY, np.uint8)
        try:
            for frame in range(1, 6):
                time.sleep(self.delay)
                if frame == 3 and self.failure is not None:
                    raise self.failure
                yield VideoStep(image, frame, 5, frame / 10, (5 - frame) / 10)
        except GeneratorExit:
            self.closed += 1
            raise
        with VideoWriter(out, (48, 64), rate=Fraction(10)) as writer:
            for frame in range(5):
                writer.add(image, frame)
        result = VideoResult(Path(out), 5, (48, 64), 10.0, True, 0.5, 0.001, 0.01)
        yield VideoStep(image, 5, 5, 0.5, 0.0, result)


@dataclass
class FakeAlbumPainter:
    """Paints an album with the real `paint_album`, and `stylize_fast` for its network.

    Attributes:
        asked: What it was called with.
        closed: How many albums were given up.
        delay: Seconds a photo takes.
        began: Called with the number of each photo before it is painted.
        settings: Of the limits.
    """

    asked: list[dict[str, object]] = field(default_factory=list)
    closed: int = 0
    delay: float = 0.0
    began: Callable[[int], None] = lambda number: None
    settings: Settings | None = None

    def paint_album(
        self, paths: Sequence[Path], out: str, *, style: AnyFastStyle, name: str, size: int | None, suffix: str
    ) -> Generator[BatchStep]:
        self.asked.append({"paths": paths, "style": style, "name": name, "size": size, "suffix": suffix})
        painted = 0

        def paint(content: RGB) -> Generator[tuple[float, RGB]]:
            nonlocal painted
            painted += 1
            self.began(painted)
            time.sleep(self.delay)
            yield 1.0, stylize_fast(content, style=style)

        try:
            yield from paint_album(paths, BatchStyle(name, {}, paint), out, suffix=suffix, settings=self.settings)
        except GeneratorExit:
            self.closed += 1
            raise


@dataclass
class Fakes:
    """The played parts, to be looked into by a test."""

    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    hub: FakeHub = field(default_factory=FakeHub)
    painter: FakePainter = field(default_factory=FakePainter)
    camera: FakeCamera = field(default_factory=FakeCamera)
    album: FakeAlbumPainter = field(default_factory=FakeAlbumPainter)
    quality: FakeQuality = field(default_factory=FakeQuality)
    liveness: FakeLiveness = field(default_factory=FakeLiveness)
    explainer: FakeExplainer = field(default_factory=FakeExplainer)
    learning: FakeLearning = field(default_factory=FakeLearning)
    galleries: list[Gallery] = field(default_factory=list)


def fake_services(
    settings: Settings, fakes: Fakes | None = None, local: Callable[[], Gallery] | None = None
) -> Services:
    """Services as the app has them, with the networks played."""
    fakes = fakes or Fakes()
    fakes.album.settings = settings

    def gallery() -> Gallery:
        made = MemoryGallery()
        fakes.galleries.append(made)
        return made

    def faces(over: Gallery, model: str | None = None, detector: str | None = None) -> FaceService:
        known = {fakes.embedder.model: fakes.embedder, **fakes.hub.embedders}
        if model is not None and model not in known:
            raise UnknownModelError(f"There is no embedder “{model}”.")
        embedder = fakes.embedder if model is None else known[model]
        finder = FakeDetector() if detector is None else FakeDetector(model=detector)
        return FaceService(
            over,
            detector=finder,
            embedder=embedder,
            settings=settings,
            quality=fakes.quality,
            liveness=fakes.liveness,
        )

    return Services(
        settings=settings,
        faces=faces,
        models=fakes.hub.models,
        fetch_model=fakes.hub.fetch,
        local_gallery=local or gallery,
        session_gallery=gallery,
        group_album=group_album,
        stylize=fakes.painter.stylize,
        keep_faces=lambda request: portraits.keep_faces(request, faces(MemoryGallery()))[0],
        likeness=lambda photo, painting: portraits.likeness(photo, painting, faces(MemoryGallery())),
        forecast=forecast,
        fast_styles=lambda: STYLES,
        stylize_fast=stylize_fast,
        mix=FastMix,
        stylize_video=fakes.camera.stylize_video,
        paint_album=fakes.album.paint_album,
        write_film=write_film,
        explainer=lambda: fakes.explainer,
        read_people=fakes.learning.read_people,
        make_training=fakes.learning.make_training,
        save_training=save_encoder,
    )
