"""Verify and identify on a camera's stream: faces followed and named over frames, and a door that opens for people."""

from __future__ import annotations

from facestyle.faces.live.door import Door, Sighting
from facestyle.faces.live.engine import LiveEngine, LiveOptions
from facestyle.faces.live.results import DoorState, LiveFace, LiveFrame

__all__ = ["Door", "DoorState", "LiveEngine", "LiveFace", "LiveFrame", "LiveOptions", "Sighting"]
