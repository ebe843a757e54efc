"""Two looks at a picture, a close one for small faces and a distant one for large faces, and one answer from both.

A one-pass detector knows faces up to the side of its largest anchor. In a close-up it finds an eye and a mouth and
calls that a face, with high confidence; only in a smaller copy does it see the whole one. A border around that copy
gives tight crops the surroundings that faces had in training.
"""

from __future__ import annotations

from collections.abc import Sequence

from facestyle.faces.results import Box, Face

_INSIDE = 0.5
"""From this share of the smaller box's area on, two boxes are taken for one face."""


def merge(close: Sequence[Face], distant: Sequence[Face], large: float) -> tuple[Face, ...]:
    """Large faces from the distant look, and from the close look whatever is no part of these.

    Args:
        close: Faces of the close look.
        distant: Faces of the distant look, in the same pixels.
        large: Height in these pixels above which a face is left to the distant look.

    Returns:
        The most certain first.
    """
    whole = [face for face in distant if face.box.height > large]
    others = [face for face in close if not any(_share(face.box, found.box) > _INSIDE for found in whole)]
    return tuple(sorted([*whole, *others], key=lambda face: -face.score))


def _share(a: Box, b: Box) -> float:
    """Intersection as a share of the smaller box's area; 0 for boxes without area."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    smaller = min(a.area, b.area)
    return width * height / smaller if min(width, height, smaller) > 0 else 0.0
