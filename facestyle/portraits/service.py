"""Painting people so that they stay recognisable, and the distance that says whether they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from facestyle.faces.results import Face
from facestyle.faces.service import FaceService
from facestyle.faces.similarity import distance
from facestyle.images import resize_longer_side
from facestyle.portraits.map import face_map
from facestyle.portraits.results import Likeness
from facestyle.style.pixels import on_white
from facestyle.style.results import DEFAULT_EMPHASIS, StyleRequest


def keep_faces(
    request: StyleRequest, service: FaceService, *, weight: float = DEFAULT_EMPHASIS
) -> tuple[StyleRequest, tuple[Face, ...]]:
    """Have the content count more at the faces of the photo, so that who is painted can be recognised.

    Args:
        request: Its `emphasis` is replaced.
        service: Finds the faces; its gallery is not looked at.
        weight: How many times alpha counts there, 1 or more.

    Returns:
        The request with its map, and the faces found, in the photo's pixels; the request as it was if there are none.
    """
    photo = on_white(request.content)
    faces = service.detect_in(photo)
    if not faces:
        return request, ()
    size = (photo.shape[0], photo.shape[1])
    return replace(request, emphasis=face_map(size, faces), emphasis_weight=weight), faces


def likeness(
    photo: npt.NDArray[np.uint8], painting: npt.NDArray[np.uint8], service: FaceService
) -> tuple[Likeness, ...]:
    """How recognisable the people of a photo still are in its painting.

    Args:
        photo: uint8 (height, width, 3 or 4).
        painting: Of the same aspect ratio, uint8 (height', width', 3 or 4).
        service: Finds and embeds the faces; its gallery is not looked at.

    Returns:
        One for each face of the photo, from left to right.
    """
    painted = on_white(painting)
    before = on_white(resize_longer_side(photo, max(painted.shape[:2])))
    faces = service.detect_in(before)
    if not faces:
        return ()
    embedder = service.embedder
    pairs = zip(
        embedder.embed(embedder.align(before, faces)), embedder.embed(embedder.align(painted, faces)), strict=True
    )
    left = service.detect_in(painted)
    tau = service.default_tau
    found = []
    for face, (a, b) in zip(faces, pairs, strict=True):
        apart = distance(a, b, service.metric)
        found.append(Likeness(face, apart, tau, apart <= tau, _is_among(face, left), service.model, service.metric))
    return tuple(found)


def _is_among(face: Face, others: Sequence[Face]) -> bool:
    """Whether one of the others has its centre inside this face's box."""
    box = face.box
    centres = (((other.box.left + other.box.right) / 2, (other.box.top + other.box.bottom) / 2) for other in others)
    return any(box.left <= x < box.right and box.top <= y < box.bottom for x, y in centres)
