"""How a run divides its pictures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tiling:
    """How pictures go through the network.

    Attributes:
        side: Of a tile, at most, pixels; None for the whole picture at once.
        keep_bytes: What tiles may take together between their way through the network and their way back; those that
            have no place are computed twice.
        compact: Whether the content's activations are kept in half precision.
    """

    side: int | None = None
    keep_bytes: int = 0
    compact: bool = False


WHOLE = Tiling()
"""No tiles."""
