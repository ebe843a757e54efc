"""What the tabs need from the library, as one value: the real thing in the app, a small deterministic one in tests.

The services import torch, which takes seconds: `real_services` imports each on its first use, so the page opens first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from facestyle.faces.gallery.base import Gallery
from facestyle.settings import Settings
from facestyle.style.results import StyleFrame, StyleRequest

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService
    from facestyle.hub.progress import ProgressListener
    from facestyle.style.fast import FastStyle


@dataclass(frozen=True, slots=True)
class FaceModel:
    """A face embedder of the catalogue.

    Attributes:
        id: Catalogue ID.
        title: For display.
        size: Bytes of its files.
        licence: Of the weights.
        published: Accuracy as its authors give it, in percent, by benchmark.
        verified: What was checked: the weight `file` itself, or only the network and its `schema` of tensors.
        place: In the repository, in the local cache, or on the Hub only.
    """

    id: str
    title: str
    size: int
    licence: str
    published: Mapping[str, float]
    verified: Literal["file", "schema"]
    place: Literal["on_board", "downloaded", "hub"]


class MakeFaces(Protocol):
    """Makes the face service over a gallery, with the embedder of that ID or the one on board."""

    def __call__(self, gallery: Gallery, model: str | None = None) -> FaceService:
        """`facestyle.faces.service.FaceService`."""
        ...


class StylizeFast(Protocol):
    """`facestyle.style.fast.stylize_fast`."""

    def __call__(
        self,
        content: npt.NDArray[np.uint8],
        *,
        style: str | npt.NDArray[np.uint8],
        size: int | None = None,
        strength: float = 1.0,
    ) -> npt.NDArray[np.uint8]:
        """One pass through a feed-forward network."""
        ...


@dataclass(frozen=True)
class Services:
    """The library, seen from the tabs.

    Attributes:
        settings: What the environment asks for.
        faces: Makes the face service over a gallery; cheap, the networks are shared.
        face_models: The embedders to choose from, as they are now; the one on board first.
        fetch_model: Downloads a model unless it is here, and checks its files; tells the listener how far it is.
        local_gallery: Opens this machine's gallery.
        session_gallery: Makes an empty gallery in memory.
        stylize: Runs an optimisation; closing the generator stops it within one step.
        fast_styles: The learned styles.
        stylize_fast: One pass of a fast network.
    """

    settings: Settings
    faces: MakeFaces
    face_models: Callable[[], Sequence[FaceModel]]
    fetch_model: Callable[[str, ProgressListener], object]
    local_gallery: Callable[[], Gallery]
    session_gallery: Callable[[], Gallery]
    stylize: Callable[[StyleRequest], Generator[StyleFrame]]
    fast_styles: Callable[[], Sequence[FastStyle]]
    stylize_fast: StylizeFast


def real_services(settings: Settings) -> Services:
    """The library itself."""

    def faces(gallery: Gallery, model: str | None = None) -> FaceService:
        from facestyle.faces.service import FaceService

        return FaceService(gallery, model=model, settings=settings)

    def face_models() -> Sequence[FaceModel]:
        from facestyle import weights
        from facestyle.faces.embedding import embedders

        entries = weights.catalogue(settings)
        found = []
        for entry in (entries[model] for model in embedders(settings)):
            here: Literal["downloaded", "hub"] = "downloaded" if weights.is_cached(entry.id, settings) else "hub"
            found.append(
                FaceModel(
                    id=entry.id,
                    title=entry.title,
                    size=entry.size,
                    licence=entry.licence,
                    published=entry.published,
                    verified=entry.verified,
                    place="on_board" if entry.embedded else here,
                )
            )
        return sorted(found, key=lambda model: model.place != "on_board")

    def fetch_model(model: str, listener: ProgressListener) -> object:
        from facestyle import weights

        return weights.resolve(model, settings, progress=listener)

    def local_gallery() -> Gallery:
        from facestyle.faces.gallery.sqlite import SqliteGallery

        return SqliteGallery(settings.gallery)

    def session_gallery() -> Gallery:
        from facestyle.faces.gallery.memory import MemoryGallery

        return MemoryGallery()

    def stylize(request: StyleRequest) -> Generator[StyleFrame]:
        from facestyle.style.service import stylize

        return stylize(request, settings=settings)

    def fast_styles() -> Sequence[FastStyle]:
        from facestyle.style.fast import fast_styles

        return fast_styles()

    def stylize_fast(
        content: npt.NDArray[np.uint8],
        *,
        style: str | npt.NDArray[np.uint8],
        size: int | None = None,
        strength: float = 1.0,
    ) -> npt.NDArray[np.uint8]:
        from facestyle.style.fast import stylize_fast

        return stylize_fast(content, style=style, size=size, strength=strength)

    return Services(
        settings=settings,
        faces=faces,
        face_models=face_models,
        fetch_model=fetch_model,
        local_gallery=local_gallery,
        session_gallery=session_gallery,
        stylize=stylize,
        fast_styles=fast_styles,
        stylize_fast=stylize_fast,
    )
