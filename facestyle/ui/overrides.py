"""Which refused enrolment a ticked override is for: that one, and no other.

A tick in the browser says only that a box is ticked. What it was ticked for is known here: the session keeps a digest
of each request that was refused, and an override counts only for the same name with the same pictures again. Another
name or picture, or another model, is another request: it is judged anew and needs a tick of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from facestyle.errors import FacestyleError, IdentityConflictError, PoorQualityError
from facestyle.ui.state import Session

Kind = Literal["poor", "conflict"]


def digest(session: Session, name: str, arrays: Sequence[npt.NDArray[Any]]) -> str:
    """Of one request: who, which pictures or embeddings, and the networks that judge them."""
    faces = session.faces
    sum_ = hashlib.sha256(repr((name, faces.model, faces.preprocessing, len(arrays))).encode("utf-8"))
    for array in arrays:
        sum_.update(repr((array.shape, array.dtype.str)).encode("ascii"))
        sum_.update(np.ascontiguousarray(array).tobytes())
    return sum_.hexdigest()


class Request:
    """One request to enrol, at one place of the page.

    Making it forgets the refusals of other requests at that place.

    Args:
        session: Whose.
        place: Of the page, such as `enroll`; each remembers its own refusals.
        name: Who is to be enrolled.
        arrays: The pictures, or embeddings of an album's group.
    """

    def __init__(self, session: Session, place: str, name: str, arrays: Sequence[npt.NDArray[Any]]) -> None:
        self._session, self._place = session, place
        self._digest = digest(session, name, arrays)
        for key, refused in list(session.refused.items()):
            if key[0] == place and refused != self._digest:
                del session.refused[key]

    def allows(self, kind: Kind, ticked: object) -> bool:
        """Whether the override is ticked, and this very request was refused for it."""
        return ticked is True and self._session.refused.get((self._place, kind)) == self._digest

    def refused(self, error: FacestyleError) -> None:
        """Remembers a refusal that can be overridden."""
        kind = kind_of(error)
        if kind is not None:
            self._session.refused[self._place, kind] = self._digest

    def done(self) -> None:
        """Enrolled: what was allowed for it is used up."""
        for key in [key for key in self._session.refused if key[0] == self._place]:
            del self._session.refused[key]


def kind_of(error: FacestyleError | None) -> Kind | None:
    """Which override a refusal offers; None for the others."""
    if isinstance(error, PoorQualityError):
        return "poor"
    return "conflict" if isinstance(error, IdentityConflictError) else None


def offered(session: Session, place: str) -> frozenset[str]:
    """The overrides that the last request at that place was refused for."""
    return frozenset(kind for where, kind in session.refused if where == place)
