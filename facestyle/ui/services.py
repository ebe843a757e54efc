"""What the tabs need from the library, as one value: the real thing in the app, a small deterministic one in tests.

The services import torch, which takes seconds: `real_services` imports each on its first use, so the page opens first.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from facestyle.faces.gallery.base import Gallery
from facestyle.settings import Settings
from facestyle.style.control import RunControl
from facestyle.style.results import StyleFrame, StyleRequest
from facestyle.ui.zerogpu import Stylize, lent

if TYPE_CHECKING:
    from facestyle.explain.service import Explainer
    from facestyle.faces.album.results import AlbumProgress
    from facestyle.faces.clustering import Method
    from facestyle.faces.service import FaceService
    from facestyle.hub.progress import ProgressListener
    from facestyle.learning.datasets.base import PeopleSet
    from facestyle.learning.results import Mode, TrainRequest
    from facestyle.learning.train import Training
    from facestyle.portraits.results import Likeness
    from facestyle.style.batch_work import BatchStep
    from facestyle.style.fast import AnyFastStyle, FastMix, FastStyle
    from facestyle.style.forecast import RunForecast
    from facestyle.style.vectors import StyleVectors
    from facestyle.style.video.service import VideoStep
    from facestyle.weights import ModelEntry, Role


Kind = Literal["embedder", "detector", "backbone"]
"""What a person can choose a model for: the embedding of a face, finding faces, the features that painting compares."""

Purpose = Kind | Literal["fast_style", "liveness"]
"""What a model is for; the last two have nothing to choose between."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalogue.

    Attributes:
        id: Catalogue ID.
        kind: What for.
        title: For display.
        size: Bytes of its files.
        licence: Of the weights.
        published: Accuracy as its authors give it, in percent, by benchmark.
        verified: What was checked: the weight `file` itself, or only the network and its `schema` of tensors.
        place: In the repository, in the local cache, or on the Hub only.
        tau_source: Where an embedder's default threshold comes from; empty for the others.
    """

    id: str
    kind: Purpose
    title: str
    size: int
    licence: str
    published: Mapping[str, float]
    verified: Literal["file", "schema"]
    place: Literal["on_board", "downloaded", "hub"]
    tau_source: str = ""


class MakeFaces(Protocol):
    """Makes the face service over a gallery, with the embedder and the detector of those IDs or the ones on board."""

    def __call__(self, gallery: Gallery, model: str | None = None, detector: str | None = None) -> FaceService:
        """`facestyle.faces.service.FaceService`."""
        ...


class StylizeFast(Protocol):
    """`facestyle.style.fast.stylize_fast`."""

    def __call__(
        self,
        content: npt.NDArray[np.uint8],
        *,
        style: AnyFastStyle,
        size: int | None = None,
        strength: float = 1.0,
    ) -> npt.NDArray[np.uint8]:
        """One pass through a feed-forward network."""
        ...


class StylizeVideo(Protocol):
    """`facestyle.style.video.service.stylize_video`."""

    def __call__(
        self, clip: Path, out: str, *, style: AnyFastStyle, size: int | None = None, strength: float = 1.0
    ) -> Generator[VideoStep]:
        """A step a frame; closing the generator stops the work and leaves no file."""
        ...


class PaintAlbum(Protocol):
    """`facestyle.style.batch_album.paint_album` with a fast network."""

    def __call__(
        self, paths: Sequence[Path], out: str, *, style: AnyFastStyle, name: str, size: int | None, suffix: str
    ) -> Generator[BatchStep]:
        """A step for each picture; closing the generator keeps what is written. `name` goes into the files' names."""
        ...


_ROLES: dict[Purpose, Role] = {
    "embedder": "embedder",
    "detector": "detector",
    "backbone": "style_features",
    "fast_style": "fast_style",
    "liveness": "liveness",
}
"""What each is called in the catalogue."""


class GroupAlbum(Protocol):
    """`facestyle.faces.album.service.group_album`."""

    def __call__(
        self,
        service: FaceService,
        paths: Sequence[Path],
        *,
        method: Method = "linkage",
        k: int | None = None,
        same_photo: bool = False,
        deadline: float | None = None,
    ) -> Generator[AlbumProgress]:
        """Progress after each picture; the last one carries the result."""
        ...


class ReadPeople(Protocol):
    """Pictures to learn from: `digits`, `olivetti`, or those in the files given; tells how many were looked at."""

    def __call__(
        self,
        source: str,
        paths: Sequence[Path],
        mode: Mode,
        faces: FaceService,
        progress: Callable[[int, int], None],
    ) -> PeopleSet:
        """`facestyle.learning.service`."""
        ...


