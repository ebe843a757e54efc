"""Which face of a picture is meant, where one person is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from facestyle.errors import NoFaceError, SeveralFacesError
from facestyle.faces.results import Face

_CLEARLY = 3.0
"""How many times larger than any other a face must be to be proposed as the subject."""


def choose_subject(faces: Sequence[Face], *, what: str, picture: int = 0) -> tuple[Face, bool]:
    """The one face that a verification or an enrolment is about.

    The rule: a single face is the subject. Of several, the largest is proposed only if its box has at least three times
    the area of every other: then the others are passers-by or people on posters. Otherwise nobody is chosen unseen.

    Args:
        faces: What was found in the picture.
        what: The picture's role in the sentence for people, such as “the first picture”.
        picture: Its position among the pictures of the request, carried by the errors.

    Returns:
        The face, and whether it was proposed among several (True) or alone (False).

    Raises:
        NoFaceError: There is none.
        SeveralFacesError: There are several of comparable size; the error carries them all.
    """
    if not faces:
        raise NoFaceError(
            f"No face was found in {what}. Use a sharp, well-lit photo that shows the whole face from the front.",
            picture=picture,
        )
    by_area = sorted(faces, key=lambda face: face.box.area, reverse=True)
    if len(by_area) == 1:
        return by_area[0], False
    if by_area[0].box.area >= _CLEARLY * by_area[1].box.area:
        return by_area[0], True
    raise SeveralFacesError(
        f"There are {len(faces)} faces in {what}, and none is clearly the subject. Crop it to the one you mean.",
        picture=picture,
        faces=faces,
    )
