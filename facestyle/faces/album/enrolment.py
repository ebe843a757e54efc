"""A group of an album becomes a person of the gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError

if TYPE_CHECKING:  # with torch behind it
    from facestyle.faces.album.results import AlbumGroup, AlbumResult
    from facestyle.faces.results import Consent, Person
    from facestyle.faces.service import FaceService


def group_of(result: AlbumResult, number: int) -> AlbumGroup:
    """A group by its number, from 1, as every list of groups counts them.

    Raises:
        InvalidRequestError: There is no such group.
    """
    if not 1 <= number <= len(result.groups):
        have = f"its groups are 1 to {len(result.groups)}" if result.groups else "it has no groups"
        raise InvalidRequestError(f"There is no group {number} in this album: {have}.")
    return result.groups[number - 1]


def embeddings_of(result: AlbumResult, group: AlbumGroup) -> npt.NDArray[np.float32]:
    """(N, D), one for each face of a group."""
    return np.stack([result.faces[position].embedding for position in group.faces])


def enroll_group(
    service: FaceService,
    result: AlbumResult,
    number: int,
    name: str,
    *,
    consent: bool | Consent,
    keep_thumbnail: bool = False,
    accept_conflict: bool = False,
) -> Person:
    """Adds the faces of a group under a name.

    Args:
        service: Over the gallery, with the models that the album was grouped by.
        result: The album.
        number: Of the group, from 1.
        name: 1 to 200 characters in any script.
        consent: Whether the person agreed, or a record of it.
        keep_thumbnail: Whether the group's cover is kept as a picture of the person.
        accept_conflict: Also a face that looks like somebody enrolled under another name, or unlike the others.

    Raises:
        InvalidRequestError: There is no such group, or other models are in use.
        FacestyleError: As `FaceService.enroll_embedded`.
    """
    group = group_of(result, number)
    return service.enroll_embedded(
        name,
        embeddings_of(result, group),
        model=result.model,
        preprocessing=result.preprocessing,
        consent=consent,
        thumbnail=result.faces[group.cover].thumbnail if keep_thumbnail else None,
        accept_conflict=accept_conflict,
    )
