"""What every tab is built with, and how a picture comes out of an upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from facestyle import images
from facestyle.faces.results import RGB
from facestyle.settings import Settings
from facestyle.ui import uploads
from facestyle.ui.admission import address
from facestyle.ui.line import Line
from facestyle.ui.services import Services
from facestyle.ui.state import Session, Sessions

# Gradio's limit is one run per event. What shares an ID shares a lane: one face call, one album, one painting at a
# time, so that neither two tabs' clicks pile up on the same cores nor a painting of minutes holds up a comparison.
FACES_LANE: dict[str, Any] = {"concurrency_id": "faces", "concurrency_limit": 1}
ALBUM_LANE: dict[str, Any] = {"concurrency_id": "album", "concurrency_limit": 1}
LAYERS_LANE: dict[str, Any] = {"concurrency_id": "layers", "concurrency_limit": 1}
# What runs no network, and so waits for none.
LIGHT_LANE: dict[str, Any] = {"concurrency_id": "light", "concurrency_limit": 4}
# Tenths of a second each: they need not wait for an album that is being looked at.
CONVOLUTION_LANE: dict[str, Any] = {"concurrency_id": "convolution", "concurrency_limit": 2}
# Paintings wait in a line of their own, `Context.line`, which lets one go on at a time and tells the others how long.
PAINT_LANE: dict[str, Any] = {"concurrency_id": "paint", "concurrency_limit": 12}

RAW: dict[str, Any] = {"preprocess": False, "api_visibility": "private"}
"""For events with files: what Gradio hands over goes through `Context.upload`, and is decoded by `facestyle.images`."""

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""For events too quick for a progress sign."""


@dataclass(frozen=True)
class Context:
    """The services, the sessions, who waits for a painting, and the numbers that the page is laid out with."""

    services: Services
    sessions: Sessions
    tau: float
    tau_range: tuple[float, float]
    line: Line = field(default_factory=Line)

    @property
    def settings(self) -> Settings:
        """What the environment asks for."""
        return self.services.settings

    @property
    def public(self) -> bool:
        """Whether strangers share the app."""
        return self.settings.is_public

    def session(self, request: gr.Request | None) -> Session:
        """The caller's session."""
        if request is None:
            return self.sessions.get(None)
        return self.sessions.get(request.session_hash, request.username, address(request))

    def upload(self, payload: object) -> Path | None:
        """The file behind what Gradio hands over for a picture or a file; None where there is none.

        An image is `{"path": ...}`, an item of a gallery `{"image": {"path": ...}, "caption": ...}`. Every file that a
        visitor names comes in here.

        Raises:
            ImageNotFoundError: It is neither an upload nor a sample; see `uploads.find`.
        """
        if not isinstance(payload, Mapping):
            return None
        if isinstance(payload.get("image"), Mapping):
            return self.upload(payload["image"])
        path = payload.get("path")
        return uploads.find(str(path)) if path else None

    def uploads(self, payload: object) -> list[Path | None]:
        """The files behind a gallery's or a file list's value.

        Raises:
            ImageNotFoundError: As for `upload`.
        """
        if isinstance(payload, Mapping) and "root" in payload:
            payload = payload["root"]
        return [self.upload(item) for item in payload] if isinstance(payload, list | tuple) else []

    def album(self, payload: object) -> list[Path]:
        """Those that were given.

        Raises:
            ImageNotFoundError: As for `upload`.
        """
        return [file for file in self.uploads(payload) if file is not None]

    def decode(self, payload: object) -> RGB:
        """The upright picture of an upload (H, W, 3).

        Raises:
            ImageError: Nothing was uploaded, or it can't be read.
        """
        return images.decode(self.upload(payload), settings=self.settings)

    def decode_rgba(self, payload: object) -> npt.NDArray[np.uint8]:
        """Like `decode`, but (H, W, 4) where the picture has transparency."""
        return images.decode_rgba(self.upload(payload), settings=self.settings)

    def decode_mask(self, payload: object) -> npt.NDArray[np.uint8]:
        """The upload as a mask (H, W): white where it holds.

        Raises:
            ImageError: As for `decode`.
        """
        return images.decode_mask(self.upload(payload), settings=self.settings)


def make_context(services: Services, sessions: Sessions) -> Context:
    """A context; asks the face service for its default threshold and range."""
    gallery = services.session_gallery()
    try:
        faces = services.faces(gallery)
        return Context(services, sessions, tau=faces.default_tau, tau_range=faces.tau_range)
    finally:
        gallery.close()
