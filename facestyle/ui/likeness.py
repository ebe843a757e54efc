"""What is said of the faces in a painting: whether they are still the people of the photo."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facestyle.errors import FacestyleError
from facestyle.style.results import StyleRequest
from facestyle.ui import texts
from facestyle.ui.services import Services

if TYPE_CHECKING:
    from facestyle.portraits.results import Likeness

log = logging.getLogger(__name__)


def measured(
    services: Services, photo: npt.NDArray[np.uint8], painting: npt.NDArray[np.uint8], request: StyleRequest
) -> str:
    """A sentence about the faces, for people; nothing where there are none.

    A painting is finished whatever becomes of this measurement, so a face network that is not usable costs the
    sentence only.
    """
    try:
        found = services.likeness(photo, painting)
    except FacestyleError as error:
        log.warning("The faces of a painting could not be measured: %s", error.code)
        return ""
    return said(found, kept=request.emphasis is not None)


def said(found: Sequence[Likeness], *, kept: bool) -> str:
    """The verdict on all faces, with their distances.

    Args:
        found: One for each face of the photo.
        kept: Whether they were kept recognisable; if not, it is said how to.
    """
    if not found:
        return ""
    changed = sum(not each.same for each in found)
    words = (texts.STYLE_FACES_CHANGED if changed else texts.STYLE_FACES_SAME)[min(len(found), 2)]
    distances = ", ".join(f"{each.distance:.2f}" for each in found)
    sentence = words.format(count=len(found), changed=changed, distances=distances, tau=found[0].tau)
    return f"{sentence} {texts.STYLE_FACES_ADVICE}" if changed and not kept else sentence
