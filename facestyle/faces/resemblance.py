"""Before enrolment: is somebody else enrolled with this face, and does it look like the person's other pictures?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facestyle.errors import (
    InvalidNameError,
    NotEnrolledWithModelError,
    ResemblesAnotherError,
    UnknownPersonError,
    UnlikeOthersError,
)
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.gallery.names import name_key, normalize_name
from facestyle.faces.similarity import distance_matrix


def check_resemblance(
    gallery: Gallery,
    name: str,
    embeddings: npt.NDArray[np.float32],
    *,
    what: Sequence[str],
    model: str,
    preprocessing: str,
    metric: str,
    tau: float,
) -> None:
    """Refuses what contradicts the gallery, which is the enroller's own: so the other person may be named.

    Args:
        gallery: Who is enrolled; nobody beyond it is looked at.
        name: Who is to be enrolled.
        embeddings: (N, D), one a picture.
        what: Each picture's role in the sentence for people.
        model: Catalogue ID of the embedder.
        preprocessing: Version of what stands before it.
        metric: `squared_euclidean` or `cosine`.
        tau: Threshold.

    Raises:
        InvalidNameError: The name is empty, too long or unprintable.
        ResemblesAnotherError: A picture is within tau of somebody else.
        UnlikeOthersError: The person has other pictures, enrolled or else in this request, and one is bound to them by
            no chain of distances within tau.
    """
    name = normalize_name(name)
    nearest = gallery.search(embeddings, model=model, preprocessing=preprocessing, metric=metric, top_k=2)
    for index, matches in enumerate(nearest):
        others = [m for m in matches if m.distance <= tau and name_key(m.name) != name_key(name)]
        if others:
            raise ResemblesAnotherError(
                f"The face in {what[index]} looks like {others[0].name}, who is enrolled already (distance "
                f"{others[0].distance:.3f}, threshold {tau:g}). Use that name, or enrol it under the new one all the "
                "same.",
                picture=index,
            )
    stray, least = _stray(embeddings, _known(gallery, name, model, preprocessing), metric, tau)
    if stray is not None:
        raise UnlikeOthersError(
            f"The face in {what[stray]} looks unlike the other pictures of {name} (distance {least:.3f}, threshold "
            f"{tau:g}). Leave it out, or enrol it all the same.",
            picture=stray,
        )


def _stray(
    embeddings: npt.NDArray[np.float32], known: npt.NDArray[np.float32] | None, metric: str, tau: float
) -> tuple[int | None, float]:
    """The first picture that no chain of distances within tau binds to the person, and its distance to the nearest.

    To the person means to what is enrolled, or else to the first picture: several pictures of a stranger resemble each
    other, which says nothing for them.
    """
    chain = known if known is not None else embeddings[:1]
    left = list(range(0 if known is not None else 1, len(embeddings)))
    while left:
        apart = distance_matrix(embeddings[left], chain, metric).min(1)
        near = apart <= tau
        if not near.any():
            return left[0], float(apart[0])
        chain = np.concatenate([chain, embeddings[left][near]])
        left = [index for index, joined in zip(left, near, strict=True) if not joined]
    return None, 0.0


def _known(gallery: Gallery, name: str, model: str, preprocessing: str) -> npt.NDArray[np.float32] | None:
    """The embeddings of whoever bears that name; a gallery also finds people by their ID, which doesn't count here."""
    try:
        person = gallery.get(name)
        if name_key(person.name) != name_key(name):
            return None
        return gallery.embeddings_of(person.id, model=model, preprocessing=preprocessing)
    except (UnknownPersonError, NotEnrolledWithModelError, InvalidNameError):
        return None
