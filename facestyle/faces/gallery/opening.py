"""Opening the gallery that a setting names, whichever driver it takes."""

from __future__ import annotations

import functools
import re
from typing import Final
from urllib.parse import urlsplit

from facestyle.errors import InvalidRequestError, shown
from facestyle.faces.gallery.accelerator import cuda_mirror
from facestyle.faces.gallery.base import DEFAULT_NAMESPACE, Gallery
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.gallery.sqlite import SqliteGallery
from facestyle.settings import Settings

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_MILVUS_PORT: Final = 19530


def open_gallery(settings: Settings, *, uri: str | None = None, namespace: str = DEFAULT_NAMESPACE) -> Gallery:
    """Opens a gallery.

    Args:
        settings: Tell where it is, for how long people are kept, and how to sign in.
        uri: Another place than the settings': a path or `sqlite:///path` (a file on this machine), `memory`,
            `milvus://host:port/database`, or a path that ends in `.db` (Milvus Lite, for trying out).
        namespace: Whose people it sees.

    Raises:
        InvalidRequestError: The place is none of these.
        GalleryDriverMissingError: The package for a Milvus server is not installed.
        GalleryDamagedError: The file is damaged, or is not a gallery.
        GalleryUnavailableError: The file cannot be opened, or the server does not answer.
    """
    place = settings.gallery if uri is None else uri
    if not place.strip():
        raise InvalidRequestError("FACESTYLE_GALLERY is empty: name a file or a server, or leave it unset.")
    if place in ("memory", "memory://"):
        return MemoryGallery(retention=settings.retention)
    scheme = _SCHEME.match(place)
    if scheme is not None and scheme[1].lower() == "milvus":
        return _milvus(_address(place, settings), place, settings, namespace)
    path = sqlite_path(place)
    if path is None:
        raise InvalidRequestError(
            f"There is no gallery of the kind {shown(scheme[0] if scheme else place)}: "
            "name a file, sqlite:///path, memory or milvus://host:19530."
        )
    if path.endswith(".db"):
        return _milvus(path, path, settings, namespace)
    return SqliteGallery(
        path,
        namespace=namespace,
        retention=settings.retention,
        keep_backups=settings.gallery_backups,
        accelerate=functools.partial(cuda_mirror, settings),
    )


def sqlite_path(place: str) -> str | None:
    """The path of a file on this machine, or None where the place is none."""
    if place.startswith("sqlite:///") and len(place) > len("sqlite:///"):
        return place.removeprefix("sqlite:///")
    return None if _SCHEME.match(place) or place == "memory" else place


def _address(place: str, settings: Settings) -> str:
    try:
        parts = urlsplit(place)
        port = parts.port or _MILVUS_PORT
    except ValueError as error:
        raise InvalidRequestError(f"{shown(place)} is no address of a server: write milvus://host:19530.") from error
    if not parts.hostname or parts.query or parts.fragment:
        raise InvalidRequestError("This is no address of a Milvus server: write milvus://host:19530.")
    if parts.username or parts.password:
        raise InvalidRequestError(
            "The address of the gallery is shown to people: put its password into FACESTYLE_GALLERY_TOKEN."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{'https' if settings.gallery_tls else 'http'}://{host}:{port}{parts.path}"


def _milvus(address: str, place: str, settings: Settings, namespace: str) -> Gallery:
    from facestyle.faces.gallery.milvus import MilvusGallery  # its package is optional

    return MilvusGallery(
        address,
        label=f"The gallery {place}",
        token="" if settings.gallery_token is None else settings.gallery_token.get_secret_value(),
        authority=settings.gallery_tls_ca,
        namespace=namespace,
        retention=settings.retention,
    )
