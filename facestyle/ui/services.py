"""What the tabs need from the library, as one value: the real thing in the app, a small deterministic one in tests.

The services import torch, which takes seconds: `real_services` imports each on its first use, so the page opens first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from facestyle.faces.gallery.base import Gallery
from facestyle.settings import Settings
from facestyle.style.results import StyleFrame, StyleRequest

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService
    from facestyle.style.fast import FastStyle


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
        local_gallery: Opens this machine's gallery.
        session_gallery: Makes an empty gallery in memory.
        stylize: Runs an optimisation; closing the generator stops it within one step.
        fast_styles: The learned styles.
        stylize_fast: One pass of a fast network.
    """

    settings: Settings
    faces: Callable[[Gallery], FaceService]
    local_gallery: Callable[[], Gallery]
    session_gallery: Callable[[], Gallery]
    stylize: Callable[[StyleRequest], Generator[StyleFrame]]
    fast_styles: Callable[[], Sequence[FastStyle]]
    stylize_fast: StylizeFast


def real_services(settings: Settings) -> Services:
    """The library itself."""

    def faces(gallery: Gallery) -> FaceService:
        from facestyle.faces.service import FaceService

        return FaceService(gallery, settings=settings)

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
        local_gallery=local_gallery,
        session_gallery=session_gallery,
        stylize=stylize,
        fast_styles=fast_styles,
        stylize_fast=stylize_fast,
    )
