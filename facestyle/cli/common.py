"""What several commands share: options, settings and the face service over the chosen gallery."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from facestyle.settings import Settings

if TYPE_CHECKING:
    from facestyle.faces.gallery.base import Gallery
    from facestyle.faces.service import FaceService


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output, nothing else")


def add_gallery(parser: argparse.ArgumentParser) -> None:
    """`--gallery PLACE`."""
    parser.add_argument(
        "--gallery",
        metavar="PLACE",
        help="the gallery: a file, sqlite:///path or milvus://host:19530 (default: FACESTYLE_GALLERY)",
    )


def add_models(parser: argparse.ArgumentParser) -> None:
    """`--model ID` and `--detector ID`."""
    parser.add_argument("--model", metavar="ID", help="embedder (default: the one on board; see `weights list`)")
    parser.add_argument("--detector", metavar="ID", help="face detector (default: the one on board)")


@contextmanager
def open_gallery(options: argparse.Namespace, settings: Settings) -> Iterator[Gallery]:
    """The gallery that the options name, closed afterwards."""
    from facestyle.faces.gallery.opening import open_gallery as opened

    with opened(settings, uri=options.gallery) as gallery:
        yield gallery


@contextmanager
def face_service(options: argparse.Namespace) -> Iterator[FaceService]:
    """The face service over the gallery that the options name."""
    # torch takes seconds to import: only commands that run a network pay for it
    from facestyle import device
    from facestyle.faces.detection import load_detector
    from facestyle.faces.service import FaceService

    settings = Settings()
    device.configure(settings)
    with open_gallery(options, settings) as gallery:
        detector = load_detector(options.detector, settings)
        yield FaceService(gallery, detector=detector, model=options.model, settings=settings)