@dataclass(frozen=True)
class Services:
    """The library, seen from the tabs.

    Attributes:
        settings: What the environment asks for.
        faces: Makes the face service over a gallery; cheap, the networks are shared.
        models: What there is for a purpose, as it is now; the ones on board first.
        fetch_model: Downloads a model unless it is here, and loads it; tells the listener how far it is, and gives up
            once the event is set. What it returns keeps the model loaded.
        local_gallery: Opens this machine's gallery.
        session_gallery: Makes an empty gallery in memory.
        group_album: Groups an album's faces by person; closing the generator stops it within one picture.
        stylize: Runs an optimisation; closing the generator stops it within one step.
        keep_faces: Has the photo count more where it shows faces; the request as it was where it shows none.
        likeness: How recognisable the faces of a photo still are in a painting of it.
        forecast: How long an optimisation would take, and how much memory.
        fast_styles: The learned styles, those on board first.
        stylize_fast: One pass of a fast network.
        mix: Between two fast styles: `facestyle.style.fast.FastMix`.
        stylize_video: Paints a clip with a fast network.
        paint_album: Paints many pictures with a fast network.
        write_film: The film of a run that is over: `facestyle.style.timelapse.write_film`.
        explainer: Looks into a feature network: `facestyle.explain.service.Explainer`.
        read_people: Pictures grouped by person.
        make_training: A training to be run step by step: `facestyle.learning.train.Training`.
        save_training: Writes what it has learnt.
    """

    settings: Settings
    faces: MakeFaces
    models: Callable[[Purpose], Sequence[Model]]
    fetch_model: Callable[[str, ProgressListener, threading.Event], object]
    local_gallery: Callable[[], Gallery]
    session_gallery: Callable[[], Gallery]
    group_album: GroupAlbum
    stylize: Stylize
    keep_faces: Callable[[StyleRequest], StyleRequest]
    likeness: Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], Sequence[Likeness]]
    forecast: Callable[[StyleRequest], RunForecast]
    fast_styles: Callable[[], Sequence[FastStyle]]
    stylize_fast: StylizeFast
    mix: Callable[[str | npt.NDArray[np.uint8], str | npt.NDArray[np.uint8], float], FastMix]
    stylize_video: StylizeVideo
    paint_album: PaintAlbum
    write_film: Callable[[str, Iterable[npt.NDArray[np.uint8]], int], None]
    explainer: Callable[[], Explainer]
    read_people: ReadPeople
    make_training: Callable[[PeopleSet, TrainRequest, Mode], Training]
    save_training: Callable[[Training, Path], None]


