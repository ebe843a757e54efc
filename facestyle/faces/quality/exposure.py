"""Light: is there enough of it on a face, and not too much?

Too little is read off the brightest parts of a face (the 95th percentile: eye whites, highlights on skin), not off its
mean: dark skin in good light has highlights, and a face in the dark has none whatever its skin.
"""

from __future__ import annotations

import numpy as np

from facestyle.faces.quality.region import Region

_CLIPPED = 250.0
"""Luma from here on is overexposed: what was brighter looks the same."""


def brightness(region: Region) -> float:
    """95th percentile of the face's luma, 0 to 255; 0 if nothing of it is in the picture."""
    values = region.face
    return float(np.percentile(values, 95)) if values.size else 0.0


def clipped(region: Region) -> float:
    """Share of the face that is overexposed, 0 to 1."""
    values = region.face
    return float((values >= _CLIPPED).mean()) if values.size else 0.0