def real_services(settings: Settings) -> Services:
    """The library itself.

    On a ZeroGPU Space everything runs on the CPU but for the optimisation, see `facestyle.ui.zerogpu`.
    """
    painting = settings
    if settings.zero_gpu:
        painting = settings.model_copy(update={"device": "cuda"})
        settings = settings.model_copy(update={"device": "cpu"})

    def faces(gallery: Gallery, model: str | None = None, detector: str | None = None) -> FaceService:
        from facestyle.faces.detection import load_detector
        from facestyle.faces.service import FaceService

        found = None if detector is None else load_detector(detector, settings)
        return FaceService(gallery, detector=found, model=model, settings=settings)

    @functools.cache
    def entries() -> Sequence[ModelEntry]:
        from facestyle import weights

        return tuple(weights.catalogue(settings).values())

    def models(kind: Purpose) -> Sequence[Model]:
        found = [_model(entry, kind, settings) for entry in entries() if entry.role == _ROLES[kind]]
        return sorted(found, key=lambda model: model.place != "on_board")

    def fetch_model(model: str, listener: ProgressListener, cancel: threading.Event) -> object:
        from facestyle.models.fetching import fetch_model

        return fetch_model(model, settings, progress=listener, cancel=cancel)

    def local_gallery() -> Gallery:
        from facestyle.faces.gallery.opening import open_gallery

        return open_gallery(settings)

    def session_gallery() -> Gallery:
        from facestyle.faces.gallery.memory import MemoryGallery

        return MemoryGallery(retention=settings.retention)

    def group_album(
        service: FaceService,
        paths: Sequence[Path],
        *,
        method: Method = "linkage",
        k: int | None = None,
        same_photo: bool = False,
        deadline: float | None = None,
    ) -> Generator[AlbumProgress]:
        from facestyle.faces.album.service import group_album

        return group_album(service, paths, method=method, k=k, same_photo=same_photo, deadline=deadline)

    def stylize(request: StyleRequest, control: RunControl | None = None) -> Generator[StyleFrame]:
        from facestyle.style.service import stylize

        return stylize(request, settings=painting, control=control)

    def keep_faces(request: StyleRequest) -> StyleRequest:
        from facestyle.portraits.service import keep_faces

        return keep_faces(request, faces(session_gallery()))[0]

    def likeness(photo: npt.NDArray[np.uint8], painting: npt.NDArray[np.uint8]) -> Sequence[Likeness]:
        from facestyle.portraits.service import likeness

        return likeness(photo, painting, faces(session_gallery()))

    def forecast(request: StyleRequest) -> RunForecast:
        from facestyle.style.forecast import forecast_run

        return forecast_run(request, settings=painting)

    @functools.cache
    def vectors() -> StyleVectors:
        from facestyle.style.vectors import StyleVectors

        return StyleVectors()

    def fast_styles() -> Sequence[FastStyle]:
        from facestyle.style.fast import fast_styles

        return fast_styles(settings, include_hub=True)

    def stylize_fast(
        content: npt.NDArray[np.uint8], *, style: AnyFastStyle, size: int | None = None, strength: float = 1.0
    ) -> npt.NDArray[np.uint8]:
        from facestyle.style.fast import stylize_fast

        return stylize_fast(content, style=style, size=size, strength=strength, settings=settings, vectors=vectors())

    def mix(first: str | npt.NDArray[np.uint8], second: str | npt.NDArray[np.uint8], share: float) -> FastMix:
        from facestyle.style.fast import FastMix

        return FastMix(first, second, share)

    def stylize_video(
        clip: Path, out: str, *, style: AnyFastStyle, size: int | None = None, strength: float = 1.0
    ) -> Generator[VideoStep]:
        from facestyle.style.video.service import stylize_video

        return stylize_video(clip, out, style=style, size=size, strength=strength, settings=settings, vectors=vectors())

    def paint_album(
        paths: Sequence[Path], out: str, *, style: AnyFastStyle, name: str, size: int | None, suffix: str
    ) -> Generator[BatchStep]:
        from facestyle.style.batch_album import album_painter, paint_album
        from facestyle.style.batch_work import BatchStyle
        from facestyle.style.fast import check_fast

        check_fast(style, size=size, settings=settings)  # what is wrong for all is said once, not for each
        painter = album_painter(style, size=size, settings=settings, vectors=vectors())
        return paint_album(paths, BatchStyle(name, {}, painter), out, suffix=suffix, settings=settings)

    def write_film(path: str, pictures: Iterable[npt.NDArray[np.uint8]], count: int) -> None:
        from facestyle.style.timelapse import write_film

        write_film(path, pictures, count)

    read_people, make_training, save_training = _learning(settings)
    return Services(
        settings=settings,
        faces=faces,
        models=models,
        fetch_model=fetch_model,
        local_gallery=local_gallery,
        session_gallery=session_gallery,
        stylize=lent(stylize, painting),
        group_album=group_album,
        keep_faces=keep_faces,
        likeness=likeness,
        forecast=forecast,
        fast_styles=fast_styles,
        stylize_fast=stylize_fast,
        mix=mix,
        stylize_video=stylize_video,
        paint_album=paint_album,
        write_film=write_film,
        explainer=functools.partial(_explainer, settings),
        read_people=read_people,
        make_training=make_training,
        save_training=save_training,
    )


def _explainer(settings: Settings) -> Explainer:
    from facestyle.explain.service import Explainer

    return Explainer(settings)


def _learning(
    settings: Settings,
) -> tuple[ReadPeople, Callable[[PeopleSet, TrainRequest, Mode], Training], Callable[[Training, Path], None]]:
    """What the Learning tab needs: people to learn from, a training, and a file of what was learnt."""

    def read_people(
        source: str,
        paths: Sequence[Path],
        mode: Mode,
        faces: FaceService,
        progress: Callable[[int, int], None],
    ) -> PeopleSet:
        from facestyle.learning import service

        if source == "digits":
            return service.digits()
        if source == "olivetti":
            return service.olivetti(settings.cache_dir / "olivetti")
        return service.read_people(paths, mode=mode, faces=faces, settings=settings, progress=progress)

    def make_training(data: PeopleSet, request: TrainRequest, mode: Mode) -> Training:
        from facestyle.learning.service import Training

        return Training(data, request, mode=mode)

    def save_training(training: Training, path: Path) -> None:
        from facestyle.learning.service import save_encoder

        save_encoder(training, path)

    return read_people, make_training, save_training


def _model(entry: ModelEntry, kind: Purpose, settings: Settings) -> Model:
    from facestyle.weights.sources import sources

    here = all(source.find() is not None for source in sources(entry, settings))
    return Model(
        id=entry.id,
        kind=kind,
        title=entry.title,
        size=entry.size,
        licence=entry.licence,
        published=entry.published,
        verified=entry.verified,
        place="on_board" if entry.embedded else "downloaded" if here else "hub",
        tau_source=entry.output.tau_source or "",
    )
